"""Reading `cilium clustermesh status -o json`; the shapes are those of the CLI's Go structs."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.reachability.status import (
    Count,
    PeerVerdict,
    StatusError,
    judge,
    likely_causes,
    parse,
    unexpected,
)


def side(total: int = 2, not_ready: int = 0, **peers: tuple[int, int]) -> dict[str, Any]:
    """One ConnectivityStatus; Go leaves out zero values (omitempty)."""
    document = {
        "connected": {"min": 1, "avg": 1, "max": 1},
        "clusters": {
            name: {key: n for key, n in zip(("configured", "connected"), counts, strict=True) if n}
            for name, counts in peers.items()
        },
        "total": total,
        "not_ready": not_ready,
        "errors": {},
    }
    return {key: value for key, value in document.items() if value}


def output(
    agents: dict[str, Any] | None, replicas: dict[str, Any] | None = None, enabled: bool = True
) -> str:
    document: dict[str, Any] = {
        "access_information": {"service_type": "NodePort", "service_ips": ["172.30.0.1"]},
        "connectivity": agents,
        "kvstoremesh": {"enabled": enabled, **({"status": replicas} if replicas else {})},
    }
    return json.dumps(document, indent=1)


def verdict(text: str, peer: str = "cluster02") -> PeerVerdict:
    (found,) = judge("cluster01", parse(text), [peer])
    return found


WHOLE = output(side(cluster02=(2, 2)), side(total=1, cluster02=(1, 1)))


def test_a_peer_is_connected_when_all_agents_and_replicas_are() -> None:
    found = verdict(WHOLE)
    assert found.is_connected and not found.causes
    assert (found.agents, found.kvstoremesh) == (Count(2, 2, 2), Count(1, 1, 1))


@pytest.mark.parametrize(
    "text",
    [
        output(side(cluster02=(2, 1)), side(total=1, cluster02=(1, 1))),
        output(side(cluster02=(1, 1)), side(total=1, cluster02=(1, 1))),
        output(side(cluster02=(2, 2)), side(total=1, cluster02=(1, 0))),
        output(side(cluster02=(2, 2)), side(total=0, cluster02=(0, 0))),
        output(side(total=0, cluster02=(0, 0)), enabled=False),
        output(side(cluster03=(2, 2)), enabled=False),
        output(None, enabled=False),
        output({}, enabled=False),
    ],
)
def test_anything_less_is_not_connected(text: str) -> None:
    assert not verdict(text).is_connected


@pytest.mark.parametrize("enabled", [True, False])
def test_without_word_from_kvstoremesh_the_agents_decide(enabled: bool) -> None:
    """It may be off, or of a version that does not report it."""
    assert verdict(output(side(cluster02=(2, 2)), enabled=enabled)).is_connected


def test_warnings_around_the_json_do_no_harm() -> None:
    noise = "⚠️  Service type NodePort detected! {not: json}\n"
    text = f"{noise}{{ broken\n{noise}{WHOLE}\n{noise}{{}}\n"
    assert verdict(text).is_connected


def test_of_several_statuses_the_last_counts() -> None:
    assert not verdict(f"{WHOLE}\n{output(side(cluster02=(2, 0)))}").is_connected


@pytest.mark.parametrize(
    "text", ["", "Error: release: not found", "{}", '{"a": 1}', "[1]", "{" * 99]
)
def test_output_without_a_status_is_an_error_that_quotes_nothing(text: str) -> None:
    with pytest.raises(StatusError) as error:
        parse(text)
    assert not text or text not in str(error.value)


def test_every_expected_peer_gets_a_verdict_in_the_order_asked() -> None:
    found = judge("cluster01", parse(WHOLE), ["cluster03", "cluster02"])
    assert [(one.peer, one.is_connected) for one in found] == [
        ("cluster03", False),
        ("cluster02", True),
    ]


def test_a_peer_that_was_never_configured_or_was_dropped_is_said_to_be() -> None:
    (cause,) = verdict(WHOLE, "cluster03").causes
    assert "not configured" in cause and "Helm upgrade dropped it" in cause


def test_a_status_without_agents_asks_for_the_pods() -> None:
    assert "are the cilium Pods running?" in verdict(output({})).causes[0]


def with_error(text: str) -> str:
    agents = side(not_ready=2, cluster02=(2, 0))
    agents["errors"] = {
        pod: {"cluster02": {"Errors": [text], "Warnings": [], "Disabled": False}}
        for pod in ("cilium-a", "cilium-b")
    }
    return output(agents, enabled=False)


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("tls: failed to verify certificate: x509: unknown authority", "cilium-ca differs"),
        ("dial tcp 172.30.0.2:32258: connect: connection refused", "nothing listens"),
        ("dial tcp 172.30.0.2:32258: i/o timeout", "NodePort cannot be reached"),
        ("context deadline exceeded", "NodePort cannot be reached"),
        ("remote cluster configuration required but not found", "not its own cluster-name"),
        ("synchronization in progress for endpoints, services", "wait and look again"),
        ("Waiting for initial connection to be established", "no connection has been made yet"),
        ("unknown status", "no connection has been made yet"),
    ],
)
def test_what_agents_say_leads_to_the_likely_cause(said: str, cause: str) -> None:
    found = verdict(with_error(said))
    assert found.said == (said,), "two agents that say the same are quoted once"
    assert cause in found.causes[0]
    assert cause in found.render() and "agents 2/2 configured, 0/2 connected" in found.render()


def test_causes_are_given_once_each() -> None:
    assert len(likely_causes(["x509: a", "x509: b", "nothing known"])) == 1


def test_peers_that_nobody_asked_for_are_found_on_either_side() -> None:
    status = parse(output(side(cluster02=(2, 2), old=(2, 0)), side(total=1, older=(1, 1))))
    assert unexpected(status, ["cluster02"]) == ("old", "older")


_junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["clusters", "total", "errors", "Errors", "enabled", "status", "a"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(_junk, _junk)
@settings(max_examples=100)
def test_whatever_the_cli_writes_nothing_but_a_status_error_is_raised(
    agents: Any, replicas: Any
) -> None:
    text = json.dumps({"connectivity": agents, "kvstoremesh": replicas})
    (found,) = judge("cluster01", parse(text), ["a"])
    found.render()


@pytest.mark.parametrize(
    "module",
    [
        "components.reachability.status",
        "components.reachability.matrix",
        "components.reachability.diagnosis",
    ],
)
def test_it_is_imported_with_the_standard_library_alone(module: str) -> None:
    """Scripts import it often, and with whatever Python runs them."""
    root = Path(__file__).parents[3]
    command = [sys.executable, "-S", "-c", f"import {module}"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root)
    assert done.returncode == 0, done.stderr
