"""`python -m mesh summary` on the whole program, with the real engine."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bad_configs.cases import GOOD
from tests.engine.conftest import REPOSITORY, Answer, Project
from tests.engine.summaries import configure, summarized_project
from tools.toolchain import Toolchain


@pytest.fixture
def project(tmp_path: Path, toolchain: Toolchain) -> Project:
    return summarized_project(tmp_path, toolchain)


def summarize(project: Project, *words: str) -> Answer:
    answer = subprocess.run(
        [sys.executable, "-m", "mesh", "summary", "--stack", "test", *words],
        cwd=project.folder,
        env=project.environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    project.said.append(answer.stdout + answer.stderr)
    assert "Traceback" not in answer.stdout + answer.stderr
    return answer


def rows(answer: Answer) -> dict[str, str]:
    """What becomes of each member, by name."""
    table = answer.stdout.partition("| what happens |")[2].partition("**Reachability**")[0]
    cells = [line.split(" | ") for line in table.splitlines() if line.startswith("| **")]
    return {row[0].strip("| *"): row[1] for row in cells}


def test_a_summary_tells_of_a_mesh_from_its_first_preview_to_a_refusal(project: Project) -> None:
    """No member yet, two members, nothing to do, one leaves and one joins, none answers."""
    configure(project, 1, 2)
    first = summarize(project, "--exit-code")
    assert first.returncode == 3, first.stderr
    assert "### Mesh `test`: cluster01 and cluster02 join to form a mesh" in first.stdout
    assert rows(first) == dict.fromkeys(("cluster01", "cluster02"), "joins")
    assert "There is no proof yet" in first.stdout

    done = project.up()
    assert done.returncode == 0, done.stdout + done.stderr
    nothing = summarize(project, "--exit-code")
    assert nothing.returncode == 0, nothing.stderr
    assert "### Mesh `test`: nothing to do" in nothing.stdout
    assert "At the last `pulumi up` all 6 routes worked." in nothing.stdout
    assert "| **cluster02** | ✅ 1.2 / 1.2 | ✅ - / 1.2 |" in nothing.stdout

    configure(project, 1, 3)
    changed = summarize(project)
    assert changed.returncode == 0, changed.stderr
    assert (
        "cluster03 joins the mesh; cluster02 leaves the mesh; cluster01 changes" in changed.stdout
    )
    assert rows(changed) == {
        "cluster03": "joins",
        "cluster02": "leaves",
        "cluster01": "changes",
    }
    gained = "gains peer cluster03; loses peer cluster02"
    assert f"| **cluster01** | changes | {gained} |" in changed.stdout

    # The real preflight, before which no cluster answers.
    project.configure(timeouts={"requestSeconds": 1})
    (project.folder / "__main__.py").write_text((REPOSITORY / "__main__.py").read_text())
    refused = summarize(project, "--exit-code", "--output", "summary.md")
    assert refused.returncode == 1
    assert refused.stdout == ""
    written = (project.folder / "summary.md").read_text()
    assert "### Mesh `test`: preflight stops this update: " in written
    assert "[api-reachable]" in written
    assert "At the last `pulumi up` all 6 routes worked." in written

    credentials = _credentials(project)
    assert credentials and not [one for one in credentials if one in "".join(project.said)]
    assert not [one for one in credentials if one in written]


def _credentials(project: Project) -> list[str]:
    """The keys and tokens of the kubeconfigs."""
    lines = [line for name in GOOD for line in (project.folder / name).read_text().splitlines()]
    wanted = ("client-key-data:", "token:")
    return [line.partition(":")[2].strip() for line in lines if line.strip().startswith(wanted)]
