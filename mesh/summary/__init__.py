"""What `python -m mesh summary` says of a preview, from the engine's events to Markdown."""
