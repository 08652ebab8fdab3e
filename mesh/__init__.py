"""The commands around the program: `python -m mesh VERB`, one module per verb."""
