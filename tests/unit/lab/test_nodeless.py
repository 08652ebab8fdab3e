from typing import Any

from lab.nodeless import Api


class Pool:
    """Records requests, and answers nothing."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def request(self, _: str, url: str, **__: Any) -> None:
        self.asked.append(url)


def test_a_watch_lasts_for_as_long_as_any_test_or_measurement() -> None:
    """Without a timeout of its own, an API server ends it after 30 to 60 minutes, silently."""
    pool = Pool()
    Api("https://192.0.2.1:6443", "token", pool).watch("/api/v1/services")  # type: ignore[arg-type]
    _, _, seconds = pool.asked[0].partition("&timeoutSeconds=")
    assert int(seconds) >= 24 * 3600
