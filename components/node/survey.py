"""Reads the state of all nodes in parallel over SSH, and changes nothing."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from . import shell, ssh
from .access import Access
from .ssh import SshError
from .state import NodeState, NotDetectedError, parse_state

# The names of the cluster and the node.
Place = tuple[str, str]
Answer = NodeState | SshError

_MAX_PARALLEL = 16
# On top of the connection: the script itself takes a moment.
_SCRIPT_SECONDS = 10


def read_all(nodes: Mapping[Place, Access]) -> dict[Place, Answer]:
    """Return the state of every node, or its error if it does not answer; nothing is raised."""
    if not nodes:
        return {}
    with ThreadPoolExecutor(min(len(nodes), _MAX_PARALLEL)) as pool:
        return dict(zip(nodes, pool.map(read, nodes.values()), strict=True))


def read(access: Access) -> Answer:
    """Return the state of one node, read within the time for the connection and the script."""
    hops = 2 if access.jump else 1
    try:
        answer = ssh.run(
            access, shell.script("detect"), access.connect_seconds * hops + _SCRIPT_SECONDS
        )
        return parse_state(answer)
    except SshError as error:
        return error
    except NotDetectedError as error:
        return SshError(str(error), "log in by hand and check: it needs a POSIX shell and /proc")
