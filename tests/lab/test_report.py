"""The report of a real mesh: what it says is true, and none of it is secret."""

from pathlib import Path

import pytest

from mesh.report.model import Link, Report, State, Use
from tests.lab.meshes import Mesh

NAMES = ("cluster01", "cluster02")


@pytest.fixture
def report(mesh: Mesh) -> Report:
    """The report as it is written; all its forms are searched for secrets afterwards."""
    folder = mesh.lab.folder / "report"
    python = str(mesh.stack.folder / ".venv/bin/python")
    options = ("--stack", mesh.stack.name, "--output", str(folder))
    done = mesh.stack.run(python, "-m", "mesh", "report", *options, quiet=True)
    assert done.returncode == 0, done.stderr
    files = {file.suffix: file for file in Path(folder).iterdir()}
    assert files.keys() == {".html", ".json", ".md"}
    assert str(files[".html"]) in done.stdout
    mesh.canaries.printed += [done.stdout, done.stderr, *(f.read_text() for f in files.values())]
    return Report.model_validate_json(files[".json"].read_text())


def test_a_mesh_that_was_proven_is_whole_and_everything_of_it_is_told(report: Report) -> None:
    assert report.state is State.WHOLE, report.findings
    assert report.headline.endswith(": 2 clusters, all connected, every route answers")
    assert report.proof.origin == "now"
    assert {one.state for one in report.connections} == {Link.CONNECTED}
    assert report.names == NAMES
    for cluster in report.clusters:
        assert cluster.kubernetes
        assert cluster.cilium
        assert cluster.nodes[0].is_ready
        ends = {use: report.certificates_of(cluster.name, use) for use in Use}
        assert all(ends.values()), ends
    (service,) = [one for one in report.services if one.name == "rebel-base"]
    assert service.clusters == service.shared == NAMES
    assert report.answers_of("cluster01").keys() == set(NAMES)
