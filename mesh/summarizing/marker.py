"""The hidden line by which a comment or an issue is found again."""

import re

_LINE = re.compile(r"<!-- cilium-clustermesh: [A-Za-z0-9_./-]+ -->")


def marker(stack: str) -> str:
    """Give the line for a stack; raises ValueError for what cannot be the name of one."""
    line = f"<!-- cilium-clustermesh: {stack} -->"
    if not _LINE.fullmatch(line):
        raise ValueError(f"{stack!r} is no stack: letters, digits, and _ . - / may stand in a name")
    return line


def marker_of(body: str) -> str | None:
    """Give the marker that a text begins with, None where there is none."""
    first = body.partition("\n")[0].strip()
    return first if _LINE.fullmatch(first) else None
