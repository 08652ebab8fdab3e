"""Benchmarks of the program against other ways; `python -m bench` writes one table."""
