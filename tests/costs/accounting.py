"""The CPU time of every process of the machine, from the kernel when it ends; needs root.

Process accounting (acct(2), acct(5)) knows the CPU time of each and the first 15 letters of its
name; its command line is read from /proc when the kernel reports a new program (the process
connector, Documentation/driver-api/connector.rst).
"""

import ctypes
import os
import re
import socket
import struct
import threading
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

# struct acct_v3 of linux/acct.h; of comp_t, a float of 16 bits, the first two are the times.
_RECORD = struct.Struct("=BBH6If8H16s")
_TICKS = 100
# struct nlmsghdr, cn_msg and proc_event of linux/{netlink,connector,cn_proc}.h.
_NETLINK_CONNECTOR, _CN_IDX_PROC, _CN_VAL_PROC = 11, 1, 1
_LISTEN, _EXEC, _EXIT = 1, 0x00000002, 0x80000000
_SUBSCRIBE = struct.pack("=IHHII", 40, 3, 0, 0, 0) + struct.pack(
    "=IIIIHHI", _CN_IDX_PROC, _CN_VAL_PROC, 0, 0, 4, 0, _LISTEN
)
_EVENT = struct.Struct("=16x20xI4x8xII")
_INTERPRETED = re.compile(r"(^|/)(python[\d.]*|sh|bash)$")


@dataclass(frozen=True, slots=True)
class Ended:
    """One process that has ended: its program, and its CPU time in s."""

    program: str
    seconds: float


@dataclass
class Accounting:
    """The recorded processes; complete after the block of `accounting`."""

    file: Path
    running: dict[int, str] = field(default_factory=dict)
    # By process id, which is reused: the program of each process that had it, in order.
    names: dict[int, deque[str]] = field(default_factory=lambda: defaultdict(deque))

    def ended(self) -> Iterator[Ended]:
        """Yield every process that has ended, in order."""
        for values in _RECORD.iter_unpack(self.file.read_bytes()):
            pid, user, system, short = values[6], values[10], values[11], values[-1]
            names = self.names[pid]
            name = names.popleft() if names else ""
            comm = short.rstrip(b"\0").decode(errors="replace")
            yield Ended(name or comm, (_ticks(user) + _ticks(system)) / _TICKS)


@contextmanager
def accounting(file: Path) -> Iterator[Accounting]:
    """Record every process that ends while the block runs, in a file."""
    made = Accounting(file)
    file.touch()
    stop = threading.Event()
    listener = threading.Thread(target=_listen, args=(made, stop))
    listener.start()
    _account(str(file).encode())
    try:
        yield made
    finally:
        _account(None)
        stop.set()
        listener.join()


def program_of(arguments: list[str]) -> str:
    """Return what was started: a program's name or, for an interpreter, what it runs."""
    name = Path(arguments[0]).name if arguments else ""
    if name.startswith("cilium-clustermesh."):
        return "cilium"
    if not _INTERPRETED.search(arguments[0] if arguments else ""):
        return name
    words = arguments[1:]
    if "-m" in words[:-1]:
        module = words[words.index("-m") + 1]
        return f"python -m {module}"
    script = next((word for word in words if not word.startswith("-") and "/" in word), "")
    return f"{name} {Path(script).name}".strip()


def _account(file: bytes | None) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.acct(file) != 0:
        raise OSError(ctypes.get_errno(), "process accounting could not be switched")


def _ticks(packed: int) -> int:
    """Unpack a comp_t: 13 bits, to be shifted by three times what the upper three bits say."""
    return int((packed & 0x1FFF) << (3 * (packed >> 13)))


def _listen(made: Accounting, stop: threading.Event) -> None:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _NETLINK_CONNECTOR) as channel:
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * 1024 * 1024)
        channel.bind((os.getpid(), _CN_IDX_PROC))
        channel.send(_SUBSCRIBE)
        channel.settimeout(0.2)
        while not stop.is_set():
            try:
                data = channel.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                # The buffer overflowed: some programs keep their short names.
                continue
            what, thread, pid = _EVENT.unpack_from(data)
            if what == _EXEC and (arguments := _arguments(pid)):
                made.running[pid] = program_of(arguments)
            elif what == _EXIT and thread == pid:
                made.names[pid].append(made.running.pop(pid, ""))


def _arguments(pid: int) -> list[str]:
    try:
        data = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return data.decode(errors="replace").rstrip("\0").split("\0")
