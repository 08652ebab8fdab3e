"""Secret text as a path, for programs and libraries that take nothing but paths."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def readable(text: str) -> Iterator[str]:
    """Give a path to the text that this process can read, gone at the end."""
    with inheritable(text) as (path, _):
        yield path


@contextmanager
def inheritable(text: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Give a path to the text, and the file descriptors that a program needs to read it as well.

    Where the kernel can, the text is in memory only: even SIGKILL leaves nothing behind. Elsewhere
    it is a file of mode 0600 in a private temporary folder.
    """
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("private", os.MFD_CLOEXEC)
        try:
            with os.fdopen(descriptor, "wb", closefd=False) as file:
                file.write(text.encode())
            yield f"/proc/self/fd/{descriptor}", (descriptor,)
        finally:
            os.close(descriptor)
        return
    with tempfile.TemporaryDirectory(prefix="clustermesh-") as folder:
        path = Path(folder, "private")
        path.touch(mode=0o600)
        path.write_text(text)
        yield str(path), ()
