# SPDX-License-Identifier: MIT OR Apache-2.0
"""
The faults that are put in by rule, into the code of functions only. Of two that the same tests would find, only the one that is harder to
find: no condition is negated, because it is also made always true and never true, or its operands are left out.
"""
from dataclasses import dataclass, replace

import statements
from source import is_binary

SWAPS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "+": "-", "-": "+", "+=": "-=", "-=": "+=", "/": "*", "%": "/", "++": "--", "--": "++",
         "&": "|", "|": "&", "|=": "&=", "&=": "|=", "<<": ">>", ">>": "<<", "~": ""}
UNARY_TOO = {"+", "-", "&"}
TRUTH = {"true": "false", "false": "true"}


@dataclass(frozen=True)
class Mutant:
    """One change. What is before and after is told by whole lines, because line numbers change with every commit."""
    file: str
    function: str
    rule: str
    line: int
    start: int
    end: int
    new: str
    before: str
    after: str
    id: str = ""
    breaks: str = ""  # of a fault by hand: what it takes away

    @property
    def by_hand(self):
        return bool(self.breaks)

    def apply(self, text):
        return text[:self.start] + self.new + text[self.end:]

    @property
    def name(self):
        return f"{self.file}:{self.line}"


def squeeze(text):
    return " ".join(text.split())


def make(source, rule, start, end, new, **more):
    first, last = source.whole_lines(start, end)
    after = source.text[first:start] + new + source.text[end:last]
    return Mutant(source.name, source.function_at(start), rule, source.line(start), start, end, new,
                  squeeze(source.text[first:last]), squeeze(after), **more)


def named(mutant, identity):
    return replace(mutant, id=identity)


def operand(f, i, step):
    """Where the operand of `&&` or `||` at `i` ends: the index of the first token, in that direction, that is not part of it."""
    stops = {"&&", "||", "?", ":", ";", ",", "=", "return"} if f.text_at(i) == "&&" else {"||", "?", ":", ";", ",", "=", "return"}
    k = i + step
    while 0 <= k < len(f.tokens) and f.text_at(k) not in stops and not (k in f.pairs and (f.pairs[k] > k) != (step > 0)):
        k = f.skip(k, step)
    return k


def logic(f):
    """Each operand of `&&` and `||` left out."""
    for i, token in enumerate(f.tokens):
        if token.text in ("&&", "||"):
            left, right = operand(f, i, -1) + 1, operand(f, i, 1) - 1
            yield "operand", f.tokens[left].start, f.tokens[i + 1].start, ""
            yield "operand", f.tokens[i - 1].end, f.tokens[right].end, ""


def swaps(f):
    for i, token in enumerate(f.tokens):
        if token.kind != "sign" or token.text not in SWAPS or (token.text in UNARY_TOO and not is_binary(f, i)):
            continue
        if token.text in ("++", "--") and f.text_at(i + 1) == ";":
            continue  # the statement is removed elsewhere
        yield "operator", token.start, token.end, SWAPS[token.text]


def constants(f):
    """Not those that are compared or returned: there the condition or the returned value is changed."""
    for i, token in enumerate(f.tokens):
        if token.text in TRUTH:
            yield "constant", token.start, token.end, TRUTH[token.text]
        elif token.kind == "number" and f.text_at(i - 1) not in ("==", "!=", "+", "-", "return"):
            digits = token.text.rstrip("uUlL")
            value = int(digits, 0 if digits[:2] in ("0x", "0X") else 10) + 1
            yield "constant", token.start, token.end, (hex(value) if "x" in digits.lower() else str(value)) + token.text[len(digits):]


def conditions(f):
    """What `if` and `while` ask, always and never true. Of a chain the operands are left out instead."""
    for i, token in enumerate(f.tokens):
        if token.text not in ("if", "while") or f.text_at(i + 1) != "(":
            continue
        last = f.pairs[i + 1]
        if any(f.text_at(k) in ("&&", "||") for k in range(i, last)):
            continue
        start, end = f.tokens[i + 2].start, f.tokens[last - 1].end
        yield "condition", start, end, "0"
        if token.text == "if" and f.text_at(last + 1) != "return":
            yield "condition", start, end, "1"


def mutants(source):
    """All of a source, in its order, each change once."""
    found = {}
    for f in source.functions:
        for rule in (logic, swaps, constants, conditions, statements.choices, statements.removals, statements.returns):
            for name, start, end, new in rule(f):
                mutant = make(source, name, start, end, new)
                if mutant.before != mutant.after:
                    found.setdefault((mutant.line, mutant.before, mutant.after), mutant)
    return sorted(found.values(), key=lambda m: (m.start, m.end, m.new))
