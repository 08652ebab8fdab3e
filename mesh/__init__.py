"""What people around the program run: `python -m mesh VERB`, one module per verb."""
