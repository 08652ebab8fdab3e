"""Former commands, `python -m components.NAME`: each answers with its new name."""
