import pytest

from components.reachability.diagnosis import diagnose
from components.reachability.matrix import (
    Matrix,
    Path,
    Reply,
    Route,
    answering_cluster,
    fill,
    from_list,
    wanted_routes,
)
from components.reachability.status import Count, PeerVerdict
from components.reachability.table import render

ONE, TWO = "cluster01", "cluster02"
POD, SERVICE = Path.POD_IP, Path.GLOBAL_SERVICE


def replies(*clusters: str | None, error: str = "") -> list[Reply]:
    return [Reply(name, 1.5 if name else None, "" if name else error) for name in clusters]


def healthy(clusters: tuple[str, ...] = (ONE, TWO)) -> dict[Route, list[Reply]]:
    return {
        route: replies(route.target) if route.path is POD else replies(*clusters, *clusters)
        for route in wanted_routes(clusters)
    }


def filled(*changes: tuple[Route, list[Reply]]) -> Matrix:
    return fill(wanted_routes((ONE, TWO)), {**healthy(), **dict(changes)})


@pytest.mark.parametrize("count", [2, 3, 5])
def test_a_mesh_has_every_ordered_pair_by_pod_ip_and_every_cluster_behind_the_service(
    count: int,
) -> None:
    names = [f"c{n}" for n in range(count)]
    routes = wanted_routes(names)
    assert len(set(routes)) == len(routes) == count * (count - 1) + count * count
    assert [route.source for route in routes] == sorted(route.source for route in routes)


@pytest.mark.parametrize(
    ("affinity", "shared", "pairs"),
    [
        ("none", True, {(ONE, ONE), (ONE, TWO), (TWO, ONE), (TWO, TWO)}),
        ("local", True, {(ONE, ONE), (TWO, TWO)}),
        ("remote", True, {(ONE, TWO), (TWO, ONE)}),
        ("none", False, {(ONE, ONE), (TWO, TWO)}),
        ("remote", False, {(ONE, ONE), (TWO, TWO)}),
    ],
)
def test_the_service_is_wanted_from_those_that_its_affinity_lets_answer(
    affinity: str, shared: bool, pairs: set[tuple[str, str]]
) -> None:
    routes = wanted_routes((ONE, TWO), affinity, shared=shared)
    found = {(route.source, route.target) for route in routes if route.path is SERVICE}
    assert found == pairs


def test_a_healthy_mesh_is_ok_with_times_and_counts() -> None:
    matrix = filled()
    assert matrix.is_ok
    cell = matrix.cell(ONE, TWO, SERVICE)
    assert cell is not None and (cell.milliseconds, cell.answers) == (1.5, {ONE: 2, TWO: 2})


def test_an_empty_matrix_proves_nothing() -> None:
    assert not Matrix(()).is_ok


def test_a_service_that_one_cluster_never_answers_fails_for_that_cluster_only() -> None:
    only_own = replies(ONE, ONE, ONE)
    matrix = filled((Route(ONE, ONE, SERVICE), only_own), (Route(ONE, TWO, SERVICE), only_own))
    assert [cell.route for cell in matrix.failed] == [Route(ONE, TWO, SERVICE)]


def test_a_pod_ip_that_another_cluster_answers_is_a_failure() -> None:
    route = Route(ONE, TWO, POD)
    assert [cell.route for cell in filled((route, replies(TWO, ONE))).failed] == [route]


def test_a_route_that_was_not_asked_is_a_failure() -> None:
    matrix = fill(wanted_routes((ONE, TWO)), {})
    assert len(matrix.failed) == len(matrix.cells)
    assert {cell.error for cell in matrix.cells} == {"no request was sent"}


def test_what_was_said_is_kept_for_failures_only() -> None:
    late = [*replies(None, error="timed out"), *replies(TWO)]
    route = Route(ONE, TWO, POD)
    ok = filled((route, late)).cell(*_of(route))
    assert ok is not None and ok.ok and ok.error == ""
    bad = filled((route, replies(None, error="timed out"))).cell(*_of(route))
    assert bad is not None and not bad.ok and bad.error == "timed out"


def _of(route: Route) -> tuple[str, str, Path]:
    return route.source, route.target, route.path


def test_it_goes_through_json_and_has_the_documented_names() -> None:
    matrix = filled((Route(ONE, TWO, POD), replies(None, error="refused")))
    listed = matrix.to_list()
    assert from_list(listed) == matrix
    assert listed[0].keys() <= {"from", "to", "path", "ok", "milliseconds", "answers", "error"}


@pytest.mark.parametrize(
    ("body", "cluster"),
    [
        ('{"Galaxy": "Alderaan", "Cluster": "cluster02"}\n', "cluster02"),
        ("<html>", None),
        ('{"Cluster": 2}', None),
        ("[]", None),
        ("", None),
    ],
)
def test_an_answer_tells_its_cluster(body: str, cluster: str | None) -> None:
    assert answering_cluster(body) == cluster


def test_the_table_shows_every_route_and_what_failed() -> None:
    matrix = filled((Route(ONE, TWO, POD), replies(None, error="[timed] out")))
    lines = render(matrix).splitlines()
    shown = [line for line in lines if ONE in line or TWO in line]
    assert len(shown) == len(matrix.cells)
    assert any("no" in line and "[timed] out" in line for line in shown)
    assert any(f"{ONE} 2, {TWO} 2" in line and "1.5" in line for line in shown)


def test_the_table_is_plain_text_on_every_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = render(filled())
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "20")
    assert render(filled()) == plain and "\x1b" not in plain


def only_cause(matrix: Matrix, *verdicts: PeerVerdict, protocol: str | None = None) -> str:
    (found,) = diagnose(matrix, verdicts, protocol)
    return found.render()


def test_a_missing_connection_explains_a_failed_route_in_either_direction() -> None:
    missing = PeerVerdict(TWO, ONE, Count(1, 0, 1), None, (), ("the CA differs",))
    matrix = filled((Route(ONE, TWO, POD), replies(None, error="timed out")))
    assert "the CA differs" in only_cause(matrix, missing)


def test_one_direction_alone_points_at_a_one_way_firewall() -> None:
    matrix = filled((Route(ONE, TWO, POD), replies(None, error="timed out")))
    assert "one direction only: from the nodes of cluster01" in only_cause(matrix)


@pytest.mark.parametrize(
    ("protocol", "text"),
    [("vxlan", "UDP 8472"), ("geneve", "UDP 6081"), ("native", "Pod CIDRs"), (None, "UDP 51871")],
)
def test_both_directions_point_at_the_ports_of_the_datapath(
    protocol: str | None, text: str
) -> None:
    lost = replies(None, error="timed out")
    matrix = filled((Route(ONE, TWO, POD), lost), (Route(TWO, ONE, POD), lost))
    assert all(text in found.render() for found in diagnose(matrix, (), protocol))


def test_pods_that_answer_but_not_the_service_point_at_the_service() -> None:
    own = replies(ONE, ONE)
    matrix = filled((Route(ONE, TWO, SERVICE), own))
    assert "service.cilium.io/global" in only_cause(matrix)
    nobody = filled((Route(ONE, ONE, SERVICE), replies(None)))
    assert "is rebel-base ready in it?" in only_cause(nobody)


def test_a_stranger_behind_a_pod_ip_points_at_overlapping_ranges() -> None:
    assert "Pod CIDRs overlap" in only_cause(filled((Route(ONE, TWO, POD), replies(ONE))))


def test_dns_is_named_where_the_name_cannot_be_resolved() -> None:
    said = replies(None, error="curl: (6) Could not resolve host: rebel-base")
    matrix = filled((Route(ONE, TWO, SERVICE), said))
    assert "CoreDNS" in only_cause(matrix)


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("no ready Pod name=rebel-base in cluster02", "the demo does not run there"),
        ("HTTP 404, and the answer names no cluster: ''", "something other than this demo"),
    ],
)
def test_packets_are_not_called_lost_where_the_demo_is_at_fault(said: str, cause: str) -> None:
    text = only_cause(filled((Route(ONE, TWO, POD), replies(None, error=said))))
    assert f"likely: {cause}" in text and "firewall" not in text
