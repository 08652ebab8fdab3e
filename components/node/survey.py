"""Reads the state of all nodes side by side over SSH, and changes nothing."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from . import shell, ssh
from .access import Access
from .ssh import SshError
from .state import NodeState, NotDetectedError, parse_state

# The cluster's name and the node's.
Place = tuple[str, str]
Answer = NodeState | SshError

_MAX_PARALLEL = 16
# Beside the connection: the script itself takes a moment.
_SCRIPT_SECONDS = 10


def read_all(nodes: Mapping[Place, Access]) -> dict[Place, Answer]:
    """Read every node; one that does not answer gives why, and nothing is raised."""
    if not nodes:
        return {}
    with ThreadPoolExecutor(min(len(nodes), _MAX_PARALLEL)) as pool:
        return dict(zip(nodes, pool.map(read, nodes.values()), strict=True))


def read(access: Access) -> Answer:
    """Read one node, within the time that its connection and the script may take."""
    hops = 2 if access.jump else 1
    try:
        answer = ssh.run(
            access, shell.script("detect"), access.connect_seconds * hops + _SCRIPT_SECONDS
        )
        return parse_state(answer)
    except SshError as error:
        return error
    except NotDetectedError as error:
        return SshError(str(error), "log in by hand and look: it needs a POSIX shell and /proc")
