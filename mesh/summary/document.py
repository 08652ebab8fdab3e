"""The summary: one Markdown document that fits into a comment."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..words import listed
from . import markdown, place
from .drift import Drifted, drifted, not_seen
from .events import Step
from .findings import Finding, findings
from .headline import headline
from .markdown import Block
from .members import Fate, Member, Members, members
from .preview import Preview
from .reachability import reachability

# The longest comment that GitHub takes; GitLab takes longer ones.
LIMIT = 65_536
# The engine's words, and ours.
_OPS = {
    "create": "to create",
    "update": "to update",
    "replace": "to replace",
    "delete": "to delete",
    "same": "unchanged",
}
_CUT = (
    "_Shortened: a comment may have no more than {limit} characters. The job's log has the whole"
    " preview._"
)


def document(stack: str, preview: Preview, outputs: Mapping[str, Any], limit: int = LIMIT) -> str:
    """Return the summary of a stack's preview, with the proof in the outputs of its last update."""
    who, drift, said = members(preview), drifted(preview), findings(preview)
    sentence = headline(preview, who, drift, said)
    head = f"{marker(stack)}\n### Mesh `{stack}`: {markdown.text(sentence)}"
    blocks = [*_findings(said, preview), *_drift(drift, not_seen(preview))]
    # The plan of a preview that failed is not complete.
    blocks += [*_members(who)] if preview.is_ok else []
    blocks += [*_reachability(outputs)]
    blocks += [*_resources(preview)] if preview.is_ok else []
    return _fitted(head, blocks, limit)


def _fitted(head: str, blocks: Sequence[Block], limit: int) -> str:
    """Join the blocks, in this order, as far as they fit."""
    cut = _CUT.format(limit=limit)
    written = head
    is_cut = False
    for block in blocks:
        # The sentence that says it was shortened must fit in any case.
        room = limit - len(written) - len(cut) - len("\n\n\n\n\n")
        part = block.render(room)
        is_cut = is_cut or part != block.render()
        written += f"\n\n{part}" if part else ""
    return f"{written}\n\n{cut}\n" if is_cut else f"{written}\n"


def _sentence(text: str) -> Block:
    return Block(head=(text,))


def _findings(said: Sequence[Finding], preview: Preview) -> Iterator[Block]:
    if not said:
        return
    stopping = "" if preview.is_ok else ": there is no plan, and nothing was changed."
    yield _sentence(f"**Findings**{stopping}")
    yield markdown.fenced("\n".join(one.render() for one in said))


def _drift(found: Sequence[Drifted], unseen: Sequence[str]) -> Iterator[Block]:
    if found:
        yield _sentence(
            "**Drift**: not as the last update left it; `pulumi up --refresh` repairs it."
        )
        rows = [[markdown.text(text) for text in (one.where, one.what, one.text)] for one in found]
        yield markdown.table(["where", "what", "now"], rows)
    if unseen:
        names = listed([markdown.text(name) for name in unseen])
        yield _sentence(f"Could not be checked, so nothing new is known about: {names}.")


def _members(who: Members) -> Iterator[Block]:
    if who.changed:
        order = [*Fate]
        listed_ = sorted(who.changed, key=lambda one: (order.index(one.fate), one.name))
        yield markdown.table(["member", "", "what happens"], [_row(one) for one in listed_])
    if who.changed and who.unchanged:
        yield _sentence(f"Unchanged: {markdown.text(listed(who.unchanged))}.")
    proofs = {place.of(step.urn).component for step in who.beside if step.op != "delete"}
    if "MeshVerification" in proofs:
        yield _sentence("The update ends with the proof: every member reaches every other.")


def _row(member: Member) -> list[str]:
    name = f"**{markdown.text(member.name)}**"
    former = f" (currently {markdown.text(member.former)})" if member.former else ""
    texts = list(member.texts)
    if member.fate is Fate.LEAVES:
        texts.append("Cilium and its CA stay")
    return [name + former, member.fate.value, markdown.text("; ".join(texts))]


def _reachability(outputs: Mapping[str, Any]) -> Iterator[Block]:
    said, table = reachability(outputs)
    yield _sentence(f"**Reachability** {said}")
    if table.head or table.rows:
        yield table


def _resources(preview: Preview) -> Iterator[Block]:
    """Yield the number of resources per component, for readers who know these; never a list."""
    kinds: dict[str, Counter[str]] = {}
    for step in preview.changes:
        kinds.setdefault(_kind(step), Counter())[step.op] += 1
    rows = [[markdown.text(kind), _counted(ops)] for kind, ops in sorted(kinds.items())]
    title = f"Resources: {_counted(preview.counts)}"
    if rows:
        yield markdown.folded(title, markdown.table(["in", "resources"], rows))
    else:
        yield _sentence(f"{title}.")


def _counted(ops: Mapping[str, int]) -> str:
    order = [*_OPS]
    known = sorted(ops, key=lambda op: (order.index(op) if op in order else len(order), op))
    return listed([f"{ops[op]} {_OPS.get(op, op)}" for op in known]) or "none"


def _kind(step: Step) -> str:
    where = place.of(step.urn)
    if where.component:
        return where.component
    return "providers" if ":providers:" in step.urn else where.kind


_LINE = re.compile(r"<!-- cilium-clustermesh: [A-Za-z0-9_./-]+ -->")


def marker(stack: str) -> str:
    """Return the marker line of a stack; raises ValueError if no stack can have that name."""
    line = f"<!-- cilium-clustermesh: {stack} -->"
    if not _LINE.fullmatch(line):
        raise ValueError(f"{stack!r} is not a valid stack name: use letters, digits, and _ . - /")
    return line


def marker_of(body: str) -> str | None:
    """Return the marker that a text begins with, None if there is none."""
    first = body.partition("\n")[0].strip()
    return first if _LINE.fullmatch(first) else None
