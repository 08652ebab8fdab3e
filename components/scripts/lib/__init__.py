"""Modules that the scripts share; no Command names them."""
