"""What becomes of each member of the mesh."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from . import place
from .events import Diagnostic, Step
from .phrases import Phrase, Role, phrases, position
from .preview import Preview
from .words import listed

# What a NodeKernel does with its node stands in preflight's line about it (components/node).
_REBOOT = re.compile(r"(?P<cluster>[^/\s]+)/(?P<node>\S+): .*: (?P<package>\S+) is .*REBOOTED")


class Fate(StrEnum):
    """What becomes of a member."""

    JOINS = "joins"
    LEAVES = "leaves"
    CHANGES = "changes"
    MENDED = "is mended"


@dataclass(frozen=True, slots=True)
class Member:
    """A member that is not to stay as it is; `texts` say how, `former` is its name until now."""

    name: str
    fate: Fate
    texts: tuple[str, ...]
    former: str | None = None


@dataclass(frozen=True, slots=True)
class Members:
    """Those that change, by name, the others' names, and steps that belong to none."""

    changed: tuple[Member, ...]
    unchanged: tuple[str, ...]
    beside: tuple[Step, ...]

    def named(self, fate: Fate) -> list[str]:
        """The names of those of whom this becomes."""
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
    """Give the member to which a component belongs: their names begin with its."""
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
    texts = [*_summed(said)] or ["what the program keeps beside it changes"]
    return Member(name, _fate(steps, said), tuple(texts), former)


def _summed(said: Iterable[Phrase]) -> Iterable[str]:
    """Give one text for all that is got, one for all that is lost, and the changes."""
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
    is_mended = bool(said) and all(phrase.is_mend for phrase in said)
    return Fate.MENDED if is_mended else Fate.CHANGES


def _former(name: str, steps: Iterable[Step]) -> str | None:
    """Give the name that the member has had: its resources are found under it by an alias."""
    for step in steps:
        if _is_of(step, "MeshMember") and step.old is not None and step.old.urn:
            before = place.of(step.old.urn).name
            return before if before != name else None
    return None


def _reboots(preview: Preview) -> Mapping[tuple[str, str], str]:
    """Give the package of each node, by cluster and node, that needs another kernel."""
    found = (_REBOOT.search(one.message) for one in preview.diagnostics if _is_preflights(one))
    return {(one["cluster"], one["node"]): one["package"] for one in found if one}


def _is_preflights(diagnostic: Diagnostic) -> bool:
    return place.of(diagnostic.urn).component == "Preflight"


def _kernels(
    name: str, steps: Iterable[Step], reboots: Mapping[tuple[str, str], str]
) -> Iterable[str]:
    """Say which nodes are rebooted: an old kernel alone is not enough, a step has to be due."""
    due = {
        place.of(step.urn).name
        for step in steps
        if _is_of(step, "NodeKernel") and step.op != "same"
    }
    for (cluster, node), package in reboots.items():
        if cluster == name and f"{cluster}-{node}" in due:
            yield f"node {node} gets {package} and is rebooted"


def _new_ids(preview: Preview) -> Mapping[str, str]:
    """Say of each member that gets another cluster id which."""
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
