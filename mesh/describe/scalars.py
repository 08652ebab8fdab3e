"""Values as they stand in a stack file, read alike by PyYAML and by the engine's YAML 1.2."""

import json
import re
from collections.abc import Iterable

import yaml

# Letters first, so that no YAML reads a number; what is a word of YAML is found out below.
_PLAIN = re.compile(r"(?:[A-Za-z]|~/|\.{0,2}/)[\w./@+-]*", re.ASCII)
_PLAIN_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+(/\d+)?", re.ASCII)


def scalar(value: str | int) -> str:
    """Write a text or a number, quoted only where it has to be."""
    if isinstance(value, int):
        return str(value)
    is_plain = _PLAIN.fullmatch(value) and yaml.safe_load(value) == value
    is_address = _PLAIN_ADDRESS.fullmatch(value)
    return value if is_plain or is_address else json.dumps(value, ensure_ascii=False)


def flow_list(texts: Iterable[str]) -> str:
    """Write texts as a list on one line."""
    return f"[{', '.join(map(scalar, texts))}]"
