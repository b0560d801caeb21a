# SPDX-License-Identifier: MIT OR Apache-2.0
"""The control of the rules: a source whose faults are known."""
import pathlib

import operators
from source import Source

FAULTS = [
    "int rc = -1, many = s[0] != '+';",
    "int rc = -1, many = n >= 3 && s[0] != '+';",
    "int rc = -1, many = n > 4 && s[0] != '+';",
    "int rc = -1, many = n > 3;",
    "int rc = -1, many = n > 3 && s[1] != '+';",
    "if (0)",
    "return 0;",
    "; /* n & 1 */",
    "osml__wipe(s, n + 1); /* n & 1 */",
    "return 0 ? (int)n : 0;",
    "return 1 ? (int)n : 0;",
    "return s ? (int)n : 1;",
]


def check():
    text = pathlib.Path(__file__).with_suffix(".c").read_text(encoding="utf-8")
    made = [mutant.after for mutant in operators.mutants(Source("control.c", text))]
    wrong = [f"FAILED: the control lacks: {text}" for text in FAULTS if text not in made]
    wrong += [f"FAILED: the control should not have: {text}" for text in made if text not in FAULTS]
    print(*wrong, f"control: {len(made)} faults", sep="\n")
    return 1 if wrong else 0
