"""`python -m mesh summary`: from the engine's events of a preview to Markdown."""
