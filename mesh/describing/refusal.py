"""Why nothing was written."""


class Refusal(Exception):
    """`str()` says what is in the way and the way out, without a word of any secret."""
