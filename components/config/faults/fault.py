"""Faults of a stack config, worded so that they can be fixed at first reading."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

NAMESPACE = "cilium-clustermesh"
_KEY_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in the stack config.

    `value` is what may be shown of it; None hides it, because it is absent or may be a secret.
    """

    key: str
    problem: str
    allowed: str
    remedy: str
    value: str | None = None

    def render(self) -> str:
        """Return the fault as one block of text: key, problem, value, what is allowed, fix."""
        shown = "" if self.value is None else f" (found: {self.value})"
        head = f"{self.key}: {self.problem}{shown}"
        return f"{head}\n    allowed: {self.allowed}\n    fix: {self.remedy}"


class ConfigFaults(Exception):
    """All the mistakes of one stack config together; `str()` returns the report."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Keep the faults in the order of the config."""
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__(render_report(self.faults))


def render_report(faults: Iterable[Fault], found: str = "The stack config has") -> str:
    """Return every fault in one numbered report, which begins with `found`."""
    listed = list(faults)
    many = "fault" if len(listed) == 1 else "faults"
    head = f"{found} {len(listed)} {many}; no cluster was touched."
    blocks = [f"{number}. {fault.render()}" for number, fault in enumerate(listed, start=1)]
    return "\n".join([head, *blocks])


def key_path(*parts: str | int) -> str:
    """Return a place in the config as Pulumi writes it: `cilium-clustermesh:clusters[1].name`."""
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{_printable(part)}"
    return f"{NAMESPACE}:{path.removeprefix('.')}"


def _printable(key: str) -> str:
    """A key as a report may show it, even if somebody pasted text as a key."""
    text = key if key.isprintable() else key.encode("unicode_escape").decode("ascii")
    return text if len(text) <= _KEY_CHARACTERS else f"{text[:_KEY_CHARACTERS]}…"


def in_config_order(faults: Iterable[Fault]) -> list[Fault]:
    """Return the faults sorted by key, list entries by number: as a person reads the file."""
    return sorted(set(faults), key=_natural)


def _natural(fault: Fault) -> list[tuple[int, str]]:
    parts = re.split(r"[.\[\]]+", fault.key)
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts] + [
        (0, fault.problem)
    ]
