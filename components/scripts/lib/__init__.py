"""What the scripts share; no Command names it."""
