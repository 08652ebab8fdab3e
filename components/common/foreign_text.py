"""What a cluster or a program of it said, as it may stand in a message."""

_LONGEST = 60


def shown(said: object, longest: int = _LONGEST) -> str:
    """Return it in quotes, as one short line of printable ASCII; all else in it is escaped.

    So it can neither move the cursor of a terminal nor begin a line of a log.
    """
    text = said if isinstance(said, str) else repr(said)
    quoted = ascii(text[:longest])
    return quoted if len(text) <= longest else f"{quoted}…"
