"""The toolchain as the rest of the project sees it: `ensure` the programs, then ask for paths."""

import hashlib
import os
import shutil
import tempfile
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from tools import golang, host, onpath
from tools.builder import Builder
from tools.cache import Cache, module_key
from tools.catalogue import MODULES, Module, Program
from tools.errors import InterruptedBuildError, ToolchainError
from tools.paths import cache_root
from tools.processes import Processes
from tools.report import LineReport, Origin, Report

_LOOKING_BESIDE = ("pulumi", "pulumi-language-yaml")


@dataclass(frozen=True)
class Toolchain:
    """Programs that are ready to run.

    `bin_dir` is a folder of links to all of them, to be put first on PATH. Other programs get
    another folder, so a process that has this one on its PATH keeps what it started with.
    """

    programs: Mapping[str, Path]
    bin_dir: Path
    plugins: Mapping[str, Path] = field(default_factory=dict)

    def path(self, program: str) -> Path:
        """Return the path of a program.

        Raises:
            ToolchainError: it is not one of those that were asked for.
        """
        try:
            return self.programs[program]
        except KeyError:
            names = ", ".join(sorted(self.programs))
            raise ToolchainError(
                f"The toolchain was not asked for a program called {program}; it has {names}."
            ) from None

    def module_dir(self, module: str, gomod: str) -> Path:
        """Return the sources of a Go module in the version that tools/modules/`gomod` pins.

        Raises:
            ToolchainError: it cannot be fetched.
        """
        return golang.module_dir(module, gomod)

    def pulumi_environment(self, home: Path) -> dict[str, str]:
        """Make `home` a Pulumi home with our providers, and return the variables that select it.

        The engine warns at every run about a provider found on PATH, but not about one in the
        home's plugin folder under the version that the SDK asks for. `home` must be the project's
        own, not the user's: every call changes it.
        """
        for folder, provider in self.plugins.items():
            link = home / "plugins" / folder / provider.name
            link.parent.mkdir(parents=True, exist_ok=True)
            if not link.is_symlink() or link.readlink() != provider:
                temporary = link.with_name(f".{link.name}-{os.getpid()}")
                temporary.symlink_to(provider)
                temporary.replace(link)
        return {
            "PULUMI_HOME": str(home.absolute()),
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }


@dataclass(frozen=True)
class Entry:
    """A program and its path, now or after a build."""

    program: Program
    module: Module
    key: str
    path: Path
    origin: Origin | None
    version: str

    @property
    def links(self) -> dict[str, Path]:
        """The program and the files that it needs beside it, by name."""
        names = (self.program.name, *(file[0] for file in self.program.files))
        paths = {name: self.path.parent / name for name in names}
        return {name: path for name, path in paths.items() if path.exists()}


def survey(go: golang.Go, programs: Iterable[str] | None = None) -> list[Entry]:
    """Find each program without building anything; origin is None if it has to be built.

    Raises:
        ToolchainError: a name is not in the catalogue.
    """
    wanted = _select(programs)
    root = cache_root()
    cache = Cache(root)
    found = onpath.find_all([program for _, program in wanted], root)
    keys = {module.name: module_key(module, go.identity) for module, _ in wanted}
    return [_entry(module, program, keys[module.name], cache, found) for module, program in wanted]


def _select(programs: Iterable[str] | None) -> list[tuple[Module, Program]]:
    every = [(module, program) for module in MODULES for program in module.programs]
    if programs is None:
        return every
    names = set(programs)
    unknown = sorted(names - {program.name for _, program in every})
    if unknown:
        known = ", ".join(program.name for _, program in every)
        raise ToolchainError(f"No such program: {', '.join(unknown)}. The toolchain has {known}.")
    # A bundled program is only found beside the one it comes with, so look for that one too.
    names |= {
        program.bundled_with
        for _, program in every
        if program.name in names and program.bundled_with
    }
    return [(module, program) for module, program in every if program.name in names]


def _entry(
    module: Module,
    program: Program,
    key: str,
    cache: Cache,
    found: Mapping[str, onpath.Found],
) -> Entry:
    host_program = found.get(program.bundled_with or program.name)
    if host_program is not None:
        path = host_program.path
        if program.bundled_with:
            path = path.resolve().parent / program.name
        return Entry(program, module, key, path, Origin.PATH, host_program.version)
    path = cache.program(module, key, program.name)
    origin = Origin.CACHED if cache.has(module, key, program) else None
    return Entry(program, module, key, path, origin, program.version)


def ensure(programs: Iterable[str] | None = None, report: Report | None = None) -> Toolchain:
    """Return the programs (all of them by default), building what is missing.

    Without a `report`, only what had to be built is printed, to stderr.

    Raises:
        ToolchainError: something is missing on this machine, or a program did not build.
        InterruptedBuildError: the build was stopped.
    """
    own_report = LineReport(only_built=True) if report is None else None
    listener = report or own_report
    assert listener is not None
    host.check_platform()
    go = golang.find_go()
    entries = survey(go, programs)
    for entry in entries:
        if entry.origin is not None:
            listener.done(entry.program, entry.origin, 0.0, entry.version)
    missing = [entry for entry in entries if entry.origin is None]
    if missing:
        modules = {entry.module.name: entry.module for entry in missing}
        plan = host.plan_build()
        host.check_disk(modules.values(), go, cache_root())
        listener.planned(entry.program for entry in missing)
        _build(missing, plan, listener)
    if own_report is not None:
        own_report.total()
    return _toolchain(entries)


def ready() -> Toolchain:
    """Return the programs that are there already; nothing is built.

    Raises:
        ToolchainError: Go is missing, on which the programs of this checkout depend.
    """
    return _toolchain([entry for entry in survey(golang.find_go()) if entry.origin is not None])


def _toolchain(entries: list[Entry]) -> Toolchain:
    bin_dir = _publish_links(entries, cache_root())
    return Toolchain(
        programs={entry.program.name: _run_from(entry, bin_dir) for entry in entries},
        bin_dir=bin_dir,
        plugins={entry.program.plugin: entry.path for entry in entries if entry.program.plugin},
    )


def _run_from(entry: Entry, bin_dir: Path) -> Path:
    return bin_dir / entry.program.name if _is_hard_link(entry) else entry.path


def _is_hard_link(entry: Entry) -> bool:
    """Whether the program is linked by inode.

    Pulumi looks for its language host beside the real path of its own executable and warns when it
    finds one elsewhere, so ours has to be a real file in the folder where the language host is. So
    does the language host of YAML, which reads the schema of a package that Python serves.
    """
    return entry.program.name in _LOOKING_BESIDE and entry.origin is not Origin.PATH


def _build(missing: list[Entry], plan: host.BuildPlan, report: Report) -> None:
    processes = Processes()
    stop = threading.Event()
    builder = Builder(Cache(cache_root()), processes, report, stop, plan.environment)
    groups: dict[str, list[Entry]] = {}
    for entry in missing:
        groups.setdefault(entry.module.name, []).append(entry)
    with ThreadPoolExecutor(max_workers=plan.workers) as pool:
        jobs = [
            pool.submit(
                builder.build, group[0].module, group[0].key, [entry.program for entry in group]
            )
            for group in groups.values()
        ]
        try:
            wait(jobs, return_when=FIRST_EXCEPTION)
        finally:
            # On success there is nothing left to stop; on an error or Ctrl-C, everything is.
            for job in jobs:
                job.cancel()
            stop.set()
            processes.stop()
    _raise_first(jobs)


def _raise_first(jobs: list[Future[None]]) -> None:
    """Raise the failure itself, rather than the interruptions of other builds that it caused."""
    errors = [
        error for job in jobs if not job.cancelled() and (error := job.exception()) is not None
    ]
    errors.sort(key=lambda error: isinstance(error, InterruptedBuildError))
    if errors:
        raise errors[0]


def _publish_links(entries: Iterable[Entry], root: Path) -> Path:
    """Return the folder of links, created if missing; its name is a hash of what it links to."""
    entries = list(entries)
    links = {name: path for entry in entries for name, path in entry.links.items()}
    hard = {entry.path for entry in entries if _is_hard_link(entry)}
    kinds = {path: "is" if path in hard else "links to" for path in links.values()}
    content = "\n".join(f"{name} {kinds[path]} {path}" for name, path in sorted(links.items()))
    folder = root / f"bin-{hashlib.sha256(content.encode()).hexdigest()[:16]}"
    if folder.is_dir():
        return folder
    root.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix="bin-new-", dir=root))
    temporary.chmod(0o755)
    for name, path in links.items():
        if path in hard:
            (temporary / name).hardlink_to(path)
        else:
            (temporary / name).symlink_to(path)
    try:
        temporary.rename(folder)
    except OSError:
        # Another process created the same folder in between.
        shutil.rmtree(temporary)
        if not folder.is_dir():
            raise
    return folder


def clean(*, everything: bool) -> list[Path]:
    """Remove the builds that this clone does not use, or all; returns what was removed.

    Raises:
        ToolchainError: a build is running.
    """
    root = cache_root()
    cache = Cache(root)
    # Lock files stay: another clone may be about to take one.
    keep = {root / "locks"} if everything else {root / "locks", *_in_use(cache)}
    with cache.no_builds():
        removed = [path for path in sorted(root.glob("*")) if path not in keep]
        for path in removed:
            _remove(path)
    return removed


def _in_use(cache: Cache) -> set[Path]:
    go = golang.find_go()
    entries = survey(go)
    modules = {cache.module(entry.module, entry.key) for entry in entries}
    complete = all(entry.origin is not None for entry in entries)
    links = {_publish_links(entries, cache.root)} if complete else set()
    return modules | links | {cache.root / "logs", cache.root / "probes.json"}


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
