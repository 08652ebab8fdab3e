"""A layer that is described file by file has the same bytes and the same key everywhere."""

import os
import tarfile
from pathlib import Path

import pytest

from lab.images.digests import Digests
from lab.images.tree import File, Folder, Link, Tree, TreeLayer


@pytest.fixture
def digests(tmp_path: Path) -> Digests:
    return Digests(tmp_path / "digests.json")


def written(tree: Tree, digests: Digests, dest: Path) -> bytes:
    TreeLayer(tree, digests).write(dest)
    return dest.read_bytes()


def test_the_same_tree_is_the_same_bytes_whatever_its_order_and_age(
    tmp_path: Path, digests: Digests
) -> None:
    program = tmp_path / "program"
    program.write_bytes(b"ELF")
    first = written(
        {"usr/bin/a": File(program), "etc/b": File(b"text", 0o644), "c": Link("usr/bin/a")},
        digests,
        tmp_path / "first.tar",
    )
    os.utime(program, (1, 1))
    second = written(
        {"c": Link("usr/bin/a"), "etc/b": File(b"text", 0o644), "usr/bin/a": File(program)},
        digests,
        tmp_path / "second.tar",
    )
    assert first == second


def test_folders_come_before_what_lies_in_them_and_once(tmp_path: Path, digests: Digests) -> None:
    dest = tmp_path / "layer.tar"
    written({"a/b/one": File(b""), "a/b/two": File(b""), "tmp": Folder(0o1777)}, digests, dest)
    with tarfile.open(dest) as tar:
        assert tar.getnames() == ["a", "a/b", "a/b/one", "a/b/two", "tmp"]
        assert tar.getmember("tmp").mode == 0o1777


def test_everything_belongs_to_root_and_has_no_age(tmp_path: Path, digests: Digests) -> None:
    dest = tmp_path / "layer.tar"
    written({"usr/bin/a": File(b"x"), "b": Link("a")}, digests, dest)
    with tarfile.open(dest) as tar:
        assert {(m.uid, m.gid, m.mtime, m.uname) for m in tar} == {(0, 0, 0, "")}


@pytest.mark.parametrize(
    "changed",
    [
        {"a": File(b"other")},
        {"a": File(b"text", 0o600)},
        {"b": File(b"text")},
        {"a": Link("text")},
        {"a": Folder()},
        {"a": File(b"text"), "b": Folder()},
    ],
)
def test_any_change_of_a_tree_changes_its_key(changed: Tree, digests: Digests) -> None:
    assert TreeLayer(changed, digests).key != TreeLayer({"a": File(b"text")}, digests).key


def test_the_content_of_a_file_makes_the_key_and_not_its_place(
    tmp_path: Path, digests: Digests
) -> None:
    here, there, other = (tmp_path / name for name in ("here", "there", "other"))
    here.write_bytes(b"same")
    there.write_bytes(b"same")
    other.write_bytes(b"not the same")
    keys = [TreeLayer({"a": File(path)}, digests).key for path in (here, there, other)]
    assert keys[0] == keys[1] != keys[2]
