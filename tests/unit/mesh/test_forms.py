"""The page, Markdown and the terminal show all of a report, and take no text for markup."""

import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args

import pytest
from markdown_it import MarkdownIt
from pydantic import BaseModel
from rich.console import Console

from mesh.report import html, markdown, terminal
from mesh.report.model import Finding, Level, Proof, Report
from tests.unit.mesh import reports

HOSTILE = "<script>alert(1)</script>'\"&| `x` [bold]@team #12 **b** https://evil.example $x$ \\"


class Page(HTMLParser):
    """The tags, attributes and words of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def in_terminal(report: Report, width: int = 100) -> str:
    out = io.StringIO()
    terminal.show(report, Console(file=out, width=width, force_terminal=False))
    return out.getvalue()


def hostile() -> Report:
    """A mesh with hostile text wherever a text may come from somewhere else."""
    node = reports.node(1, 1, name=HOSTILE, kernel=HOSTILE, os=HOSTILE)
    names = {"name": HOSTILE, "api_server": HOSTILE, "mesh_endpoint": HOSTILE, "cilium": HOSTILE}
    links = reports.connections([HOSTILE, "dublin"])
    found = Finding(
        level=Level.ERROR,
        cluster=HOSTILE,
        check=HOSTILE,
        text=HOSTILE,
        remedy=HOSTILE,
        details=(HOSTILE,),
    )
    return reports.whole(
        2,
        stack=HOSTILE,
        clusters=(reports.cluster(1, nodes=(node,), **names), reports.cluster(2)),
        connections=tuple(one.model_copy(update={"said": HOSTILE}) for one in links),
        routes=tuple(reports.routes([HOSTILE, "dublin"])),
        certificates=tuple(reports.certificates([HOSTILE])),
        proof=Proof(origin="now", service=HOSTILE),
        findings=(found,),
    )


def test_a_hostile_text_adds_nothing_to_the_page() -> None:
    ours, theirs = Page(html.render(reports.whole(2))), Page(html.render(hostile()))
    assert "script" not in theirs.tags
    assert "alert(1)" in theirs.text
    assert ours.attributes.keys() >= theirs.attributes.keys()
    assert not [value for value in theirs.attributes.get("href", []) if "evil" in value]


def test_a_hostile_text_is_only_text_in_markdown() -> None:
    page = Page(_rendered(hostile()))
    assert set(page.tags) <= set(Page(_rendered(reports.broken())).tags) | {"code"}
    assert "alert(1)" in page.text
    # Forges look for mentions in the text itself, so something has to stand in between.
    assert not re.search(r"@team|#12", page.text)
    heads, *rows = [line for line in markdown.render(hostile()).splitlines() if "|" in line][:4]
    assert {row.count("|") for row in rows} == {heads.count("|")}


def test_a_hostile_text_is_only_text_in_a_terminal() -> None:
    shown = in_terminal(hostile(), width=400)
    assert "[bold]@team" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("report", [reports.whole(3), reports.broken(), reports.whole(13)])
def test_every_form_begins_with_the_same_sentence(report: Report) -> None:
    assert report.headline in Page(html.render(report)).text
    assert report.headline in markdown.render(report).splitlines()[0]
    assert report.headline in in_terminal(report, width=200)


def test_the_page_has_every_fact_as_text() -> None:
    report = reports.broken()
    text = Page(html.render(report)).text
    for cluster in report.clusters:
        for fact in (cluster.name, cluster.api_server, cluster.mesh_endpoint, *cluster.pod_cidrs):
            assert fact in text
        assert all(node.name in text for node in cluster.nodes)
    for finding in report.findings:
        assert finding.text in text
        assert all(line in text for line in finding.details)
    assert "shop/ checkout" in text
    assert "12 days" in text
    assert "dublin is connected to frankfurt, but not vice versa" in text


def test_the_page_needs_nothing_from_elsewhere() -> None:
    text = html.render(reports.broken())
    page = Page(text)
    assert not {"script", "img", "iframe", "object", "audio", "video", "source"} & set(page.tags)
    assert all(link.startswith(("#", "data:")) for link in page.attributes["href"])
    assert not re.search(r"url\(|@import", text)
    assert "src" not in page.attributes
    assert not [name for name in page.attributes if name.startswith("on")]


def test_many_clusters_are_tables_and_not_a_drawing() -> None:
    assert "<figure>" in html.render(reports.whole(12))
    page = html.render(reports.whole(13))
    assert "<figure>" not in page
    assert "Who is connected to whom" in page


def test_a_mesh_without_traffic_says_why() -> None:
    why = "the demo is switched off"
    report = reports.whole(2, routes=(), proof=Proof(origin="none", why=why))
    assert why in Page(html.render(report)).text
    assert why in markdown.render(report)
    assert why in in_terminal(report)


def test_a_terminal_shows_the_routes_of_a_small_mesh_and_the_bad_ones_of_a_large() -> None:
    assert in_terminal(reports.whole(4)).count("global Service") == 16
    large = reports.whole(5)
    failed = large.routes[3].model_copy(update={"ok": False, "error": "no route to host"})
    routes = (*large.routes[:3], failed, *large.routes[4:])
    shown = in_terminal(reports.whole(5, routes=routes))
    assert "44 routes with an answer" in shown
    assert shown.count("no route to host") == 1


def keys(kind: Any) -> Iterator[str]:
    """Yield all keys that a report has in JSON, and those of the models in it."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            yield field.serialization_alias or name
            yield from keys(field.annotation)
        yield from (one.alias or name for name, one in kind.model_computed_fields.items())
    for inner in get_args(kind):
        yield from keys(inner)


def _rendered(report: Report) -> str:
    made = MarkdownIt("commonmark", {"html": True}).enable("table")
    return str(made.render(markdown.render(report)))


def test_the_documentation_has_every_key_of_the_json() -> None:
    documentation = (Path(__file__).parents[3] / "docs/report.md").read_text()
    missing = {key for key in keys(Report) if not re.search(rf"[`.]{key}[`[]", documentation)}
    # docs/outputs.md has these, with the matrix.
    assert missing == {"path", "milliseconds", "answers"}
