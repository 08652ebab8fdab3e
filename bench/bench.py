"""The settings of every measurement: repeats, sizes of the mesh, folder and programs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import control_planes, stack
from bench.control_planes import Members
from bench.stack import Stack
from tools.toolchain import Toolchain, ensure

PROGRAMS = (*stack.PROGRAMS, *control_planes.PROGRAMS)


@dataclass(frozen=True)
class Bench:
    """One run of the bench; `folder` is its own and is removed with it."""

    folder: Path
    repeats: int = 5
    members: Sequence[int] = (2, 4, 8)

    @cached_property
    def toolchain(self) -> Toolchain:
        """The programs, built on first use; a cold measurement never uses them."""
        return ensure(PROGRAMS)

    @contextmanager
    def members_running(self, count: int) -> Iterator[Members]:
        """Run control planes for that many members."""
        with (
            TemporaryDirectory(dir=self.folder, prefix="members-") as folder,
            control_planes.members(Path(folder), count, self.toolchain) as running,
        ):
            yield running

    def stack(self, name: str, program: Path | None = None) -> Stack:
        """Create a stack of that name, of the project or of another program."""
        return stack.new_stack(self.folder / name, self.toolchain, program)
