"""The parts of `present/redact.py` and `present/scrubber.py`: what is secret, and every form in which it turns up."""
