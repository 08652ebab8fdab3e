"""What `python -m mesh reference` reads off the code."""
