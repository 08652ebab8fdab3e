"""One browser for all tests of the page: Debian's headless Chromium, installed if missing."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tools import host
from tools.paths import cache_root

_PROGRAM = "chromium-headless-shell"
# Any of them will do; the first is the smallest, and is installed if there is none.
_PROGRAMS = (_PROGRAM, "chromium", "chromium-browser", "google-chrome")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder share one process, and so one browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("page"))


def chromium() -> str:
    """Find the browser or install it; if that needs root, fail with the line to run."""
    found = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if found:
        return found
    missing = host.MissingPackages((_PROGRAM,))
    if os.geteuid() != 0:
        pytest.fail(f"the tests of the page need Chromium, and only root can: {missing.command}")
    host.install_packages(missing, cache_root() / "logs" / "apt-chromium.log")
    return str(shutil.which(_PROGRAM))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Only our own pages are shown, and the sandbox needs more than every test machine has.
        made = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield made
        made.close()


@dataclass
class Shown:
    """A page in a window, with its network requests and console messages."""

    page: Page
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@contextmanager
def shown(browser: Browser, file: Path, scheme: str, width: int) -> Iterator[Shown]:
    """Show a file in a window of its own; `scheme` is light or dark, `width` in CSS pixels."""
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 900},
    )
    made = Shown(context.new_page())
    made.page.on("request", lambda request: made.requests.append(request.url))
    made.page.on("console", lambda message: made.said.append(message.text))
    made.page.on("pageerror", lambda error: made.said.append(str(error)))
    try:
        made.page.goto(file.as_uri())
        yield made
    finally:
        context.close()
