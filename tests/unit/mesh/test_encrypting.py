"""The way of secrets to pulumi."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from mesh.describe.encrypting import encrypt
from mesh.describe.target import Refusal

TEXTS = ["first s3cr3t", "second s3cr3t"]
SETTINGS = {"secretsprovider": "awskms://alias/mesh", "encryptedkey": "QQ=="}


class Pulumi:
    """A pulumi that writes encrypted values into the config file that it is given."""

    def __init__(self, code: int = 0) -> None:
        self.commands: list[Sequence[str]] = []
        self.inputs: list[str] = []
        self.settings: list[dict[str, Any]] = []
        self._code = code

    def __call__(
        self, command: Sequence[str], **options: Any
    ) -> "subprocess.CompletedProcess[str]":
        self.commands.append(command)
        self.inputs.append(options["input"])
        file = Path(command[command.index("--config-file") + 1])
        document = yaml.safe_load(file.read_text()) or {}
        self.settings.append({key: document[key] for key in document if key != "config"})
        listed = document.setdefault("config", {}).setdefault("cilium-clustermesh:clusters", [])
        listed.append({"kubeconfigContent": {"secure": f"v1:{len(listed)}"}})
        file.write_text(yaml.safe_dump(document))
        return subprocess.CompletedProcess(command, self._code, "", "error: no stack named 'prod'")


def run(pulumi: Pulumi, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Any:
    monkeypatch.setattr(subprocess, "run", pulumi)
    return encrypt(TEXTS, "prod", folder, SETTINGS)


def test_secrets_go_through_a_pipe_and_never_into_arguments_or_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi = Pulumi()
    done = run(pulumi, monkeypatch, tmp_path)
    assert pulumi.inputs == TEXTS
    assert "s3cr3t" not in str(pulumi.commands)
    assert all("--secret" in command for command in pulumi.commands)
    assert [one["secure"] for one in done.values] == ["v1:0", "v1:1"]
    assert not list(tmp_path.iterdir())


def test_they_are_encrypted_as_the_stack_file_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi = Pulumi()
    assert run(pulumi, monkeypatch, tmp_path).encryption == SETTINGS
    assert pulumi.settings == [SETTINGS, SETTINGS]


def test_a_refusal_of_pulumi_is_told_with_the_way_out_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Refusal, match=r"no stack named .prod.*pulumi stack init prod") as refused:
        run(Pulumi(code=255), monkeypatch, tmp_path)
    assert "s3cr3t" not in str(refused.value)
    assert not list(tmp_path.iterdir())
