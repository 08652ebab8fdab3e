"""Digests of big files are remembered as long as the files stay what they were."""

import hashlib
from pathlib import Path

import pytest

from lab.images import digests as module
from lab.images.digests import Digests


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_an_unchanged_file_is_read_once_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "program"
    program.write_bytes(b"one")
    first = Digests(tmp_path / "memory.json")
    assert first.of(program) == sha256(b"one")
    first.save()

    def never(path: Path) -> str:
        raise AssertionError(f"{path} was read again")

    monkeypatch.setattr(module, "file_digest", never)
    assert Digests(tmp_path / "memory.json").of(program) == sha256(b"one")


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    program, memory = tmp_path / "program", tmp_path / "memory.json"
    program.write_bytes(b"one")
    first = Digests(memory)
    first.of(program)
    first.save()
    program.unlink()
    program.write_bytes(b"two more")
    assert Digests(memory).of(program) == sha256(b"two more")


def test_a_link_stands_for_the_file_behind_it(tmp_path: Path) -> None:
    (tmp_path / "program").write_bytes(b"one")
    (tmp_path / "link").symlink_to("program")
    assert Digests(tmp_path / "memory.json").of(tmp_path / "link") == sha256(b"one")


@pytest.mark.parametrize("broken", ["", "[]", "{", '"text"'])
def test_a_broken_memory_is_begun_anew(tmp_path: Path, broken: str) -> None:
    memory, program = tmp_path / "memory.json", tmp_path / "program"
    memory.write_text(broken)
    program.write_bytes(b"one")
    digests = Digests(memory)
    assert digests.of(program) == sha256(b"one")
    digests.save()
    assert sha256(b"one") in memory.read_text()
