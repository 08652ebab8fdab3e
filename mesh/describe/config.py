"""The stack config of the described clusters, as the loader takes it."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from components.config.faults.mesh import MAX_CONNECTED
from components.kubeconfig import merge, yaml_text
from mesh.describe.entries import Entry


def config(described: Sequence[Entry], folder: Path, *, is_embedded: bool) -> dict[str, Any]:
    """Return the known keys without namespace, in the order of the file.

    `folder` is that of the stack file. With `is_embedded` the result is secret.
    """
    return {
        "clusters": [_cluster(entry, folder, is_embedded) for entry in described],
        "maxConnectedClusters": _max_connected(described),
    }


def _cluster(entry: Entry, folder: Path, is_embedded: bool) -> dict[str, Any]:
    return {**entry.values, **(_content(entry) if is_embedded else _path(entry, folder))}


def _path(entry: Entry, folder: Path) -> dict[str, Any]:
    # The context too: whoever uses the file may make another the current one.
    return {"kubeconfig": entry.source.written(folder), "context": entry.source.kubeconfig.context}


def _content(entry: Entry) -> dict[str, Any]:
    """The kubeconfig of this cluster alone, with the content of the files that it names."""
    document = merge.as_given({entry.label: entry.source.kubeconfig})
    return {"kubeconfigContent": yaml_text.write(document)}


def _max_connected(described: Sequence[Entry]) -> int:
    """The limit that most clusters were installed with; preflight reports the others."""
    found = (entry.facts.cilium for entry in described)
    limits = Counter(one.max_connected_clusters for one in found if one is not None)
    usual = [limit for limit, _ in limits.most_common() if limit in MAX_CONNECTED]
    return next((limit for limit in usual if limit is not None), MAX_CONNECTED[0])
