"""The report as Markdown for pull requests and job summaries (GitHub's and GitLab's flavour)."""

import re
from collections.abc import Iterable, Iterator, Sequence

from components.common.listing import counted
from components.reachability.matrix import Path

from .model import SOON_DAYS, Finding, Level, Link, Report, Route, State

# Markup within a line, what becomes a link, and what mentions people or issues.
_MARKUP = re.compile(r"[\\`*_\[\]|~<>&$]|:(?=//)|[@#]")
# Forges look for mentions after resolving references: nothing may follow directly.
_WORD_JOINER = "&#8288;"
_SIGNS = {State.WHOLE: "✅", State.ATTENTION: "⚠️", State.BROKEN: "❌"}
_LEVELS = {Level.ERROR: "❌", Level.WARN: "⚠️"}


def render(report: Report) -> str:
    """Return the document: a headline, what is wrong, the matrix, and versions folded away."""
    parts = [
        f"### {_SIGNS[report.state]} {plain(report.headline)}",
        *_findings(report),
        *_reachability(report),
        *_missing(report),
        *_folded("Versions and certificates", _versions(report)),
        f"_Read {report.made.at:%Y-%m-%d %H:%M} UTC._",
    ]
    return "\n\n".join(parts) + "\n"


def plain(text: str) -> str:
    """Escape a text so that it is nothing but text anywhere."""
    return _MARKUP.sub(_reference, text)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _reference(found: re.Match[str]) -> str:
    """The character reference: every reader shows the character, and none takes it for markup."""
    written = f"&#{ord(found.group())};"
    return f"{written}{_WORD_JOINER}" if found.group() in "@#" else written


def _findings(report: Report) -> Iterator[str]:
    if report.findings:
        yield "\n".join(map(_finding, report.findings))


def _finding(finding: Finding) -> str:
    where = plain(finding.cluster or "the mesh")
    sign = _LEVELS[finding.level]
    text, remedy = _with_code(finding.text), _with_code(finding.remedy)
    return f"- {sign} **{where}**: {text}<br>What to do: {remedy}"


def _with_code(text: str) -> str:
    """Return the text with everything between backticks as code, and nothing else as markup."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return plain(text)
    return "".join(f"`{part}`" if odd % 2 else plain(part) for odd, part in enumerate(parts))


def _reachability(report: Report) -> Iterator[str]:
    if not report.routes:
        why = f": {plain(report.proof.why)}" if report.proof.why else ""
        yield f"No traffic was sent{why}."
        return
    names = [plain(name) for name in report.names]
    rows = [
        [f"**{plain(source)}**", *(_cell(report, source, target) for target in report.names)]
        for source in report.names
    ]
    yield table(["from \\ to", *names], rows)
    origin = "measured just now" if report.proof.origin == "now" else "as recorded by the stack"
    yield f"<sub>Pod IP / global Service, medians in ms, {origin}.</sub>"


def _cell(report: Report, source: str, target: str) -> str:
    ways = [report.route(source, target, path) for path in Path]
    if all(way is None for way in ways):
        return "·"
    return " / ".join(_way(way) for way in ways)


def _way(route: Route | None) -> str:
    if route is None:
        return "·"
    if route.ok is None:
        return "?"
    if not route.ok:
        return "❌"
    return "✓" if route.milliseconds is None else f"{route.milliseconds:.1f}"


def _missing(report: Report) -> Iterator[str]:
    listed = [one for one in report.connections if one.state is not Link.CONNECTED]
    if listed:
        lines = [
            f"- {plain(one.source)} → {plain(one.target)}: {one.state.value} ({plain(one.said)})"
            for one in listed
        ]
        yield from _folded(f"{counted(len(listed), 'connection')} missing or unknown", lines)


def _versions(report: Report) -> list[str]:
    rows = [
        [
            plain(cluster.name),
            str(cluster.id),
            plain(cluster.kubernetes) or "?",
            plain(cluster.cilium) or "?",
            "<br>".join(sorted({plain(node.kernel) for node in cluster.nodes})) or "?",
            str(len(cluster.nodes)) if cluster.nodes else "?",
            _first_end(report, cluster.name),
        ]
        for cluster in report.clusters
    ]
    heads = ["cluster", "id", "Kubernetes", "Cilium", "kernel", "nodes", "first certificate expiry"]
    return [table(heads, rows)]


def _first_end(report: Report, cluster: str) -> str:
    days = [one.days for one in report.certificates if one.cluster == cluster]
    if not days:
        return "?"
    sign = "⚠️ " if min(days) < SOON_DAYS else ""
    return f"{sign}in {counted(min(days), 'day')}" if min(days) >= 0 else "❌ expired"


def _folded(title: str, lines: Sequence[str]) -> Iterator[str]:
    body = "\n".join(lines)
    yield f"<details><summary>{plain(title)}</summary>\n\n{body}\n\n</details>"
