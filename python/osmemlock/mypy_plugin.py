# SPDX-License-Identifier: MIT OR Apache-2.0
"""
For mypy alone, by `plugins = ["osmemlock.mypy_plugin"]`: a LockedBuffer passes where a memoryview does. Libraries such as pyca/cryptography name
bytes, bytearray and memoryview where they take any buffer, and a class can be none of those. What has methods of a memoryview called on it still
needs `key[:]`, which is one.
"""
from collections.abc import Callable

from mypy.plugin import ClassDefContext, Plugin


class _Osmemlock(Plugin):
    def get_customize_class_mro_hook(self, fullname: str) -> Callable[[ClassDefContext], None] | None:
        return _promote if fullname == "osmemlock._core.LockedBuffer" else None


def _promote(context: ClassDefContext) -> None:
    number = context.api.named_type("builtins.int")
    context.cls.info._promote.append(context.api.named_type("builtins.memoryview", [number]))  # as mypy itself takes an int for a float


def plugin(version: str) -> type[Plugin]:
    """What mypy looks for."""
    return _Osmemlock
