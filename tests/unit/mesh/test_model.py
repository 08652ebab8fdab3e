"""A report in one sentence and one word, with texts that can be shown anywhere."""

from typing import Any

import pytest

from mesh.report.model import Connection, Finding, Level, Link, Proof, Report, State
from tests.unit.mesh import reports


def with_link(report: Report, state: Link) -> tuple[Connection, ...]:
    first, *others = report.connections
    return (first.model_copy(update={"state": state}), *others)


def finding(level: Level) -> Finding:
    return Finding(level=level, check="encryption", text="differs", remedy="make it the same")


WHOLE = reports.whole(3)
ONE_UNASKED = (WHOLE.routes[0].model_copy(update={"ok": None}), *WHOLE.routes[1:])
ONE_FAILED = (WHOLE.routes[0].model_copy(update={"ok": False}), *WHOLE.routes[1:])


@pytest.mark.parametrize(
    ("changes", "state", "told"),
    [
        ({}, State.WHOLE, "3 clusters, all connected, every route answers"),
        (
            {"proof": Proof(origin="recorded")},
            State.WHOLE,
            "3 clusters, all connected, every route answered in the last proof",
        ),
        (
            {"routes": (), "proof": Proof(origin="none")},
            State.WHOLE,
            "3 clusters, all connected, no traffic was sent",
        ),
        (
            {"findings": (finding(Level.WARN),)},
            State.WHOLE,
            "3 clusters, all connected, every route answers",
        ),
        (
            {"findings": (finding(Level.ERROR),)},
            State.ATTENTION,
            "3 clusters, all connected, every route answers; 1 error to look at",
        ),
        (
            {"connections": with_link(WHOLE, Link.UNKNOWN)},
            State.ATTENTION,
            "3 clusters, 1 of 6 connections is unknown, every route answers",
        ),
        (
            {"connections": with_link(WHOLE, Link.MISSING)},
            State.BROKEN,
            "3 clusters, 1 of 6 connections is missing, every route answers",
        ),
        (
            {"routes": ONE_FAILED},
            State.BROKEN,
            "3 clusters, all connected, 1 of 15 routes gets no answer",
        ),
        (
            {"routes": ONE_UNASKED},
            State.ATTENTION,
            "3 clusters, all connected, 1 of 15 routes could not be asked",
        ),
    ],
)
def test_a_mesh_is_judged_in_one_word_and_one_sentence(
    changes: dict[str, Any], state: State, told: str
) -> None:
    report = reports.whole(3, **changes)
    assert report.state is state
    assert report.headline == f"Mesh prod: {told}"


def test_what_follows_from_a_silent_cluster_is_not_counted_beside_it() -> None:
    report = reports.broken()
    assert report.state is State.BROKEN
    assert report.headline == (
        "Mesh prod: 1 of 4 clusters does not answer, 1 of 12 connections is missing,"
        " 4 of 28 routes get no answer"
    )


def test_every_text_is_one_line_without_control_characters() -> None:
    hostile = "a\x1b[31mred\x1b[0m\nb\u202eright to left\u2066\x00" + "x" * 1000
    cluster = reports.cluster(1, name=hostile)
    assert cluster.name.startswith("a [31mred [0m b right to left xxx")
    assert len(cluster.name) < 700
    assert cluster.name.isprintable()
