# SPDX-License-Identifier: MIT OR Apache-2.0
"""Faults in whole statements: removed, a return value replaced, a function that does nothing, a choice that is always the same."""
from source import TYPES

LEADING = {"else", "do", "{", "}"}


def statements(f):
    """(first, last, governor) of each simple statement: indexes of its first token and of its `;`, and the word whose body it is."""
    i, governor = 1, ""
    while i < len(f.tokens) - 1:
        word = f.text_at(i)
        if word in ("if", "while", "for", "switch"):
            i, governor = f.pairs[i + 1] + 1, word
        elif word in LEADING:
            i, governor = i + 1, word
        elif word in ("case", "default"):
            while f.text_at(i) != ":":
                i += 1
            i, governor = i + 1, ""
        else:
            last = i
            while f.text_at(last) != ";":
                last = f.skip(last)
            if last > i:
                yield i, last, governor
            i, governor = last + 1, ""


def is_declaration(f, i):
    if f.text_at(i) in TYPES or f.text_at(i).endswith("_t"):
        return True
    k = i + 1
    while f.text_at(k) == "*":
        k += 1
    return f.tokens[i].kind == "word" and f.tokens[k].kind == "word" and f.text_at(i) not in ("return", "goto")


def removals(f):
    """The only statement of an `if` or a `while` is left to the condition that is never true."""
    for first, last, governor in statements(f):
        alone = governor in ("if", "while") and f.text_at(last + 1) != "else"
        if alone or f.text_at(first) == "return" or is_declaration(f, first):
            continue
        yield "statement", f.tokens[first].start, f.tokens[last].end, ";"


def returns(f):
    """Of a chain the operands are left out instead, and of a choice one side is taken."""
    kind = f.head.split("(")[0].split()
    if "void" in kind and "*" not in kind:
        if sum(1 for _ in statements(f)) > 1:
            yield "early return", f.tokens[0].end, f.tokens[0].end, " return;"
        return
    for first, last, _ in statements(f):
        value = [f.text_at(k) for k in range(first + 1, last)]
        if f.text_at(first) != "return" or value[0] in ("0", "NULL", "true", "false") or "&&" in value or "||" in value or "?" in value:
            continue
        for new in ("0", "1") if "bool" in kind else ("0",):
            yield "return value", f.tokens[first + 1].start, f.tokens[last - 1].end, new


def choices(f):
    """`a ? b : c` is b, and is c."""
    for i, token in enumerate(f.tokens):
        if token.text != "?":
            continue
        k = i - 1
        while f.text_at(k) not in ("=", ",", "return", ";", "?", ":", "|=", "+=", "&=") and not (k in f.pairs and f.pairs[k] > k):
            k = f.skip(k, -1)
        for new in ("0", "1"):
            yield "choice", f.tokens[k + 1].start, f.tokens[i - 1].end, new
