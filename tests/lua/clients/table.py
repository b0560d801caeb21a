#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""
The clients of Lua, each in a process of its own that is searched; needs LUA_CPATH for osmemlock.

    table.py check [LUA]         whether each is right and leaves no more than it may
    table.py write [LUA FILE]    writes docs/lua-clients.md
"""
import importlib.util
import subprocess
import sys
from pathlib import Path

from clients import CLIENTS, GROUPS, in_the_heap  # first: it tells where the others are

from client import RECOMMENDED
from measure import describe, number
from tables import ROUNDS, advice, measured, system, tables, worst

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[2] / "docs" / "lua-clients.md"
# What a library of C keeps for itself stays where it is.
OF_C_LIBRARIES = {
    "io.open(path):read('a')": "the file's buffer, unless setvbuf('no')",
    "io.popen(command):read('a')": "the pipe's buffer, unless setvbuf('no')",
    "io.open(...):write(s)": "the file's buffer, unless setvbuf('no')",
    "cjson.encode{s}": "cjson's own buffer",
    "luasql sqlite3, s in a statement": "SQLite's own memory",
}
MUST_BE_FOUND = ("io.open(path):read('a')", "expose, and the string is kept")
HEAD = """<!-- SPDX-License-Identifier: MIT OR Apache-2.0 -->
# Lua: who takes a buffer, and what stays behind

Written by `tests/lua/clients/table.py`, which also holds every release to it; the method is that of [python-clients.md](python-clients.md): 32 random
characters, one consumer, and a search of the whole process from outside, with two patterns that must be found.

- **open**: copies outside locked memory while the buffer is still open. **closed**: copies anywhere after it was closed and all was collected.
  In parentheses the mapping they lie in: heap, stack, or one without a name (anonymous).
- **in the heap**: the worse of open and closed when the same runs in `osmemlock.locked_heap()`, outside locked memory. What is left there is of a C
  library, or was there before.
- `½` is one half of the secret, found without the other one. Of {rounds} runs each, the worst counts. All with `LD_BIND_NOW=1`.
- **use it**: *yes*: nothing may stay behind, and a test sees to it; *no*: shown for contrast. A 0 there proves nothing: the freed
  memory was used again. `s` is the string of `b:expose(function(s) ... end)`.

A figure is true for these versions and no others:

{versions}
"""
COLUMNS = ("call", "open", "closed", "in the heap", "use it", "note")


def told(lua, program):
    return subprocess.run([lua, "-e", program], check=True, capture_output=True, text=True).stdout.strip()


def versions(lua):
    yield told(lua, 'print((require("osmemlock")._VERSION))')
    yield told(lua, "print(_VERSION)")
    yield from system()
    yield subprocess.run(["openssl", "version"], check=True, capture_output=True, text=True).stdout.split(" (")[0]


def missing(lua, client):
    """Why the client is unavailable here, or an empty text."""
    for module in client.modules:
        if importlib.util.find_spec(module) is None:
            return f"{module} of Python, which computes the right result, is not installed"
    if client.has and subprocess.run([lua, "-e", f'require "{client.has}"'], check=False, capture_output=True).returncode != 0:
        return f"{client.has} is not installed"
    return ""


def measured_by(lua, client):
    return measured(client, (lua, HERE / "victim.lua"))


def row(lua, client):
    if missing(lua, client):
        return (f"`{client.name}`", *["-"] * 3, advice(client), missing(lua, client))
    now = [measured_by(lua, client) for _ in range(ROUNDS)]
    heap = [measured_by(lua, in_the_heap(client)) for _ in range(ROUNDS)]
    figures = worst(now, lambda one: one.held), worst(now, lambda one: one.closed), worst(heap, lambda one: one.residue())
    note = "; ".join(filter(None, (client.note, OF_C_LIBRARIES.get(client.name))))
    return (f"`{client.name}`", *figures, advice(client), note)


def judge(lua, client):
    """What is wrong with it, or an empty text."""
    one, heap = measured_by(lua, client), measured_by(lua, in_the_heap(client))
    if client.kind == RECOMMENDED and number(one.residue()) > client.most:
        return f"leaves {describe(one.residue())}"
    if client.name in MUST_BE_FOUND and not one.held:
        return "the control was not found"
    beyond = number(heap.residue()) > client.most and client.name not in OF_C_LIBRARIES
    return f"leaves {describe(heap.residue())} in the heap" if beyond else ""


def check(lua):
    failed = 0
    for client in CLIENTS.values():
        skip = missing(lua, client)
        wrong = "" if skip else judge(lua, client)
        failed += bool(wrong)
        print(f"SKIP: {client.name}: {skip}" if skip else f"{'FAIL' if wrong else 'ok  '}  {client.name}: {wrong or 'no more than it may'}", flush=True)
    print(f"clients: {len(CLIENTS)} clients, {failed} failed")
    return 1 if failed else 0


def write(lua, path=DOCUMENT):
    head = HEAD.format(rounds=ROUNDS, versions="\n".join(f"- {version}" for version in versions(lua)))
    Path(path).write_text(head + tables(GROUPS, COLUMNS, lambda client: row(lua, client)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit({"check": check, "write": write}[sys.argv[1]](*(sys.argv[2:] or ["lua5.4"])))
