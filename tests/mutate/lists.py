# SPDX-License-Identifier: MIT OR Apache-2.0
"""security.toml, the faults by hand, and equivalents.toml, the faults by rule that change nothing. Both name text, not line numbers."""
import collections
import hashlib
import pathlib
import tomllib

import operators
from source import Source

HERE = pathlib.Path(__file__).parent
FOLDERS = {"core": "core/src", "python": "python/src", "lua": "lua/src"}


class ListError(Exception):
    """A row does not fit the sources."""


def load(name, keys, optional):
    with (HERE / name).open("rb") as file:
        rows = tomllib.load(file)
    for identity, row in rows.items():
        if not keys <= set(row) <= keys | optional:
            raise ListError(f"{name}: {identity} must have {', '.join(sorted(keys))}, and may have {', '.join(sorted(optional))}")
    return rows


def sources(root, target):
    paths = sorted((root / FOLDERS[target]).rglob("*.[ch]"))
    return {str(path.relative_to(root)): Source(str(path.relative_to(root)), path.read_text(encoding="utf-8")) for path in paths}


def bounds(identity, row, source):
    """Where the row's text may stand: in its function, or in the whole file."""
    name = row.get("function")
    spans = [f.span for f in source.functions if f.name == name] if name else [(0, len(source.text))]
    if len(spans) != 1:
        raise ListError(f"security.toml: {identity}: {row['file']} has {len(spans)} functions {name}")
    return spans[0]


def fault(identity, row, source):
    if source is None:
        raise ListError(f"security.toml: {identity}: there is no {row['file']}")
    start, end = bounds(identity, row, source)
    count = source.text.count(row["old"], start, end)
    if count != 1:
        raise ListError(f"security.toml: {identity}: {row['file']} has {count} times, not once: {row['old']}")
    at = source.text.index(row["old"], start)
    return operators.make(source, "security", at, at + len(row["old"]), row["new"], id=identity, breaks=row["breaks"])


def problems(call, rows):
    """The results of call(identity, row) for all rows, or all that is wrong with them at once."""
    done, wrong = [], []
    for identity, row in rows:
        try:
            done.append(call(identity, row))
        except ListError as error:
            wrong.append(str(error))
    if wrong:
        raise ListError("\n".join(wrong))
    return done


def security(known, target):
    rows = load("security.toml", {"file", "old", "new", "breaks"}, {"function"})
    mine = [(identity, row) for identity, row in rows.items() if row["file"].startswith(FOLDERS[target] + "/")]
    return problems(lambda identity, row: fault(identity, row, known.get(row["file"])), mine)


def automatic(known):
    """All faults by rule, with an id that other changes to the file leave alone. The same change of the same line is told by its turn."""
    found, seen = [], collections.Counter()
    for source in known.values():
        for mutant in operators.mutants(source):
            key = (mutant.file, mutant.function, mutant.before, mutant.after)
            seen[key] += 1
            digest = hashlib.sha256("\0".join([*key, str(seen[key])]).encode()).hexdigest()[:8]
            found.append((mutant, seen[key], digest))
    return [operators.named(mutant, digest) for mutant, _, digest in found], {
        (m.file, m.function, m.before, m.after, turn): digest for m, turn, digest in found}


def equivalents(keys, target):
    """{id of the mutant: why nothing can tell it from the original}"""
    rows = load("equivalents.toml", {"file", "function", "old", "new", "why"}, {"turn"})

    def find(identity, row):
        digest = keys.get((row["file"], row["function"], row["old"], row["new"], row.get("turn", 1)))
        if digest is None:
            raise ListError(f"equivalents.toml: {identity}: no such fault is put into {row['function']}() of {row['file']}: {row['old']}")
        return digest, row["why"]

    return dict(problems(find, [(k, row) for k, row in rows.items() if row["file"].startswith(FOLDERS[target] + "/")]))
