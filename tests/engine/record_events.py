"""`python -m tests.engine.record_events`: write tests/unit/mesh/events anew with the real engine.

Only what a summary reads is kept of them, and nothing that is a secret.
"""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from mesh.summary import place
from tests.engine.conftest import (
    PROGRAMS,
    REPOSITORY,
    FakeClusters,
    Project,
    new_clusters,
    new_project,
)
from tests.engine.summaries import configure, summarized_project
from tools.toolchain import Toolchain, ensure

Json = dict[str, Any]

FOLDER = REPOSITORY / "tests/unit/mesh/events"
_INPUTS = ("environment", "stdin", "version", "identities")


def main() -> None:
    """Record all of them."""
    toolchain = ensure(PROGRAMS)
    with tempfile.TemporaryDirectory() as folder:
        for name, record in (("whole", _whole), ("drift", _drift)):
            own = Path(folder, name)
            own.mkdir()
            record(own, toolchain)


def _whole(folder: Path, toolchain: Toolchain) -> None:
    project = summarized_project(folder, toolchain)
    configure(project, 1, 2)
    _record(project, "first")
    _done(project)
    _record(project, "nothing")
    configure(project, 1, 2, 3)
    _record(project, "joins")
    configure(project, 1, 2, apiServer={"nodePort": 31541}, mesh={"nodePort": 32101})
    _record(project, "changed")
    configure(project, 1, 2, name="cluster-one", formerName="cluster01", id=5, formerId=1)
    _record(project, "renamed")
    configure(project, 1, 2, 3)
    _done(project)
    configure(project, 1, 2)
    _record(project, "leaves")
    # The real preflight, before which no cluster answers.
    configure(project, 1, 2, 3)
    project.configure(timeouts={"requestSeconds": 1})
    shutil.copy(REPOSITORY / "__main__.py", project.folder / "__main__.py")
    _record(project, "refused")


def _drift(folder: Path, toolchain: Toolchain) -> None:
    project, clusters = new_project(folder, toolchain), new_clusters(folder)
    shutil.copy(Path(__file__).with_name("joined.py"), project.folder / "__main__.py")
    names = ["cluster01", "cluster02"]
    project.configure_secret("tokens", {name: f"canary-token-of-{name}" for name in names})
    project.configure(names=names)
    _done(project)
    _lose_a_peer(clusters)
    clusters.change("cluster02", up=False)
    _record(project, "drift", "--refresh")


def _lose_a_peer(clusters: FakeClusters) -> None:
    one = clusters.state["cluster01"]
    one["release"]["config"]["clustermesh"]["config"]["clusters"] = []
    one["release"]["version"] += 1
    objects = one["objects"] | {"secret/cilium-clustermesh": {"data": {}}}
    clusters.change("cluster01", release=one["release"], objects=objects)


def _done(project: Project) -> None:
    answer = project.up()
    assert answer.returncode == 0, answer.stdout + answer.stderr


def _record(project: Project, name: str, *words: str) -> None:
    log = project.folder / "events.jsonl"
    project.pulumi("preview", "--event-log", str(log), *words, PULUMI_DEBUG_COMMANDS="true")
    events = (_trimmed(json.loads(line)) for line in log.read_text().splitlines())
    kept = [json.dumps(event, sort_keys=True) for event in events if event]
    (FOLDER / f"{name}.jsonl").write_text("\n".join(kept) + "\n")


def _trimmed(event: Json) -> Json | None:
    if "summaryEvent" in event:
        changes = event["summaryEvent"]["resourceChanges"]
        return {"summaryEvent": {"resourceChanges": changes}}
    if "diagnosticEvent" in event:
        told = event["diagnosticEvent"]
        is_noise = told["severity"] == "debug" or told.get("ephemeral")
        return None if is_noise else {"diagnosticEvent": told}
    for key in ("resourcePreEvent", "resOutputsEvent"):
        if key in event:
            metadata = _step(key, event[key]["metadata"])
            return {key: {"metadata": metadata}} if metadata else None
    return None


def _step(event: str, metadata: Json) -> Json | None:
    is_read = metadata["op"] == "refresh"
    if is_read != (event == "resOutputsEvent"):
        return None
    where = place.of(metadata["urn"])
    kept = {key: metadata[key] for key in ("op", "urn", "detailedDiff") if metadata.get(key)}
    if metadata["op"] == "same" and where.component != "MeshMember":
        return kept
    if is_read and where.kind != "Drift":
        return None
    return {**kept, **{key: _state(metadata[key]) for key in ("old", "new")}}


def _state(state: Json | None) -> Json | None:
    if state is None:
        return None
    inputs = state.get("inputs") or {}
    kept = {key: inputs[key] for key in _INPUTS if key in inputs}
    if "metadata" in inputs:
        named = {key: inputs["metadata"].get(key) for key in ("name", "namespace")}
        kept["metadata"] = named
    if "ports" in inputs.get("spec", {}):
        kept["spec"] = {"ports": inputs["spec"]["ports"]}
    outputs = {key: value for key, value in (state.get("outputs") or {}).items() if key == "drift"}
    return {"urn": state["urn"], "id": state["id"], "inputs": kept, "outputs": outputs}


if __name__ == "__main__":
    main()
