"""The scripts that Commands run: one per step, each usable alone.

They need the standard library alone; if urllib3 is there too, they start fewer programs.
"""
