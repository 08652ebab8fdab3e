"""The toolchain's folders."""

import os
from pathlib import Path

MODULES_DIR = Path(__file__).parent / "modules"


def cache_root() -> Path:
    """Return the toolchain's folder in the user's cache (XDG base directory specification).

    A relative $XDG_CACHE_HOME is ignored, as the specification asks.
    """
    configured = Path(os.environ.get("XDG_CACHE_HOME", ""))
    base = configured if configured.is_absolute() else Path.home() / ".cache"
    return base / "cilium-clustermesh" / "tools"
