"""What tests share: a server that answers from a table and keeps what was sent."""
