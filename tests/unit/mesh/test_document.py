"""What a summary says of recorded previews."""

import json
import re

import pytest

from mesh.summary import events
from mesh.summary.document import LIMIT, document
from mesh.summary.preview import Preview, gather
from tests.unit.mesh.recorded import FOLDER, preview_of, proven

CANARY = "canary-of-the-kubeconfig"
CASES = {
    "first": (
        "cluster01 and cluster02 join to form a mesh",
        (
            "| **cluster01** | joins | gets the NodePort Service of its API server (31441),"
            " ClusterMesh at NodePort 32001, peer cluster02, the demo and the global Service"
            " default/rebel-base |",
            "| **cluster02** | joins | gets the NodePort Service of its API server (31442),"
            " the CA of the mesh, ClusterMesh at NodePort 32002, peer cluster01, the demo and the"
            " global Service default/rebel-base |",
        ),
    ),
    "nothing": ("nothing to do", ()),
    "joins": (
        "cluster03 joins the mesh; cluster01 and cluster02 change",
        (
            "| **cluster03** | joins | gets the NodePort Service of its API server (31443),"
            " the CA of the mesh, ClusterMesh at NodePort 32003, peers cluster01 and cluster02,"
            " the demo and the global Service default/rebel-base |",
            "| **cluster01** | changes | gains peer cluster03 |",
            "| **cluster02** | changes | gains peer cluster03 |",
        ),
    ),
    "leaves": (
        "cluster03 leaves the mesh; cluster01 and cluster02 change",
        (
            "| **cluster03** | leaves | loses the NodePort Service of its API server, ClusterMesh,"
            " its peers, the demo and the global Service default/rebel-base; Cilium and its CA"
            " stay |",
            "| **cluster01** | changes | loses peer cluster03 |",
            "| **cluster02** | changes | loses peer cluster03 |",
        ),
    ),
    "changed": (
        "cluster01 and cluster02 change",
        (
            "| **cluster01** | changes | NodePort of its API server 31441 → 31541; ClusterMesh"
            " NodePort 32001 → 32101 |",
            "| **cluster02** | changes | reaches cluster01 at 192.0.2.1:32101 (before:"
            " 192.0.2.1:32001) |",
        ),
    ),
    "renamed": (
        "cluster01 is renamed to cluster-one; cluster02 changes",
        (
            "| **cluster-one** (currently cluster01) | changes | ClusterMesh is checked again,"
            " because its credentials changed; the connection to its peers is checked again,"
            " because its credentials changed; the demo is rolled out again; cluster id 1 → 5 |",
            "| **cluster02** | changes | the CA of the mesh is written again; gains peer"
            " cluster-one; loses peer cluster01 |",
        ),
    ),
    "drift": (
        "drift in cluster01",
        ("| **cluster01** | is repaired | the connection to its peers is repaired |",),
    ),
}


def lines_of(name: str, outputs: dict[str, object] | None = None) -> list[str]:
    return document("prod", preview_of(name), outputs or {}).splitlines()


@pytest.mark.parametrize(
    ("name", "sentence", "rows"), [(k, *v) for k, v in CASES.items()], ids=CASES
)
def test_members_are_told_in_the_terms_of_the_mesh(
    name: str, sentence: str, rows: tuple[str, ...]
) -> None:
    lines = lines_of(name)
    assert lines[:2] == ["<!-- cilium-clustermesh: prod -->", f"### Mesh `prod`: {sentence}"]
    assert [line for line in lines if line.startswith("| **cluster")] == [*rows]


def test_what_stays_is_named_in_one_line() -> None:
    """Reviewers need not search for it among the changes."""
    assert "Unchanged: cluster02." in lines_of("drift")


def test_resources_are_counted_and_never_listed() -> None:
    text = document("prod", preview_of("joins"), {})
    assert "<summary>Resources: 20 to create, 5 to update and 39 unchanged</summary>" in text
    assert "| MeshPeers | 3 to create and 4 to update |" in text
    assert "urn:pulumi" not in text
    assert len(text.splitlines()) < 35


def test_a_refusal_of_preflight_is_the_headline_and_its_report_stands_as_it_was() -> None:
    lines = lines_of("refused")
    assert lines[1] == "### Mesh `prod`: preflight stops this update: 3 errors and 1 warning"
    start = lines.index("```text")
    report = lines[start + 1 : lines.index("```", start)]
    assert report[0].startswith("Preflight looked at cluster01, cluster02, cluster03: 3 errors")
    assert report[-1] == "    fix: check it with `cilium version --client`"
    assert len(report) == 9
    assert not any("exit code" in line or line.startswith("| **") for line in lines)
    assert "Resources" not in "\n".join(lines)


def test_drift_has_the_words_of_the_program_and_what_was_not_seen_is_said() -> None:
    lines = lines_of("drift")
    assert "| cluster01/peers | cluster02 | it is no longer a peer in the Helm release |" in lines
    unseen = "cluster02/member and cluster02/peers."
    assert f"Could not be checked, so nothing new is known about: {unseen}" in lines


@pytest.mark.parametrize("name", [path.stem for path in sorted(FOLDER.glob("*.jsonl"))])
def test_nothing_of_an_input_is_shown_but_what_the_summary_names(name: str) -> None:
    """If the engine did not mask a secret, the summary would still not show it."""
    told = (FOLDER / f"{name}.jsonl").read_text()
    preview = _gathered(_with_canaries(told))
    text = document("prod", preview, proven("cluster01", "cluster02"))
    assert CANARY not in text
    assert "[secret]" not in text
    assert preview.is_ok is (name != "refused")
    if name not in ("refused", "drift"):
        assert text == document("prod", preview_of(name), proven("cluster01", "cluster02"))


def _with_canaries(told: str) -> list[str]:
    lines = []
    for line in told.splitlines():
        event = json.loads(line)
        step = event.get("resourcePreEvent", event.get("resOutputsEvent", {})).get("metadata", {})
        for state in (step.get("old"), step.get("new")):
            if state:
                state["inputs"] |= {"stdin": CANARY, "kubeconfig": CANARY, "data": {"a": CANARY}}
                state["outputs"] |= {"stdout": CANARY, "stdin": CANARY, "values": {"a": CANARY}}
        lines.append(json.dumps(event))
    return lines


def _gathered(lines: list[str]) -> Preview:
    is_ok = not any("Preflight looked at" in line for line in lines)
    return gather(events.read(lines), is_ok=is_ok)


def test_the_committed_events_hold_no_secret() -> None:
    for path in FOLDER.glob("*.jsonl"):
        text = path.read_text()
        assert (
            "PRIVATE KEY" not in text
            and "canary-token" not in text
            and "LS0tLS1CRUdJTi" not in text
        )
        assert text.count('"ciphertext"') == text.count('"ciphertext": "[secret]"')


@pytest.mark.parametrize("limit", [600, 1_500, 3_000])
def test_a_summary_that_is_too_long_keeps_its_head_and_says_that_it_was_cut(limit: int) -> None:
    whole = document("prod", preview_of("joins"), proven("cluster01", "cluster02"))
    text = document("prod", preview_of("joins"), proven("cluster01", "cluster02"), limit)
    assert len(text) <= limit
    assert text.splitlines()[:2] == whole.splitlines()[:2]
    assert (f"no more than {limit} characters" in text) is (len(whole) > limit)
    assert text.count("<details>") == text.count("</details>")


def test_a_report_of_any_length_fits_into_a_comment_and_stays_a_code_block() -> None:
    report = "Preflight looked at a, b: 9999 errors, 0 warnings (…).\n" + "error: b: ``` |\n" * 9999
    event = json.dumps({"diagnosticEvent": {"message": report, "severity": "error"}})
    text = document("prod", gather(events.read([event]), is_ok=False), {})
    assert len(text) <= LIMIT
    assert text.count("````") == 2
    assert re.search(r"… and \d+ more\n````", text)
    assert f"no more than {LIMIT} characters" in text
