"""Text from a cluster or its programs, made safe for a message."""

_LONGEST = 60


def shown(said: object, longest: int = _LONGEST) -> str:
    """Return the text in quotes, as one short line of printable ASCII; the rest is escaped.

    So it can neither move a terminal's cursor nor begin a line in a log.
    """
    text = said if isinstance(said, str) else repr(said)
    quoted = ascii(text[:longest])
    return quoted if len(text) <= longest else f"{quoted}…"
