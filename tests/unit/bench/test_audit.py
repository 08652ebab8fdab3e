import json
from pathlib import Path
from typing import Any

from bench.audit import AuditLog, Counts, parse, policy, read_more_than_once

SECRETS = "/api/v1/namespaces/kube-system/secrets"


def event(verb: str, uri: str, agent: str = "cilium", name: str = "", code: int = 200) -> str:
    body: dict[str, Any] = {
        "verb": verb,
        "requestURI": uri,
        "userAgent": f"{agent}/v0.0.0 (linux/amd64)",
        "objectRef": {"name": name} if name else {},
        "responseStatus": {"code": code},
    }
    return json.dumps(body)


UPGRADE = [
    event("create", f"{SECRETS}?fieldManager=helm", name="sh.helm.release.v1.cilium.v3", code=201),
    event("patch", f"{SECRETS}/cilium-clustermesh", name="cilium-clustermesh"),
    event("update", f"{SECRETS}/sh.helm.release.v1.cilium.v2"),
    event("update", f"{SECRETS}/sh.helm.release.v1.cilium.v3"),
    event("get", f"{SECRETS}/sh.helm.release.v1.cilium.v3"),
]


def test_a_helm_upgrade_is_one_however_often_its_secret_is_written_again() -> None:
    assert Counts.of(parse(UPGRADE)) == Counts(upgrades=1, writes=4, reads=1)


def test_a_revision_that_was_refused_is_no_upgrade() -> None:
    refused = event("create", SECRETS, name="sh.helm.release.v1.cilium.v3", code=409)
    assert Counts.of(parse([refused])).upgrades == 0


def test_another_release_is_no_upgrade_of_cilium() -> None:
    other = event("create", SECRETS, name="sh.helm.release.v1.other.v1", code=201)
    assert Counts.of(parse([other])).upgrades == 0


def test_a_question_about_rights_and_a_watch_are_no_writes() -> None:
    asked = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    requests = parse([event("create", asked), event("watch", f"{SECRETS}?watch=true")])
    assert Counts.of(requests) == Counts()


def test_only_what_was_asked_since_the_mark_counts(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    log.path.write_text("\n".join([*UPGRADE, ""]))
    log.mark()
    assert log.requests() == []
    with log.path.open("a") as more:
        # The last line is still being written.
        more.write(UPGRADE[1] + "\n" + UPGRADE[2][:20])
    assert [one.verb for one in log.requests()] == ["patch"]


def test_reading_the_same_twice_is_told_per_program() -> None:
    lines = [event("get", f"{SECRETS}/a?timeout=1s", agent="mine") for _ in range(2)]
    lines += [event("get", f"{SECRETS}/b", agent=agent) for agent in ("mine", "other")]
    assert read_more_than_once(parse(lines), "mine") == {f"{SECRETS}/a": 2}


def test_the_stand_in_for_the_controllers_is_not_in_the_log() -> None:
    silent, everybody = policy("missing-controllers")["rules"]
    assert silent["level"] == "None"
    assert "missing-controllers" in silent["users"]
    assert everybody == {"level": "Metadata"}
