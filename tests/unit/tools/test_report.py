import io
import os
import time
from pathlib import Path

import pytest

from tools import report as report_module
from tools.catalogue import Program
from tools.report import LineReport, Origin

PROGRAM = Program(name="etcd", version="3.5.24", package="x", seconds=30, packages=4)
SECOND = Program(name="coredns", version="1.12.4", package="x", seconds=90, packages=10)
NO_LOG = Path("/nowhere")


def test_one_line_per_program_and_a_total() -> None:
    stream = io.StringIO()
    report = LineReport(stream)
    report.started(PROGRAM, NO_LOG)
    report.done(PROGRAM, Origin.BUILT, 12.34)
    report.done(PROGRAM, Origin.PATH, 0.0, version="v3.6.0")
    report.total()
    built, on_path, total = stream.getvalue().splitlines()
    assert built.split() == ["etcd", "3.5.24", "built", "12.3", "s"]
    assert on_path.split() == ["etcd", "v3.6.0", "from", "PATH", "0.0", "s"]
    assert total.startswith("2 programs (1 built, 1 from PATH) in ")


def test_a_quiet_report_says_nothing_when_nothing_was_built() -> None:
    stream = io.StringIO()
    report = LineReport(stream, only_built=True)
    report.done(PROGRAM, Origin.CACHED, 0.0)
    report.total()
    assert stream.getvalue() == ""


def test_a_terminal_shows_what_is_being_built_and_a_file_does_not() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, file = Terminal(), io.StringIO()
    LineReport(terminal).started(PROGRAM, NO_LOG)
    LineReport(file).started(PROGRAM, NO_LOG)
    assert "building etcd" in terminal.getvalue()
    assert file.getvalue() == ""


def test_what_is_compiled_how_many_are_and_how_long_it_may_take_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    log = tmp_path / "log"
    report = LineReport(io.StringIO())
    report.planned([PROGRAM, SECOND])
    report.started(SECOND, log)
    assert report.progress() == (
        "  building coredns (0 of about 10 packages); 0 of 2 programs done, about a minute left"
    )
    log.write_text("go: downloading x v1\n")
    assert "coredns (fetching sources)" in report.progress()
    log.write_text("go: downloading x v1\nnet\nnet/http\n")
    assert "coredns (2 of about 10 packages)" in report.progress()
    report.done(PROGRAM, Origin.BUILT, 30)
    assert "; 1 of 2 programs done" in report.progress()


def test_how_long_it_may_take_follows_how_fast_this_machine_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    report = LineReport(io.StringIO())
    report.planned([PROGRAM, SECOND])
    report.started(SECOND, NO_LOG)
    report.done(PROGRAM, Origin.BUILT, 300)
    now += 300
    # A quarter of the work took five minutes.
    assert report.progress().endswith("about 15 min left")


def test_a_log_that_is_no_terminal_gets_a_line_from_time_to_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report_module, "_PAUSE", 0.01)
    stream = io.StringIO()
    report = LineReport(stream)
    report.planned([PROGRAM])
    report.started(PROGRAM, NO_LOG)
    while not stream.getvalue().count("building etcd") > 1:
        time.sleep(0.01)
    report.total()
