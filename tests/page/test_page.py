"""The page in a real browser: without network, accessible, at every width."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from mesh.report import html
from mesh.report.model import Report
from tests.page.conftest import Shown, shown
from tests.unit.mesh import reports
from tests.unit.mesh.test_forms import hostile

DESKTOP, PHONE = 1280, 390
MESHES: dict[str, Callable[[], Report]] = {
    "two": lambda: reports.whole(2),
    "eight": lambda: reports.whole(8),
    "thirteen": lambda: reports.whole(13),
    "links": lambda: reports.whole(13, routes=()),
    "broken": reports.broken,
    "hostile": hostile,
}
OPEN_ALL = "document.querySelectorAll('details').forEach(one => one.open = true)"
# What takes the focus, named by its text or, for a region, by its caption.
FOCUSED = """() => {
  const one = document.activeElement;
  const caption = one.getAttribute('aria-labelledby');
  return caption ? document.getElementById(caption).textContent : one.textContent;
}"""
SQUEEZED = """() => [...document.querySelectorAll('tbody th')]
  .filter(one => one.offsetWidth && one.offsetWidth < 70).map(one => one.textContent)"""
IS_OUTLINED = "() => getComputedStyle(document.activeElement).outlineStyle !== 'none'"


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    made = {name: folder / f"{name}.html" for name in MESHES}
    for name, file in made.items():
        file.write_text(html.render(MESHES[name]()), encoding="utf-8")
    return made


@pytest.mark.parametrize("width", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["two", "broken", "hostile"])
def test_a_page_is_accessible(
    browser: Browser, files: dict[str, Path], name: str, scheme: str, width: int
) -> None:
    """Larger ones have more of the same, except for what the next test checks."""
    with shown(browser, files[name], scheme, width) as window:
        window.page.evaluate(OPEN_ALL)
        assert violations(window) == []


def test_the_table_of_a_mesh_that_is_not_drawn_is_accessible(
    browser: Browser, files: dict[str, Path]
) -> None:
    with shown(browser, files["links"], "light", PHONE) as window:
        assert violations(window) == []


def test_the_search_for_violations_finds_them(browser: Browser, files: dict[str, Path]) -> None:
    """Otherwise it would be no proof that it finds none."""
    with shown(browser, files["two"], "light", DESKTOP) as window:
        window.page.evaluate("document.querySelector('h1').style.color = '#eee'")
        assert [one.partition(":")[0] for one in violations(window)] == ["color-contrast"]


@pytest.mark.parametrize("width", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", MESHES)
def test_a_page_stays_in_the_window_and_asks_nobody(
    browser: Browser, files: dict[str, Path], name: str, width: int
) -> None:
    with shown(browser, files[name], "light", width) as window:
        assert window.page.title().startswith("Mesh ")
        assert not overflowing(window.page)
        window.page.evaluate(OPEN_ALL)
        assert not overflowing(window.page)
        assert window.page.evaluate(SQUEEZED) == []
        assert window.requests == [files[name].as_uri()]
        assert window.said == []


def test_dark_is_dark_and_light_is_light(browser: Browser, files: dict[str, Path]) -> None:
    for scheme, is_dark in (("light", False), ("dark", True)):
        with shown(browser, files["two"], scheme, DESKTOP) as window:
            color = window.page.evaluate("getComputedStyle(document.body).backgroundColor")
            red = int(color.removeprefix("rgb(").split(",")[0])
            assert (red < 60) is is_dark


def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    browser: Browser, files: dict[str, Path]
) -> None:
    with shown(browser, files["broken"], "light", PHONE) as window:
        page = window.page
        page.evaluate(OPEN_ALL)
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUSED) == "Skip to the report"
        wanted = set(page.locator("a, summary").all_text_contents())
        wanted |= set(page.locator("caption").all_text_contents())
        reached = set()
        for _ in range(len(wanted) + 5):
            reached.add(page.evaluate(FOCUSED))
            assert page.evaluate(IS_OUTLINED)
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement === document.body"):
                break
        assert reached >= wanted


def test_the_skip_link_leads_into_the_report(browser: Browser, files: dict[str, Path]) -> None:
    with shown(browser, files["two"], "light", DESKTOP) as window:
        window.page.keyboard.press("Tab")
        window.page.keyboard.press("Enter")
        assert window.page.evaluate("document.activeElement.id") == "main"


def test_a_summary_opens_by_keyboard(browser: Browser, files: dict[str, Path]) -> None:
    with shown(browser, files["two"], "light", DESKTOP) as window:
        summary = window.page.get_by_text("Clusters and connections as text")
        summary.focus()
        window.page.keyboard.press("Enter")
        assert window.page.get_by_text("Connections, each as its own side sees it").is_visible()


@pytest.mark.parametrize(("width", "kind"), [(DESKTOP, "ring"), (PHONE, "column")])
def test_a_window_shows_the_drawing_that_fits_it(
    browser: Browser, files: dict[str, Path], width: int, kind: str
) -> None:
    with shown(browser, files["eight"], "light", width) as window:
        page = window.page
        drawn = [one for one in ("ring", "column") if page.locator(f"svg.{one}").is_visible()]
        assert drawn == [kind]
        assert page.get_by_role("img", name="Topology of the mesh prod").count() == 1
        # The text in it is readable.
        size = page.evaluate("() => document.querySelector('svg.drawing .place').getScreenCTM().a")
        if kind == "ring":
            assert size * 12 > 10


def test_a_screen_reader_finds_landmarks_and_headings_in_order(
    browser: Browser, files: dict[str, Path]
) -> None:
    with shown(browser, files["two"], "light", DESKTOP) as window:
        page = window.page
        for role in ("banner", "navigation", "main", "contentinfo"):
            assert page.get_by_role(role).count() == 1, role
        levels = page.evaluate(
            "() => [...document.querySelectorAll('h1,h2,h3')].map(one => one.tagName)"
        )
        assert levels == ["H1", *["H2"] * 6]
        cell = page.get_by_role("table", name="Who reaches whom, and how fast").get_by_role("cell")
        assert "reached: Service" in " ".join(cell.first.text_content().split())  # type: ignore[union-attr]


def test_on_paper_nothing_is_hidden(browser: Browser, files: dict[str, Path]) -> None:
    with shown(browser, files["broken"], "dark", DESKTOP) as window:
        page = window.page
        page.emulate_media(media="print")
        assert not page.get_by_role("navigation").is_visible()
        assert page.get_by_text("Connections, each as its own side sees it").is_visible()


def overflowing(page: Page) -> bool:
    """Whether the page itself scrolls sideways."""
    inner = "document.documentElement.clientWidth"
    return bool(page.evaluate(f"document.documentElement.scrollWidth > {inner}"))


def violations(window: Shown) -> list[str]:
    """The complaints of axe, each with its place."""
    options = {"resultTypes": ["violations"]}
    found = Axe().run(window.page, options=options).response["violations"]
    return [
        f"{one['id']}: {node['target']}: {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]
