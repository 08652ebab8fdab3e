"""A program that runs at the same time as that of another stack, and reports what it sees.

Each opens the FIFO for the other and waits for it, without a clock. The stack `prod` stays until
the test says that the other stack's engine is gone.
"""

import json
import os
from pathlib import Path
from typing import Any, cast

import pulumi

from components.preflight import Preflight, PreflightArgs
from components.procedure import stack_config
from components.procedure.site import prepare
from components.provider_leftovers import sweep_at_exit
from components.scripts.leftovers import folder
from mesh import unlock
from tests.unit.facts.known import CLI


def meet(_: object) -> dict[str, Any]:
    """Wait for the other program; then both engines have a lock and working providers."""
    stack, here = pulumi.get_stack(), Path.cwd()
    is_last = stack == "prod"
    for fifo, mode in (("one", "r" if is_last else "w"), ("two", "w" if is_last else "r")):
        (here / fifo).open(mode).close()
    if is_last:
        (here / "gone").open("r").close()
    backend = Path(os.environ["PULUMI_BACKEND_URL"].removeprefix("file://"))
    keys = [one.document.user["client-key-data"] for one in config.clusters]
    texts = [path.read_text() for path in folder().glob("kubeconfig*")]
    return {
        "locks": [lock.is_stale for lock in unlock.locks(backend, stack)],
        "kubeconfigs": sum(any(key in text for key in keys) for text in texts),
    }


config = stack_config.load(Path.cwd())
sweep_at_exit(config)
preflight = Preflight("preflight", PreflightArgs(config=config, read_cli=lambda: CLI))
site = prepare(config, preflight)
# Known once a provider is configured, which is when it writes its kubeconfig.
configured = [
    one.id
    for options in site.options.values()
    for one in cast("dict[str, pulumi.ProviderResource]", options.providers).values()
]
pulumi.export("seen", pulumi.Output.all(*configured).apply(meet).apply(json.dumps))
