#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""
Gives the parameters of PHP's functions their names and defaults, by which a program may give them: SWIG calls them arg1, arg2 and so on, lets
functions with as many share them, and tells no default.

    arginfo.py GENERATED REPOSITORY    rewrites what SWIG made
"""
import re
import sys
from pathlib import Path

import describe

BLOCK = re.compile(r"^ZEND_BEGIN_ARG_INFO_EX\(swig_arginfo_(\w+), (.*)\n((?:.*\n)*?)ZEND_END_ARG_INFO\(\)\n", re.MULTILINE)
SHARED = re.compile(r"^#define swig_arginfo_(\w+) swig_arginfo_(\w+)\n", re.MULTILINE)
ARGUMENT = re.compile(r"\barg(\d+),(\w+),NULL\)")


def name_of(function):
    if function.name == function.owner:
        return f"new_{function.owner}"
    return f"{function.owner}_{function.name}" if function.owner else function.name


def default_of(parameter):
    """As PHP reads it, from outside of the name space."""
    if not parameter.default:
        return "NULL"
    return f'"{parameter.default}"' if parameter.default.isdigit() else f'"osmemlock\\\\{parameter.default}"'


def named(lines, parameters):
    def argument(found):
        parameter = parameters[int(found[1]) - 1]
        return f"{parameter.name},{found[2]},{default_of(parameter)})"
    return ARGUMENT.sub(argument, lines)


def rewritten(generated, functions):
    blocks = {name: (head, lines) for name, head, lines in BLOCK.findall(generated)}

    def block(name, source):
        head, lines = blocks[source]
        return f"ZEND_BEGIN_ARG_INFO_EX(swig_arginfo_{name}, {head}\n{named(lines, functions[name])}ZEND_END_ARG_INFO()\n"
    own = BLOCK.sub(lambda found: block(found[1], found[1]), generated)
    return SHARED.sub(lambda found: block(found[1], found[2]), own)


if __name__ == "__main__":
    file, repository = map(Path, sys.argv[1:])
    declared, _ = describe.read(repository)
    file.write_text(rewritten(file.read_text(encoding="utf-8"), {name_of(one): one.parameters for one in declared}), encoding="utf-8")
