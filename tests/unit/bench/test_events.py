from typing import Any

from bench.events import Event, Span, busy, changes, errors, span

PEERS = "urn:pulumi:s::p::cilium-clustermesh:index:MeshPeers$command:local:Command::cluster01"
MEMBER = "urn:pulumi:s::p::cilium-clustermesh:index:MeshMember$command:local:Command::cluster01"


def event(at: float, kind: str, urn: str, op: str) -> Event:
    body: dict[str, Any] = {kind: {"metadata": {"urn": urn, "op": op}}}
    return Event(at, body)


RUN = [
    event(1.0, "resourcePreEvent", MEMBER, "create"),
    event(2.0, "resOutputsEvent", MEMBER, "create"),
    event(3.0, "resourcePreEvent", PEERS, "create"),
    event(3.5, "resourcePreEvent", PEERS.replace("01", "02"), "create"),
    event(5.0, "resOutputsEvent", PEERS, "create"),
    event(7.0, "resOutputsEvent", PEERS.replace("01", "02"), "create"),
    event(9.0, "resOutputsEvent", MEMBER, "same"),
]


def test_a_phase_lasts_from_its_first_resource_to_its_last() -> None:
    assert span(RUN, "MeshPeers") == Span(3.0, 7.0)
    assert span(RUN, "MeshMember", "MeshPeers") == Span(1.0, 7.0)


def test_a_phase_is_busy_while_one_of_its_resources_is_made() -> None:
    assert busy(RUN, "MeshPeers") == 4.0
    assert busy(RUN, "MeshMember", "MeshPeers") == 1.0 + 4.0
    assert busy(RUN, "XWing") == 0.0


def test_what_stays_the_same_is_in_no_phase() -> None:
    same = [event(1.0, "resourcePreEvent", PEERS, "same")]
    assert span(same, "MeshPeers") is None


def test_changes_are_counted_by_what_was_done() -> None:
    assert changes(RUN) == {"create": 3}


def test_what_was_said_as_an_error_is_given_without_the_rest() -> None:
    said = [
        Event(0.0, {"diagnosticEvent": {"severity": severity, "message": f"{severity}\n"}})
        for severity in ("info", "error")
    ]
    assert errors(said) == ["error"]
