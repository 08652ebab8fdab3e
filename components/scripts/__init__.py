"""What the Commands run: a script per step, standard library only, each usable alone."""
