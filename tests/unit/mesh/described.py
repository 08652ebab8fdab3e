"""Described clusters for tests, from facts and without files."""

from pathlib import Path
from typing import Any

from components.facts.cluster import ClusterFacts
from components.kubeconfig.document import read_text
from mesh.describe.config import config
from mesh.describe.entries import Entry, entries
from mesh.describe.judging import Judgement, judge
from mesh.describe.sources import Source
from tests.unit.config.configs import kubeconfig
from tests.unit.facts.known import CLI

FOLDER = Path("/project")


def source(number: int) -> Source:
    return Source(Path(f"/kube/file{number}.yaml"), read_text(kubeconfig(number), None))


def described(*facts: ClusterFacts) -> tuple[Entry, ...]:
    return entries([source(number) for number in range(1, len(facts) + 1)], facts)


def raw(listed: tuple[Entry, ...]) -> dict[str, Any]:
    """The config with embedded kubeconfigs, because there are no files."""
    return config(listed, FOLDER, is_embedded=True)


def judged(listed: tuple[Entry, ...], stack: str = "cilium-clustermesh/prod") -> Judgement:
    return judge(listed, raw(listed), CLI, FOLDER, stack)
