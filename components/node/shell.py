"""The scripts that run on a node: their text is sent to stdin, nothing is copied there."""

import shlex
from collections.abc import Mapping
from pathlib import Path

_FOLDER = Path(__file__).parent / "scripts"
# Short and the same everywhere: a change would run every Command again. A Command's `environment`
# would need AcceptEnv in the node's sshd, so settings are the first lines of the script.
AS_ROOT = 'if [ "$(id -u)" = 0 ]; then exec sh -s; else exec sudo -n sh -s; fi'
AS_USER = "exec sh -s"


def script(name: str, settings: Mapping[str, str] | None = None) -> str:
    """Return the text of a script in that folder, preceded by its quoted settings."""
    told = [f"{key}={shlex.quote(value)}" for key, value in sorted((settings or {}).items())]
    return "\n".join([*told, (_FOLDER / f"{name}.sh").read_text()])
