import json
from pathlib import Path

from bench.results import Results, Row, Section
from bench.samples import Samples

ROWS = [
    Row(what="ours", samples=Samples((3.0, 1.0, 2.0)), members=2),
    Row(what="ratio", samples=Samples((0.5,)), unit="ratio", members=8, bar=0.3, note="why"),
    Row(what="upgrades", samples=Samples((8.0,)), unit="", members=8),
    Row(what="kept", samples=Samples((1.0,)), unit="ratio", bar=1.0),
]
RESULTS = Results("2026-01-02 03:04", {"cores": "2"}, [Section("Growth", "Of planes.", ROWS)])


def test_a_row_of_the_table_has_the_median_between_least_and_most_and_its_bar() -> None:
    page = RESULTS.to_markdown()
    assert "# Measured on 2026-01-02 03:04\n\ncores 2\n\n## Growth\n\nOf planes.\n" in page
    assert "| ours | 2 | 2 s | 1 s | 3 s | 3 |  |  |" in page
    assert "| ratio | 8 | 0.50 | 0.50 | 0.50 | 1 | 0.30 missed | why |" in page
    assert "| upgrades | 8 | 8 | 8 | 8 | 1 |  |  |" in page
    assert "| kept |  | 1.00 | 1.00 | 1.00 | 1 | 1.00 kept |  |" in page


def test_both_files_are_named_after_the_date_and_json_has_every_sample(tmp_path: Path) -> None:
    page = RESULTS.write(tmp_path)
    assert page.name == "2026-01-02-0304.md"
    document = json.loads(page.with_suffix(".json").read_text())
    assert document["machine"] == {"cores": "2"}
    assert document["sections"][0]["rows"][0]["samples"] == [3.0, 1.0, 2.0]
    assert [row["verdict"] for row in document["sections"][0]["rows"]] == ["", "missed", "", "kept"]
