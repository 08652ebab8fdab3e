"""What a measurement stops for."""


class BenchError(Exception):
    """Something that was to be measured did not work; the text says what, and what was said."""
