"""The parts of `present/plan.py`: a plan read as a stream, judged, counted and put into words."""
