"""How many workers run the tests, and on how many labs at the same time."""

import os

_GIB_FOR_TWO_LABS = 15


def workers() -> int:
    """Return how many workers this machine is to have: a lab waits half of its time.

    With one more than that each test takes so much more processor time that nothing is won.
    """
    processors = os.cpu_count() or 1
    return processors + 1 if _has_room() else processors


def labs_at_once() -> int:
    """Return on how many labs the workers of this run go on at the same time."""
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return 2 if count > 2 and _has_room() else 1


def _has_room() -> bool:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return memory >= _GIB_FOR_TWO_LABS * 2**30
