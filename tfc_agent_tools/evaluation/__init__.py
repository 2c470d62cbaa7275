"""The eval harness: cases, agents that play them, and what is checked of the calls they made."""
