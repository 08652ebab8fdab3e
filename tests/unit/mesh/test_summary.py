"""`python -m mesh summary` with a stand-in for pulumi: what it asks, writes, and how it ends."""

import json
import sys
import tempfile
from pathlib import Path

import pytest

from mesh.__main__ import main as mesh
from mesh.summary import __main__ as summary
from tests.unit.mesh.recorded import FOLDER, proven

PULUMI = """#!{python} -SE
import json, os, pathlib, shutil, sys
folder = pathlib.Path({folder!r})
words = sys.argv[1:]
with (folder / "asked").open("a") as file:
    file.write(json.dumps(words) + "\\n")
if words[:2] == ["stack", "output"]:
    print((folder / "outputs").read_text())
    sys.exit(0)
assert os.environ["PULUMI_DEBUG_COMMANDS"] == "true"
print("what pulumi shows")
events = folder / "events.jsonl"
if events.exists():
    shutil.copy(events, words[words.index("--event-log") + 1])
sys.stderr.write((folder / "stderr").read_text())
sys.exit(int((folder / "code").read_text()))
"""


class Stage:
    """A folder with a pulumi that plays what a test prepares."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        program = folder / "bin" / "pulumi"
        program.parent.mkdir()
        program.write_text(PULUMI.format(python=sys.executable, folder=str(folder)))
        program.chmod(0o755)

    def plays(
        self, events: str | None, code: int = 0, stderr: str = "", outputs: object = None
    ) -> None:
        if events:
            (self.folder / "events.jsonl").write_text((FOLDER / f"{events}.jsonl").read_text())
        for name, text in (("code", str(code)), ("stderr", stderr)):
            (self.folder / name).write_text(text)
        (self.folder / "outputs").write_text(json.dumps(outputs or {}))

    @property
    def asked(self) -> list[list[str]]:
        return [json.loads(line) for line in (self.folder / "asked").read_text().splitlines()]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    made = Stage(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return made


@pytest.mark.parametrize(
    ("events", "code", "words", "ended"),
    [
        ("nothing", 0, [], 0),
        ("nothing", 0, ["--exit-code"], 0),
        ("joins", 0, [], 0),
        ("joins", 0, ["--exit-code"], 3),
        ("drift", 0, ["--refresh", "--exit-code"], 3),
        ("refused", 255, [], 1),
        ("refused", 255, ["--exit-code"], 1),
    ],
)
def test_the_exit_code_tells_how_the_preview_went(
    stage: Stage,
    capfd: pytest.CaptureFixture[str],
    events: str,
    code: int,
    words: list[str],
    ended: int,
) -> None:
    stage.plays(events, code, outputs=proven("cluster01", "cluster02"))
    assert mesh(["summary", "--stack", "prod", *words]) == ended
    shown = capfd.readouterr()
    assert shown.out.startswith("<!-- cilium-clustermesh: prod -->\n### Mesh `prod`: ")
    assert "✅ 1.2 / 1.2" in shown.out
    # The document alone goes to stdout, so that it can be piped.
    assert "what pulumi shows" in shown.err and "what pulumi shows" not in shown.out
    assert ("--refresh" in stage.asked[0]) is ("--refresh" in words)
    assert stage.asked[0][:3] == ["preview", "--stack", "prod"]


def test_no_event_stays_on_the_disk(stage: Stage) -> None:
    stage.plays("joins")
    before = {path.name for path in stage.folder.iterdir()}
    assert summary.main(["--stack", "prod", "--output", str(stage.folder / "new.md")]) == 0
    after = {path.name for path in stage.folder.iterdir()}
    assert after - before == {"new.md", "asked"}
    assert (stage.folder / "new.md").read_text().endswith("</details>\n")


def test_where_pulumi_does_not_get_to_the_program_its_words_are_the_finding(
    stage: Stage, capfd: pytest.CaptureFixture[str]
) -> None:
    stage.plays(None, 255, stderr="error: incorrect passphrase\n")
    assert summary.main(["--stack", "prod"]) == 1
    shown = capfd.readouterr()
    assert "the preview failed" in shown.out and "error: incorrect passphrase" in shown.out
    assert "error: incorrect passphrase" in shown.err


def test_without_pulumi_there_is_one_sentence_and_no_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert summary.main(["--stack", "prod"]) == 2
    assert capfd.readouterr() == ("", "summary: pulumi is not on PATH: install it and run again\n")


def test_what_is_no_stack_is_refused_before_pulumi_is_asked(
    stage: Stage, capfd: pytest.CaptureFixture[str]
) -> None:
    assert summary.main(["--stack", "a -->"]) == 2
    assert not (stage.folder / "asked").exists()
    assert "'a -->' is not a valid stack name" in capfd.readouterr().err


def test_a_file_that_cannot_be_written_is_told(
    stage: Stage, capfd: pytest.CaptureFixture[str]
) -> None:
    stage.plays("nothing")
    assert summary.main(["--stack", "prod", "--output", str(stage.folder / "no/where.md")]) == 2
    assert "cannot be written: No such file or directory" in capfd.readouterr().err
