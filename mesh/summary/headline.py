"""The summary in one sentence."""

from collections.abc import Iterator, Sequence

from components.common.listing import counted

from ..words import listed
from .drift import Drifted
from .findings import Finding
from .members import Fate, Members
from .preview import Preview


def headline(
    preview: Preview,
    members: Members,
    drifted: Sequence[Drifted],
    findings: Sequence[Finding],
) -> str:
    """Return what an update would do, or why there can be none, without a full stop."""
    if not preview.is_ok:
        return _failure(findings)
    found = [*(_drift(drifted) or _repaired(members)), *_fates(members)]
    if not found and preview.has_changes:
        number = len(preview.changes)
        verb = "does" if number == 1 else "do"
        found = [f"no member changes, {counted(number, 'other resource')} {verb}"]
    return "; ".join(found) or "nothing to do"


def _failure(findings: Sequence[Finding]) -> str:
    for one in findings:
        if one.preflight:
            errors, warnings = one.preflight
            beside = f" and {counted(warnings, 'warning')}" if warnings else ""
            return f"preflight stops this update: {counted(errors, 'error')}{beside}"
        if one.faults:
            return f"the stack config has {counted(one.faults, 'fault')}"
    return "the preview failed"


def _drift(drifted: Sequence[Drifted]) -> list[str]:
    places = sorted({one.where.partition("/")[0] for one in drifted})
    return [f"drift in {listed(places)}"] if places else []


def _repaired(members: Members) -> list[str]:
    """Name the members whose drift an earlier refresh has found."""
    names = members.named(Fate.REPAIRED)
    return [f"{listed(names)} {'is' if len(names) == 1 else 'are'} repaired"] if names else []


def _fates(members: Members) -> Iterator[str]:
    fates = Fate.JOINS, Fate.LEAVES, Fate.CHANGES
    joining, leaving, changing = (members.named(fate) for fate in fates)
    renamed = {one.name for one in members.changed if one.former}
    changing = [name for name in changing if name not in renamed]
    others = len(joining) < len(members.changed) + len(members.unchanged)
    if joining:
        verb = "joins" if len(joining) == 1 else "join"
        yield f"{listed(joining)} {verb} {'the mesh' if others else 'to form a mesh'}"
    if leaving:
        verb = "leaves" if len(leaving) == 1 else "leave"
        yield f"{listed(leaving)} {verb} the mesh"
    for one in members.changed:
        if one.former:
            yield f"{one.former} is renamed to {one.name}"
    if changing:
        yield f"{listed(changing)} {'changes' if len(changing) == 1 else 'change'}"
