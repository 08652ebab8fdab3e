"""The error that stops a measurement."""


class BenchError(Exception):
    """Something to be measured failed; the message says what, with its output."""
