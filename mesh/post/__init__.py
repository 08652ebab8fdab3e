"""`python -m mesh post`: a summary into one comment, or one issue, on a forge."""
