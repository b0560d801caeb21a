# SPDX-License-Identifier: MIT OR Apache-2.0
"""C sources as tokens with their places, and the bodies of their functions. It knows the style of this project, not all of C."""
import bisect
import re
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"""(?P<skip>\s+ | /\*.*?\*/ | //[^\n]* | ^[ \t]*\#(?:\\\n|/\*.*?\*/|[^\n])*)
      | (?P<text>L?"(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*')
      | (?P<number>(?:0[xX][0-9A-Fa-f]+|\d+)[uUlL]*)
      | (?P<word>[A-Za-z_]\w*)
      | (?P<sign><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)""",
    re.X | re.S | re.M)
NAME = re.compile(r"\b(?!__attribute__\()(\w+)\(")
OPENING = {"(": ")", "[": "]", "{": "}"}
TYPES = {"int", "char", "long", "unsigned", "signed", "void", "bool", "const", "static", "struct", "enum", "union", "volatile"}


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int
    end: int


@dataclass
class Function:
    name: str
    head: str  # all that stands before the body: comments aside, its type and parameters
    tokens: list  # of the body, with its braces
    pairs: dict = field(default_factory=dict)  # index of an opening bracket -> that of the closing one, and back

    def __post_init__(self):
        stack = []
        for i, token in enumerate(self.tokens):
            if token.text in OPENING and token.kind == "sign":
                stack.append(i)
            elif token.kind == "sign" and stack and token.text == OPENING[self.tokens[stack[-1]].text]:
                self.pairs[i] = stack.pop()
                self.pairs[self.pairs[i]] = i

    @property
    def span(self):
        return self.tokens[0].start, self.tokens[-1].end

    def text_at(self, i):
        return self.tokens[i].text if 0 <= i < len(self.tokens) else ""

    def skip(self, i, step=1):
        """The next index, past a whole bracket when one begins at `i` in that direction."""
        inside = self.pairs.get(i)
        return (inside if inside is not None and (inside > i) == (step > 0) else i) + step


class Source:
    def __init__(self, name, text):
        self.name, self.text = name, text
        self._lines = [m.end() for m in re.finditer("\n", text)]
        self.tokens = [Token(m.lastgroup, m.group(), m.start(), m.end()) for m in TOKEN.finditer(text) if m.lastgroup != "skip"]
        self.functions = list(self._functions())

    def _functions(self):
        """A body stands between a line `{` and a line `}`."""
        head = 0
        for m in re.finditer(r"^\{\n(?:.*\n)*?\}$", self.text, re.M):
            tokens = [token for token in self.tokens if m.start() <= token.start < m.end()]
            before = [token for token in self.tokens if head <= token.start < m.start()]
            ends = [i for i, token in enumerate(before) if token.text in (";", "}")]
            words = " ".join(token.text for token in before[ends[-1] + 1 if ends else 0:])
            name = NAME.search(words.replace(" (", "("))
            head = m.end()
            if name:
                yield Function(name.group(1), words, tokens)

    def line(self, offset):
        return bisect.bisect_right(self._lines, offset) + 1

    def function_at(self, offset):
        """The name of the function around `offset`, or "" outside of all."""
        return next((f.name for f in self.functions if f.span[0] <= offset < f.span[1]), "")

    def whole_lines(self, start, end):
        """The bounds of the lines that [start, end) touches."""
        stop = self.text.find("\n", max(start, end - 1))
        return self.text.rfind("\n", 0, start) + 1, stop if stop >= 0 else len(self.text)


def is_type(function, i):
    """Whether the bracket that closes at `i` holds a type, as in a cast."""
    inside = [function.tokens[k].text for k in range(function.pairs[i] + 1, i)]
    return bool(inside) and all(word in TYPES or word.endswith("_t") or word == "*" for word in inside)


def is_binary(function, i):
    """Whether the operator at `i` has an operand on its left."""
    before = function.tokens[i - 1]
    if before.text == ")":
        return not is_type(function, i - 1)
    return before.kind in ("number", "text") or before.text == "]" or (before.kind == "word" and before.text not in ("return", "case", "sizeof"))
