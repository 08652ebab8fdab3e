"""Removes what the Kubernetes provider leaves behind: our kubeconfigs in the temporary folder.

The program sweeps as it exits, which is after the providers are configured. If the update fails or
is killed, it may end earlier or have no time to sweep: for that there is the watcher, a process
that outlives the update, and ends a program that a killed engine has left behind. A destroy does
not run the program; there the last Command to be deleted sweeps, and `disconnect` and `disable`
start the watcher.
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
    """A Command that sweeps when it is deleted, as the last resource of its cluster.

    The cluster's Kubernetes provider has to depend on it.
    """

    def __init__(
        self,
        name: str,
        user: pulumi.Input[Mapping[str, Any]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Sweep the files with the credentials of this kubeconfig user."""
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
    """Sweeps when the program ends and, if an engine runs it, when that has ended."""

    def __init__(self) -> None:
        """Start without users."""
        update = running_update(os.getpid())
        self._started = update.started if update else time.time()
        self._users: list[Mapping[str, Any]] = []

    def add(self, *users: Mapping[str, Any]) -> None:
        """Also sweep the files with the credentials of these kubeconfig users."""
        self._users.extend(users)
        # In a thread of its own: it takes a moment until the watcher goes on alone.
        Thread(target=watch, args=[users], kwargs={"is_program": True}).start()

    def now(self) -> None:
        """Sweep the files that are there now."""
        sweep(folder(), self._users, self._started)


def sweep_at_exit(config: MeshConfig) -> Sweep:
    """Sweep at exit; whoever reads another kubeconfig later adds its user."""
    made = Sweep()
    made.add(*(cluster.document.user for cluster in config.clusters if cluster.is_known))
    atexit.register(made.now)
    return made
