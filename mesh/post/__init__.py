"""Where `python -m mesh post` puts a summary: one comment, or one issue, of a forge."""
