"""What the program, its preflight and the engine complain about."""

import re
from dataclasses import dataclass

from . import place
from .preview import Preview

# Said after the reason has been: they tell nothing.
_EMPTY = re.compile(
    r"^(preview failed|an unhandled error occurred: program exited with non-zero exit code: \d+"
    r"|)$"
)
_PREFLIGHT = re.compile(r"^Preflight looked at .*: (\d+) errors, (\d+) warnings")
_CONFIG = re.compile(r"^The stack config has (\d+) faults?")


@dataclass(frozen=True, slots=True)
class Finding:
    """A complaint; `is_error`: it stops the update. `about`: names of resources, if any."""

    text: str
    is_error: bool
    about: tuple[str, ...] = ()

    @property
    def preflight(self) -> tuple[int, int] | None:
        """The errors and warnings that it counts, where it is preflight's report."""
        found = _PREFLIGHT.match(self.text)
        return (int(found[1]), int(found[2])) if found else None

    @property
    def faults(self) -> int:
        """The faults that it counts, where it is the report about the stack config."""
        found = _CONFIG.match(self.text)
        return int(found[1]) if found else 0

    def render(self) -> str:
        """Give it as lines of text; reports as they are."""
        if self.preflight or self.faults or self.text.startswith(("error: ", "warn: ")):
            return self.text
        level = "error" if self.is_error else "warn"
        about = f"{', '.join(self.about)}: " if self.about else ""
        return f"{level}: {about}{self.text}"


def findings(preview: Preview) -> list[Finding]:
    """Give the complaints, errors first, each text once."""
    about: dict[tuple[bool, str], list[str]] = {}
    for one in preview.diagnostics:
        text = one.message.strip()
        if one.ephemeral or one.severity not in ("error", "warning") or _EMPTY.match(text):
            continue
        named = about.setdefault((one.severity == "error", text), [])
        where = place.of(one.urn)
        if one.urn and where.component != "Preflight" and where.name not in named:
            named.append(where.name)
    found = [Finding(text, is_error, tuple(named)) for (is_error, text), named in about.items()]
    if not preview.is_ok and preview.complaint and not any(one.is_error for one in found):
        found.append(Finding(preview.complaint, True))
    return sorted(found, key=lambda one: not one.is_error)
