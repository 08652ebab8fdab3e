"""An existing stack file is not lost, nor are the encryption settings of its stack."""

from pathlib import Path

import pytest

from mesh.describe.target import Refusal, target

SALT = "encryptionsalt: v1:abc=:v1:def==\n"


@pytest.mark.parametrize("stack", ["prod", "cilium-clustermesh/prod", "acme/mesh/prod"])
def test_the_file_is_named_after_the_stack_alone(stack: str, tmp_path: Path) -> None:
    goal = target(tmp_path, stack)
    assert goal.path == tmp_path / "Pulumi.prod.yaml"
    assert goal.stack == "prod" and not goal.would_lose


@pytest.mark.parametrize("stack", ["", "a b", "prod\n", "acme/"])
def test_a_name_that_no_stack_has_is_refused(stack: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="is not a valid stack name"):
        target(tmp_path, stack)


@pytest.mark.parametrize(
    "kept", ["", SALT, "secretsprovider: awskms://alias/mesh\nencryptedkey: QQ==\n"]
)
def test_what_stack_init_wrote_is_kept_and_is_nothing_to_lose(kept: str, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text(kept)
    goal = target(tmp_path, "prod")
    assert not goal.would_lose
    goal.write("config: {}\n", goal.encryption)
    assert goal.path.read_text() == f"config: {{}}\n{kept}"


@pytest.mark.parametrize("more", ["config: {}\n", "# mine\n", "environment: [prod]\n", "[]\n"])
def test_anything_else_would_be_lost(more: str, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text(more + SALT)
    assert target(tmp_path, "prod").would_lose


def test_a_file_that_turns_up_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    goal = target(tmp_path, "prod")
    goal.path.write_text("mine")
    with pytest.raises(Refusal, match="cannot be written: file exists"):
        goal.write("theirs", {})
    assert goal.path.read_text() == "mine"


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Refusal, match="cannot be read"):
        target(tmp_path, "prod")
