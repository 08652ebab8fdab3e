"""What happens to each member of the mesh."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..words import listed
from . import place
from .events import Diagnostic, Step
from .phrases import Phrase, Role, phrases, position
from .preview import Preview

# Preflight's line about a node says what its NodeKernel does with it (components/node).
_REBOOT = re.compile(r"(?P<cluster>[^/\s]+)/(?P<node>\S+): .*: (?P<package>\S+) is .*REBOOTED")


class Fate(StrEnum):
    """What happens to a member."""

    JOINS = "joins"
    LEAVES = "leaves"
    CHANGES = "changes"
    REPAIRED = "is repaired"


@dataclass(frozen=True, slots=True)
class Member:
    """A member that changes; `texts` say how, `former` is its name until now if that changes."""

    name: str
    fate: Fate
    texts: tuple[str, ...]
    former: str | None = None


@dataclass(frozen=True, slots=True)
class Members:
    """The members that change, the names of the others, and the steps that belong to no member."""

    changed: tuple[Member, ...]
    unchanged: tuple[str, ...]
    beside: tuple[Step, ...]

    def named(self, fate: Fate) -> list[str]:
        """The names of the members with this fate."""
        return [member.name for member in self.changed if member.fate is fate]


def members(preview: Preview) -> Members:
    """Sort the steps of a preview by member."""
    names = sorted({_cluster(step) for step in preview.steps if _is_of(step, "MeshMember")})
    by_name: dict[str, list[Step]] = {name: [] for name in names}
    beside: list[Step] = []
    for step in preview.steps:
        owner = _owner(place.of(step.urn), names)
        (by_name[owner] if owner else beside).append(step)
    reboots = _reboots(preview)
    ids = _new_ids(preview)
    found = [_member(name, by_name[name], reboots, ids.get(name)) for name in names]
    changed = [member for member in found if member is not None]
    known = {member.name for member in changed}
    return Members(
        tuple(changed),
        tuple(name for name in names if name not in known),
        tuple(step for step in beside if step.op != "same"),
    )


def _cluster(step: Step) -> str:
    return place.of(step.urn).name


def _is_of(step: Step, component: str) -> bool:
    return place.of(step.urn).component == component


def _owner(where: place.Place, names: Sequence[str]) -> str | None:
    """Return the member that a component belongs to: its name begins with the member's."""
    if not where.component:
        return None
    fitting = [one for one in names if where.name == one or where.name.startswith(f"{one}-")]
    return max(fitting, key=len, default=None)


def _member(
    name: str, steps: Sequence[Step], reboots: Mapping[tuple[str, str], str], ids: str | None
) -> Member | None:
    due = sorted((step for step in steps if step.op != "same"), key=position)
    said = [phrase for step in due for phrase in phrases(step)]
    said += [Phrase(Role.CHANGES, text) for text in _kernels(name, steps, reboots)]
    said += [Phrase(Role.CHANGES, ids)] if ids else []
    former = _former(name, steps)
    if not said and not former and not due:
        return None
    texts = [*_summed(said)] or ["only the program's own records of it change"]
    return Member(name, _fate(steps, said), tuple(texts), former)


def _summed(said: Iterable[Phrase]) -> Iterable[str]:
    """Yield one text for everything it gets, one for everything it loses, and the changes."""
    unique = [*dict.fromkeys(said)]
    for role in (Role.GETS, Role.LOSES):
        things = [phrase.text for phrase in unique if phrase.role is role]
        if things:
            yield f"{role.value} {listed(things)}"
    yield from (phrase.text for phrase in unique if phrase.role is Role.CHANGES)


def _fate(steps: Iterable[Step], said: Sequence[Phrase]) -> Fate:
    for step in steps:
        where = place.of(step.urn)
        decides = (where.component, where.kind) == ("MeshMember", "Command")
        if decides and step.op in ("create", "delete"):
            return Fate.JOINS if step.op == "create" else Fate.LEAVES
    is_repaired = bool(said) and all(phrase.is_repair for phrase in said)
    return Fate.REPAIRED if is_repaired else Fate.CHANGES


def _former(name: str, steps: Iterable[Step]) -> str | None:
    """Return the name that the member had: an alias finds its resources under that name."""
    for step in steps:
        if _is_of(step, "MeshMember") and step.old is not None and step.old.urn:
            before = place.of(step.old.urn).name
            return before if before != name else None
    return None


def _reboots(preview: Preview) -> Mapping[tuple[str, str], str]:
    """Return the kernel package of each node that needs one, by cluster and node."""
    found = (_REBOOT.search(one.message) for one in preview.diagnostics if _is_preflights(one))
    return {(one["cluster"], one["node"]): one["package"] for one in found if one}


def _is_preflights(diagnostic: Diagnostic) -> bool:
    return place.of(diagnostic.urn).component == "Preflight"


def _kernels(
    name: str, steps: Iterable[Step], reboots: Mapping[tuple[str, str], str]
) -> Iterable[str]:
    """Yield a text per node that is rebooted: besides an old kernel, that takes a step to do."""
    due = {
        place.of(step.urn).name
        for step in steps
        if _is_of(step, "NodeKernel") and step.op != "same"
    }
    for (cluster, node), package in reboots.items():
        if cluster == name and f"{cluster}-{node}" in due:
            yield f"node {node} gets {package} and is rebooted"


def _new_ids(preview: Preview) -> Mapping[str, str]:
    """Return a text for each member whose cluster id changes, by name."""
    for step in preview.changes:
        if place.of(step.urn).kind != "MeshIdentity" or not (step.old and step.new):
            continue
        before, after = (one.inputs.get("identities") or {} for one in (step.old, step.new))
        former = {one.get("uid") or name: one["id"] for name, one in before.items()}
        now = {name: (former.get(one.get("uid") or name), one["id"]) for name, one in after.items()}
        return {
            name: f"cluster id {old:g} → {new:g}"
            for name, (old, new) in now.items()
            if old is not None and old != new
        }
    return {}
