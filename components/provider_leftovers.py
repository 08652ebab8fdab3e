"""Removes what the Kubernetes provider leaves behind: our kubeconfigs in the temporary folder.

The program sweeps as it exits, which is after the providers are configured. Of an update that
fails or is killed it may end earlier, or have no time to sweep: that is what the watcher is for, a
process that outlives the update, and ends the program where a killed engine has left it. A destroy
does not run the program; there it is the last Command to be deleted that sweeps, and `disconnect`
and `disable` start the watcher.
"""

import atexit
import os
import time
from collections.abc import Mapping
from threading import Thread
from typing import Any

import pulumi

from .config.models import MeshConfig
from .plumbing import outputs
from .plumbing.command import script_command
from .plumbing.options import child_options, component_options
from .scripts.leftovers import folder, running_update, sweep, watch


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
            "cilium-clustermesh:index:ProviderLeftovers", name, None, component_options(opts)
        )
        script_command(
            f"{name}-sweep",
            "leftovers",
            "sweep",
            inverse="sweep",
            environment={},
            secrets={"users": outputs.together([user])},
            opts=child_options(self, opts, name),
        )
        self.register_outputs({})


class Sweep:
    """Sweeps when the program ends and, where an engine runs it, when that has ended."""

    def __init__(self) -> None:
        """Begin without a user."""
        update = running_update(os.getpid())
        self._started = update.started if update else time.time()
        self._users: list[Mapping[str, Any]] = []

    def add(self, *users: Mapping[str, Any]) -> None:
        """Sweep the files with the credentials of these users of kubeconfigs as well."""
        self._users.extend(users)
        # Beside what the program does next: it takes a moment until the watcher goes on alone.
        Thread(target=watch, args=[users], kwargs={"is_program": True}).start()

    def now(self) -> None:
        """Sweep what is there."""
        sweep(folder(), self._users, self._started)


def sweep_at_exit(config: MeshConfig) -> Sweep:
    """Sweep at the end; users of kubeconfigs that turn up later are added by whoever reads them."""
    made = Sweep()
    made.add(*(cluster.document.user for cluster in config.clusters if cluster.is_known))
    atexit.register(made.now)
    return made
