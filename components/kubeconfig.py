"""One kubeconfig, read and checked; what it holds is secret and never appears in a repr."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """A kubeconfig, the context in it that reaches the cluster, and where its files are relative to."""

    data: dict[str, Any] = field(repr=False)
    context: str
    folder: Path | None = None
