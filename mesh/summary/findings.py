"""The complaints of the program, its preflight and the engine."""

import re
from dataclasses import dataclass

from . import place
from .preview import Preview

# These follow the actual reason and add nothing.
_EMPTY = re.compile(
    r"^(preview failed|an unhandled error occurred: program exited with non-zero exit code: \d+"
    r"|)$"
)
_PREFLIGHT = re.compile(r"^Preflight looked at .*: (\d+) errors?,? (?:and )?(\d+) warnings?")
_CONFIG = re.compile(r"^The stack config has (\d+) faults?")


@dataclass(frozen=True, slots=True)
class Finding:
    """A complaint; `is_error`: it stops the update. `about`: names of resources, if any."""

    text: str
    is_error: bool
    about: tuple[str, ...] = ()

    @property
    def preflight(self) -> tuple[int, int] | None:
        """The numbers of errors and warnings, if this is preflight's report."""
        found = _PREFLIGHT.match(self.text)
        return (int(found[1]), int(found[2])) if found else None

    @property
    def faults(self) -> int:
        """The number of faults, if this is the report about the stack config; else 0."""
        found = _CONFIG.match(self.text)
        return int(found[1]) if found else 0

    def render(self) -> str:
        """Return it as lines of text; a report stays as it is."""
        if self.preflight or self.faults or self.text.startswith(("error: ", "warn: ")):
            return self.text
        level = "error" if self.is_error else "warn"
        about = f"{', '.join(self.about)}: " if self.about else ""
        return f"{level}: {about}{self.text}"


def findings(preview: Preview) -> list[Finding]:
    """Return the complaints, errors first, each text once."""
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
