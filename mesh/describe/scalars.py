"""Values of a stack file, written so that PyYAML and the engine's YAML 1.2 read the same."""

import json
import re
from collections.abc import Iterable

import yaml

# A letter first, so that no YAML reads a number; YAML's own words are ruled out below.
_PLAIN = re.compile(r"(?:[A-Za-z]|~/|\.{0,2}/)[\w./@+-]*", re.ASCII)
_PLAIN_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+(/\d+)?", re.ASCII)


def scalar(value: str | int) -> str:
    """Return a text or a number as YAML, quoted only if necessary."""
    if isinstance(value, int):
        return str(value)
    is_plain = _PLAIN.fullmatch(value) and yaml.safe_load(value) == value
    is_address = _PLAIN_ADDRESS.fullmatch(value)
    return value if is_plain or is_address else json.dumps(value, ensure_ascii=False)


def flow_list(texts: Iterable[str]) -> str:
    """Return texts as a YAML list on one line."""
    return f"[{', '.join(map(scalar, texts))}]"
