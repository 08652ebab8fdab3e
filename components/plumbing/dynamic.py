"""Resources whose provider is written in Python, whoever runs it.

A program hands its provider to the engine pickled, and the engine starts the program's Python for
it. A program in another language has no such Python: the components come from the package's plugin
there, and that plugin is the provider of these resources as well (components/plugin/servicer.py).
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import pulumi
from pulumi import Inputs, dynamic

PACKAGE = "cilium-clustermesh"
_DYNAMIC = "pulumi-python"
_package = _DYNAMIC


def _print(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


_listener: ContextVar[Callable[[str], object]] = ContextVar("listener", default=_print)


def serve() -> None:
    """Say that this process is the package's plugin; nothing else may be registered before."""
    global _package
    _package = PACKAGE


def provider_package() -> str:
    """Give the package whose provider looks after these resources."""
    return _package


def say(text: str) -> None:
    """Tell something to the person who watches the update."""
    _listener.get()(text)


@contextmanager
def heard_by(listener: Callable[[str], object]) -> Iterator[None]:
    """Let a listener have what is said: what a package's plugin prints, the engine hides."""
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)


class Hosted(dynamic.Resource):
    """A dynamic resource in a program, in the package one of its own type."""

    def __init__(
        self,
        provider: dynamic.ResourceProvider,
        name: str,
        props: Inputs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register it; in the package `provider` is the plugin's own instance of that class."""
        if _package == PACKAGE:
            token = f"{PACKAGE}:index:{type(self).__name__}"
            pulumi.CustomResource.__init__(self, token, name, props, opts)
        else:
            super().__init__(provider, name, props, opts)
