"""The parts of a summary: findings, the matrix, Markdown, the marker."""

import json

import pytest

from components.reachability.matrix import Path, Route
from mesh.summary import events, markdown
from mesh.summary.document import document, marker, marker_of
from mesh.summary.findings import findings
from mesh.summary.preview import Preview, gather
from mesh.summary.reachability import reachability
from tests.unit.mesh.recorded import proven

URN = (
    "urn:pulumi:p::cilium-clustermesh::cilium-clustermesh:index:XWing$kubernetes:apps/v1:Deployment"
)
MATRIX = [
    "| from \\ to | a | b |",
    "| --- | --- | --- |",
    "| **a** | ✅ - / 1.2 | ✅ 1.2 / 1.2 |",
    "| **b** | ❌ Pod IP | ✅ - / 1.2 |",
]


def failed(*messages: tuple[str, str, str], complaint: str = "") -> Preview:
    lines = [
        json.dumps({"diagnosticEvent": {"severity": level, "message": text, "urn": urn}})
        for level, text, urn in messages
    ]
    return gather(events.read(lines), is_ok=False, complaint=complaint)


def test_the_same_complaint_about_many_resources_is_one_finding() -> None:
    text = "Preview failed: unreachable cluster\n"
    preview = failed(("error", text, f"{URN}::a"), ("error", text, f"{URN}::b"))
    (found,) = findings(preview)
    assert found.render() == "error: a, b: Preview failed: unreachable cluster"


def test_errors_come_first_and_what_says_nothing_is_left_out() -> None:
    preview = failed(
        ("warning", "warn: a: old [check]\n    fix: x", ""),
        ("error", "an unhandled error occurred: program exited with non-zero exit code: 1", ""),
        ("info", "a/n1: new enough", ""),
        ("error", "the member a (id 1) of this mesh would become b", ""),
        ("error", "preview failed\n", ""),
    )
    assert [one.render() for one in findings(preview)] == [
        "error: the member a (id 1) of this mesh would become b",
        "warn: a: old [check]\n    fix: x",
    ]


def test_what_pulumi_says_before_there_is_an_event_is_told() -> None:
    text = document("prod", failed(complaint="incorrect passphrase"), {})
    assert "### Mesh `prod`: the preview failed" in text
    assert "```text\nerror: incorrect passphrase\n```" in text


def test_faults_of_the_config_are_the_headline() -> None:
    text = document("p", failed(("error", "The stack config has 2 faults; no cluster …", "")), {})
    assert "### Mesh `p`: the stack config has 2 faults" in text


def test_the_matrix_is_one_row_per_cluster_and_a_broken_route_is_named() -> None:
    said, block = reachability(proven("a", "b", failed=Route("b", "a", Path.POD_IP)))
    assert said.startswith("At the last `pulumi up` 1 of 6 routes failed.")
    assert block.render().splitlines() == MATRIX


def test_of_a_large_mesh_only_the_broken_routes_are_listed() -> None:
    names = [f"c{number}" for number in range(40)]
    said, block = reachability(proven(*names, failed=Route("c3", "c7", Path.POD_IP)))
    assert said == "At the last `pulumi up` 1 of 3160 routes failed."
    assert block.render() == "- c3 → c7, Pod IP: no request was sent"


@pytest.mark.parametrize(
    ("outputs", "text"),
    [
        ({}, "There is no proof yet"),
        ({"verification": None}, "switched off"),
        ({"verification": {"matrix": []}}, "proved the connections"),
        ({"verification": {"matrix": [{"from": "a"}]}}, "This version cannot read"),
        ({"verification": "[secret]"}, "This version cannot read"),
    ],
)
def test_where_there_is_no_matrix_it_is_said_why(outputs: dict[str, object], text: str) -> None:
    said, block = reachability(outputs)
    assert text in said and not block.render()


def test_a_text_cannot_become_markup_or_call_people() -> None:
    shown = markdown.text("a | b\n`c` <img> [x](y) @team #12 **d**")
    assert shown == (r"a \| b \`c\` \<img\> \[x\](y) @" + "\u200bteam #\u200b12 " + r"\*\*d\*\*")


def test_a_table_that_is_too_long_says_how_many_rows_are_missing() -> None:
    block = markdown.table(["a", "b"], [[f"x{number}", "y"] for number in range(100)])
    lines = block.render(200).splitlines()
    assert len("\n".join(lines)) <= 200
    assert lines[-1] == f"| … and {100 - (len(lines) - 3)} more |  |"
    assert block.render(10) == ""


@pytest.mark.parametrize("stack", ["prod", "organization/cilium-clustermesh/prod.eu_1-a"])
def test_a_marker_is_found_again(stack: str) -> None:
    assert marker_of(f"{marker(stack)}\r\n### text") == marker(stack)
    assert marker_of(f"text\n{marker(stack)}") is None


@pytest.mark.parametrize("stack", ["", "a b", "a-->b", "a\nb"])
def test_what_is_no_name_of_a_stack_makes_no_marker(stack: str) -> None:
    with pytest.raises(ValueError, match="is not a valid stack name"):
        marker(stack)


def test_a_line_that_was_cut_short_is_passed_over() -> None:
    """A killed engine leaves half a line; the lines before it count."""
    whole = json.dumps({"diagnosticEvent": {"severity": "error", "message": "no"}})
    assert len([*events.read([whole, whole[:20]])]) == 1
