"""What the Commands run: a script per step, each usable alone.

The standard library is all they need; where urllib3 is there too, they start fewer programs.
"""
