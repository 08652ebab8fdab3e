"""Dynamic resources that work in a Python program and in the multi-language package.

A program hands its provider to the engine pickled, and the engine starts the program's Python for
it. A program in another language has no such Python: its components come from the package's plugin,
and that plugin is the provider of these resources as well (components/plugin/servicer.py).
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
    """Declare this process the package's plugin; nothing may be registered before."""
    global _package
    _package = PACKAGE


def provider_package() -> str:
    """Return the package whose provider manages these resources."""
    return _package


def say(text: str) -> None:
    """Print a text for the person who watches the update."""
    _listener.get()(text)


@contextmanager
def heard_by(listener: Callable[[str], object]) -> Iterator[None]:
    """Pass what is said to a listener: the engine hides what a package's plugin prints."""
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)


class PythonResource(dynamic.Resource):
    """A dynamic resource in a program; in the package, a resource of a type of its own."""

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
