#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""
What an editor or a manual shows of a binding, made of the comments and declarations of swig/*.i.

    describe.py php|ruby|perl REPOSITORY    writes a stub, signatures (RBS), or a manual (POD) to the standard output
"""
import re
import sys
from dataclasses import dataclass
from pathlib import Path

FILES = ("buffer", "source", "command", "text", "coredump", "memlock", "errormode", "process", "report", "error")
DECLARED = re.compile(r"/\*\*\s*((?:(?!\*/).)*?)\s*\*/\s*([^;{]*?\([^;{]*?\))", re.DOTALL)
EXTENDED = re.compile(r"^%extend (\w+) \{$(.*?)^\}$", re.MULTILINE | re.DOTALL)
CONSTANT = re.compile(r"^%constant [\w ]+? (\w+) = (\w+);", re.MULTILINE)
MACRO = re.compile(r"%define OSMLS_SOURCE\(name, type, where\)\s*(static .*?\))\s*\{.*?%enddef", re.DOTALL)
SOURCE = re.compile(r"OSMLS_SOURCE\((\w+), (.+?), (\w+)\)")
KINDS = {"int": "int", "size_t": "int", "unsigned int": "int", "long long": "int", "uint64_t": "int", "bool": "bool", "void": "none",
         "const char *": "text", "LockedBuffer *": "buffer", "CoreDumpsGuard *": "guard", "osml_view": "bytes", "const void *": "bytes",
         "void *": "place"}

DESCRIPTORS = ("fd", "to")  # a number, or an object of the language's


@dataclass
class Parameter:
    name: str
    kind: str  # int, bool, text, bytes, place, buffer, work
    default: str = ""


@dataclass
class Function:
    owner: str  # a class, or nothing
    name: str  # that of the class: its constructor
    static: bool
    parameters: list
    returns: str
    text: str


EXPOSE = Function("LockedBuffer", "expose", False, [Parameter("work", "work")], "any",
                  "Lends the bytes where they lie for one call of `work`, and returns what that returns. An error, if the buffer was closed meanwhile.")


def kind_and_name(declaration):
    found = re.fullmatch(r"(?:struct )?(.*?\W)(\w+)", declaration.strip())
    return KINDS[found[1].strip()], found[2]


def parameters_of(text):
    """A pointer to bytes, and its length behind it, are one."""
    parameters = []
    for part in filter(None, map(str.strip, text.split(","))):
        declaration, _, default = part.partition(" = ")
        if declaration == "void":
            continue
        kind, name = kind_and_name(declaration)
        if parameters and parameters[-1].kind in ("bytes", "place") and name in ("n", "len"):
            continue
        parameters.append(Parameter(name, kind, re.sub(r"^OSML_", "", default)))
    return parameters


def function_of(owner, text, declaration):
    head, _, rest = " ".join(declaration.split()).partition("(")
    static = head.startswith("static ")
    head = head.removeprefix("static ")
    returns, name = ("none", owner) if head == owner else kind_and_name(head)
    parameters = parameters_of(rest.rsplit(")", 1)[0])
    text = re.sub(r"\s*\n\s*\*?\s*", " ", text)
    return Function(owner, re.sub(r"^osmls?_", "", name), static, parameters, returns, text)


def functions_in(text, owner=""):
    return [function_of(owner, *found) for found in DECLARED.findall(text)]


def expanded(text):
    """What the macro of the sources declares, written out."""
    macro = MACRO.search(text)
    if not macro:
        return text
    return SOURCE.sub(lambda use: macro[1].replace("name(", f"{use[1]}(").replace("type where", f"{use[2]} {use[3]}") + ";", MACRO.sub("", text))


def read(repository):
    functions, constants = [], []
    for file in FILES:
        text = expanded((repository / f"swig/{file}.i").read_text(encoding="utf-8"))
        constants += CONSTANT.findall(text)
        for owner, body in EXTENDED.findall(text):
            functions += functions_in(body, owner)
        functions += functions_in(EXTENDED.sub("", text))
    return [*functions, EXPOSE], constants


# ---- PHP: as gen_stub.php of PHP has them ----

PHP = {"int": "int", "bool": "bool", "none": "void", "text": "string", "bytes": "string", "place": "string", "buffer": "LockedBuffer",
       "guard": "CoreDumpsGuard", "work": "callable", "any": "mixed"}


def php_parameter(parameter):
    kind = "" if parameter.name in DESCRIPTORS else f"{PHP[parameter.kind]} "  # PHP has no name for the type of a stream
    return f"{kind}{'&' * (parameter.name == 'into')}${parameter.name}{' = ' * bool(parameter.default)}{parameter.default}"


def php_function(function):
    constructor = function.name == function.owner
    given = ", ".join(map(php_parameter, function.parameters))
    kind = f"public {'static ' * function.static}" if function.owner else ""
    returns = "" if constructor else f": {PHP[function.returns]}"
    indent = "    " * (2 if function.owner else 1)
    return f"{indent}/** {function.text} */\n{indent}{kind}function {'__construct' if constructor else function.name}({given}){returns} {{}}\n"


def php(functions, constants):
    yield "<?php\n// SPDX-License-Identifier: MIT OR Apache-2.0\n// For editors: nothing loads it. Made by bindings/describe.py.\n\nnamespace osmemlock {\n"
    for name, value in constants:
        yield f"    /** @cvalue {value} */\n    define('osmemlock\\{name}', UNKNOWN);\n"  # not `const`, which refuses PRIVATE
    for owner in ("LockedBuffer", "CoreDumpsGuard"):
        yield f"\n    class {owner}\n    {{\n"
        yield "\n".join(php_function(function) for function in functions if function.owner == owner)
        yield "    }\n"
    yield "".join("\n" + php_function(function) for function in functions if not function.owner)
    yield "}\n"


# ---- Ruby ----

RBS = {"int": "Integer", "bool": "bool", "none": "void", "text": "String", "bytes": "String", "place": "String", "buffer": "LockedBuffer",
       "guard": "CoreDumpsGuard", "any": "untyped"}


def rbs_function(function):
    given = ", ".join(f"{'?' * bool(p.default)}{'IO | ' * (p.name in DESCRIPTORS)}{RBS[p.kind]} {p.name}" for p in function.parameters if p.kind != "work")
    name = "initialize" if function.name == function.owner else "closed?" if function.name == "closed" else function.name
    made = function.returns == "buffer"
    block = "{ (String) -> untyped } " if function.name == "expose" else ""
    indent = "    " if function.owner else "  "
    signatures = [f"({given}) {block}-> {RBS[function.returns]}"]
    if made:
        signatures.append(f"[T] ({given}) {{ (LockedBuffer) -> T }} -> T")
    separator = f"\n{indent}{' ' * len('def ')}{' ' * len(name)} | "
    return f"{indent}# {function.text}\n{indent}def {'self.' * (function.static or not function.owner)}{name}: {separator.join(signatures)}\n"


ALIASES = "".join(f"    alias {other} {name}\n" for other, name in (("[]", "get_byte"), ("[]=", "set_byte"), ("length", "size")))


def ruby(functions, constants):
    yield "# SPDX-License-Identifier: MIT OR Apache-2.0\n# Made by bindings/describe.py.\nmodule Osmemlock\n"
    yield "".join(f"  {name}: Integer\n" for name, value in constants)
    for owner in ("LockedBuffer", "CoreDumpsGuard"):
        yield f"\n  class {owner}\n"
        yield "\n".join(rbs_function(function) for function in functions if function.owner == owner)
        yield "\n" + ALIASES if owner == "LockedBuffer" else ""
        yield "  end\n"
    yield "".join("\n" + rbs_function(function) for function in functions if not function.owner)
    yield "end\n"


# ---- Perl ----


def pod_function(function):
    given = ", ".join(f"${p.name}{' = ' * bool(p.default)}{('$osmemlock::' * (not p.default.isdigit()) + p.default) if p.default else ''}"
                      if p.kind != "work" else "sub { ... }" for p in function.parameters)
    call = f"osmemlock::{function.name}"
    if function.name == function.owner:
        call = "osmemlock::LockedBuffer->new"
    elif function.static and function.owner:
        call = f"osmemlock::LockedBuffer::{function.name}"
    elif function.owner:
        call = f"{'$buffer' if function.owner == 'LockedBuffer' else '$guard'}->{function.name}"
    text = re.sub(r"`(.*?)`", r"C<\1>", function.text)
    return f"=head2 {call}({given})\n\n{text}\n\n"


def perl(functions, constants):
    yield "=encoding UTF-8\n\n=head1 NAME\n\nosmemlock - Secrets in locked memory: out of swap, core dumps and forked children, and wiped\n\n"
    yield "=head1 SYNOPSIS\n\n    use osmemlock;\n    my $key = osmemlock::LockedBuffer::from_fd(0, 4096, $osmemlock::TRIM_NEWLINE);\n"
    yield "    my $mac = $key->expose(sub { hmac_sha256($message, $_) });\n\n"
    for title, owner in (("BUFFERS", "LockedBuffer"), ("GUARDS", "CoreDumpsGuard"), ("FUNCTIONS", "")):
        yield f"=head1 {title}\n\n"
        yield "".join(pod_function(function) for function in functions if function.owner == owner)
    yield "=head1 CONSTANTS\n\n" + ", ".join(f"C<$osmemlock::{name}>" for name, value in constants) + "\n\n"
    yield "=head1 ERRORS\n\nEvery call dies with a text that begins with the name of the code, such as C<OSML_ECLOSED>.\n\n=cut\n"


if __name__ == "__main__":
    language, repository = sys.argv[1:]
    sys.stdout.writelines({"php": php, "ruby": ruby, "perl": perl}[language](*read(Path(repository))))
