"""Removes what the Kubernetes provider leaves behind: our kubeconfigs in the temporary folder.

The program sweeps as it exits, which is after the providers are configured. A destroy does not run
the program; there it is the last Command to be deleted that sweeps.
"""

import atexit
import os
from collections.abc import Mapping
from typing import Any

import pulumi

from components import children
from components.config.models import MeshConfig
from components.script_command import script_command
from components.scripts.leftovers import folder, sweep, update_start


class ProviderLeftovers(pulumi.ComponentResource):
    """A Command that does its work when it is deleted: as the last thing in its cluster.

    Let the cluster's Kubernetes provider depend on it.
    """

    def __init__(
        self,
        name: str,
        user: pulumi.Input[Mapping[str, Any]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Sweep the files with the credentials of this user of a kubeconfig."""
        super().__init__(
            "cilium-clustermesh:index:ProviderLeftovers", name, None, children.own(opts)
        )
        script_command(
            name,
            "leftovers",
            "sweep",
            inverse="sweep",
            environment={},
            secrets=pulumi.Output.from_input({"users": [user]}),
            opts=children.of(self, opts),
        )
        self.register_outputs({})


def sweep_at_exit(config: MeshConfig) -> list[Mapping[str, Any]]:
    """Sweep when the program ends: no provider is configured after that.

    Gives the users of the known kubeconfigs; those of kubeconfigs that turn up later are added to
    it by whoever reads them.
    """
    started = update_start(os.getpid())
    users: list[Mapping[str, Any]] = [
        cluster.document.user for cluster in config.clusters if cluster.is_known
    ]
    atexit.register(lambda: sweep(folder(), users, started))
    return users
