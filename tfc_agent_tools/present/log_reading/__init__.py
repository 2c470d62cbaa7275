"""The parts of `present/logs.py`: structured and plain lines, diagnostics, counts, and views of a log."""
