"""Commands by their former names, `python -m components.NAME`: each answers with the new one."""
