from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests import kubeconfigs


def test_threads_that_ask_for_a_ca_at_once_get_the_same() -> None:
    """Control planes are started two at a time, each with a certificate of its own."""
    at_once = 8
    gate = Barrier(at_once)

    def ask(_: int) -> kubeconfigs.Pair:
        gate.wait()
        return kubeconfigs.ca("asked-for-at-once")

    with ThreadPoolExecutor(at_once) as pool:
        assert len(set(pool.map(ask, range(at_once)))) == 1
