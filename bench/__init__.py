"""Measures the program side by side with other ways; `python -m bench` writes one table."""
