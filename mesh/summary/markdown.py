"""Markdown for GitHub and GitLab, from texts that may contain anything."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_MARKUP = re.compile(r"([\\`*_\[\]<>|~&$])")
# These mention people and issues; both forges look for them after the markup is resolved.
_CALLS = re.compile(r"([@#])(?=\w)")
_NOTHING = "\u200b"
_FENCE = "```"


@dataclass(frozen=True)
class Block:
    """Lines that belong together; if space is short, only the first `rows` are shown.

    `more` is the line that stands for the rest, with `{}` for their number.
    """

    head: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()
    more: str = "… and {} more"

    def render(self, limit: int | None = None) -> str:
        """Return the block in at most `limit` characters; "" if not even its first row fits."""
        whole = _joined(self.head, self.rows, self.tail)
        if limit is None or len(whole) <= limit:
            return whole
        room = limit - len(_joined(self.head, [self.more.format(len(self.rows))], self.tail))
        taken = 0
        for row in self.rows:
            room -= len(row) + 1
            if room < 0:
                break
            taken += 1
        if not taken:
            return ""
        more = self.more.format(len(self.rows) - taken)
        return _joined(self.head, [*self.rows[:taken], more], self.tail)


def text(plain: str) -> str:
    """Escape a text so that it appears as itself, on one line."""
    escaped = _MARKUP.sub(r"\\\1", " ".join(plain.split()))
    return _CALLS.sub(rf"\1{_NOTHING}", escaped)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Block:
    """Return a table of cells that are Markdown already, without a bare `|` (see `text`)."""
    columns = len(headings)
    return Block(
        head=(_row(headings), _row(["---"] * columns)),
        rows=tuple(_row(row) for row in rows),
        more=_row(["… and {} more", *[""] * (columns - 1)]),
    )


def bullets(texts: Iterable[str]) -> Block:
    """Return a list of texts that are Markdown already."""
    return Block(rows=tuple(f"- {one}" for one in texts), more="- … and {} more")


def fenced(plain: str) -> Block:
    """Return a text as a code block, whatever it contains."""
    longest = max((len(run) for run in re.findall("`+", plain)), default=0)
    fence = "`" * max(len(_FENCE), longest + 1)
    lines = tuple(line.rstrip() for line in plain.splitlines())
    return Block((f"{fence}text",), lines, (fence,))


def folded(title: str, block: Block) -> Block:
    """Return a block folded behind its title, which is Markdown already."""
    head = ("<details>", f"<summary>{title}</summary>", "", *block.head)
    return Block(head, block.rows, (*block.tail, "", "</details>"), block.more)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _joined(*parts: Iterable[str]) -> str:
    return "\n".join(line for part in parts for line in part)
