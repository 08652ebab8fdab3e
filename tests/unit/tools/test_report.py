import io

from tools.catalogue import Program
from tools.report import LineReport, Origin

PROGRAM = Program(name="etcd", version="3.5.24", package="x")


def test_one_line_per_program_and_a_total() -> None:
    stream = io.StringIO()
    report = LineReport(stream)
    report.started(PROGRAM)
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
    LineReport(terminal).started(PROGRAM)
    LineReport(file).started(PROGRAM)
    assert "building etcd" in terminal.getvalue()
    assert file.getvalue() == ""
