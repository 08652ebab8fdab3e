"""Secret text as a path, for programs and libraries that accept only paths."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def readable(text: str) -> Iterator[str]:
    """Yield a path to the text that this process can read; it is gone at the end."""
    with inheritable(text) as (path, _):
        yield path


@contextmanager
def visible(text: str) -> Iterator[str]:
    """Yield a path to the text for programs that inherit no descriptor, such as ssh.

    While this process holds it, every process of the same user can open it, and no other user.
    """
    with inheritable(text) as (path, descriptors):
        for descriptor in descriptors:
            os.fchmod(descriptor, 0o600)
        yield path.replace("/proc/self/", f"/proc/{os.getpid()}/")


@contextmanager
def inheritable(text: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield a path to the text, and the file descriptors that a program must inherit to read it.

    If the kernel can, the text is in memory only: even SIGKILL leaves nothing behind. Otherwise it
    is a file of mode 0600 in a private temporary folder.
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
