"""Keys: hashes of what a thing is built from; those of big files are remembered."""

import hashlib
import json
from pathlib import Path

from lab.images.cache import KEY_LENGTH


def key_of(*parts: object) -> str:
    """A short hash of anything that JSON can hold."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]


def file_digest(path: Path) -> str:
    """The SHA-256 of a file's content, in hex."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


class Digests:
    """SHA-256 of files; a file is read again only if its size or time stamp differs.

    Hashing all programs takes seconds, which a run with nothing to build must not.
    """

    def __init__(self, memory: Path) -> None:
        """Remember in the file `memory`; a missing or broken one counts as empty."""
        self._memory = memory
        self._known = _read(memory)
        self._seen: dict[str, str] = {}

    def of(self, path: Path) -> str:
        """The digest of a file; symbolic links are followed."""
        real = path.resolve()
        status = real.stat()
        stamp = f"{real}|{status.st_size}|{status.st_mtime_ns}|{status.st_ino}"
        digest = self._seen.get(stamp) or self._known.get(stamp) or file_digest(real)
        self._seen[stamp] = digest
        return digest

    def save(self) -> None:
        """Save the digests that were asked for, and forget the rest."""
        if self._seen == self._known:
            return
        new = self._memory.with_name(self._memory.name + ".new")
        new.write_text(json.dumps(self._seen, indent=0))
        new.rename(self._memory)


def _read(memory: Path) -> dict[str, str]:
    try:
        content = json.loads(memory.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
