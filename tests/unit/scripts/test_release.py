"""An upgrade of the release changes what it was asked to, and nothing that the CLI would guess."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from components.scripts import release
from components.scripts.cli import Cli
from components.scripts.release import Release

CHART: dict[str, Any] = {
    "metadata": {"name": "cilium", "version": "1.18.4"},
    "values": {"k8sServiceHost": "", "k8sServicePort": ""},
}


class Recorder:
    """Keeps the values that `cilium upgrade` is given; their file is gone afterwards."""

    def __init__(self) -> None:
        self.given: dict[str, Any] = {}

    def cilium(self, _: str, *words: str, timeout: float) -> str:
        (file,) = [word for word in words if word.startswith("--values=")]
        self.given = json.loads(Path(file.removeprefix("--values=")).read_text())
        return ""


@pytest.mark.parametrize(
    "own",
    [
        {"k8sServiceHost": "10.0.0.1", "k8sServicePort": 6443},
        {"k8sServiceHost": "", "k8sServicePort": ""},
    ],
    ids=["set", "the chart's default"],
)
def test_the_agents_keep_the_api_server_that_the_release_gives_them(own: dict[str, Any]) -> None:
    """Unsaid, the CLI writes the kubeconfig's server there: the NodePort, lost at a restart."""
    recorder = Recorder()
    values = {key: value for key, value in own.items() if value}
    found = Release(revision=1, status="deployed", values=values, chart=CHART)
    release.set_values(cast(Cli, recorder), "one", found, {"debug": {"enabled": True}}, 5)
    assert recorder.given == {"debug": {"enabled": True}, **own}
