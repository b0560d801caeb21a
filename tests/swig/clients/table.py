#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""
The clients of a language that SWIG serves, each in a process of its own that is searched.

    table.py check LANGUAGE VICTIM...    whether each is right and leaves no more than it may; VICTIM: the command that runs ../LANGUAGE/clients.*
    table.py write LANGUAGE VICTIM...    writes docs/LANGUAGE-clients.md
"""
import subprocess
import sys
from pathlib import Path

from clients import LANGUAGES, MUST_BE_FOUND  # first: it tells where the others are

from client import RECOMMENDED
from measure import describe, number
from tables import ROUNDS, advice, measured, system, tables, worst

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "docs" / "api"))

from header import parse

HEAD = """<!-- SPDX-License-Identifier: MIT OR Apache-2.0 -->
# {title}: who takes a secret, and what stays behind

Written by `tests/swig/clients/table.py`, which also holds every release to it; the method is that of [python-clients.md](python-clients.md): 32 random
characters, one consumer, and a search of the whole process from outside, with two patterns that must be found. The calls stand in
[{victim}](../{victim}).

- **open**: copies outside locked memory while the buffer is still open. **closed**: copies anywhere after it was closed and all was collected.
  In parentheses the mapping they lie in: heap, stack, or one without a name (anonymous).
- `½` is one half of the secret, found without the other one. Of {rounds} runs each, the worst counts. All with `LD_BIND_NOW=1`.
- **use it**: *yes*: nothing may stay behind, and a test sees to it; *no*: shown for contrast. A 0 there proves nothing: the freed
  memory was used again. {lent}

A figure is true for these versions and no others:

{versions}
"""
COLUMNS = ("call", "open", "closed", "use it", "note")


def first_line(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[0]


def versions(language):
    yield f"osmemlock {parse((ROOT / 'core/include/osmemlock.h').read_text(encoding='utf-8')).version}"
    yield first_line(*LANGUAGES[language].version)
    yield from system()


def row(client, victim):
    runs = [measured(client, victim) for _ in range(ROUNDS)]
    figures = worst(runs, lambda one: one.held), worst(runs, lambda one: one.closed)
    return (f"`{client.name}`", *figures, advice(client), client.note)


def judge(client, victim):
    """What is wrong with it, or an empty text."""
    try:
        one = measured(client, victim)
    except RuntimeError as error:  # the others are still to be told
        return str(error)
    if client.kind == RECOMMENDED and number(one.residue()) > client.most:
        return f"leaves {describe(one.residue())}"
    return "the control was not found" if client.name in MUST_BE_FOUND and not one.held else ""


def check(language, *victim):
    clients = [client for group in LANGUAGES[language].groups.values() for client in group]
    failed = 0
    for client in clients:
        wrong = judge(client, victim)
        failed += bool(wrong)
        print(f"{'FAIL' if wrong else 'ok  '}  {client.name}: {wrong or 'no more than it may'}", flush=True)
    print(f"clients: {len(clients)} clients, {failed} failed")
    return 1 if failed else 0


def write(language, *victim):
    of = LANGUAGES[language]
    source = next((ROOT / "tests/swig" / language).glob("[Cc]lients.*")).relative_to(ROOT)
    head = HEAD.format(title=of.title, victim=source, rounds=ROUNDS, lent=of.lent, versions="\n".join(f"- {version}" for version in versions(language)))
    page = ROOT / f"docs/{language}-clients.md"
    page.write_text(head + tables(of.groups, COLUMNS, lambda client: row(client, victim)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit({"check": check, "write": write}[sys.argv[1]](*sys.argv[2:]))
