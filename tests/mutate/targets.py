# SPDX-License-Identifier: MIT OR Apache-2.0
"""What is built and run for the core, for Python's extension and for Lua's module."""
import os
import pathlib
import re
import subprocess
import sys
from dataclasses import dataclass, field

# Not: what looks at sources, at the test scripts or at the list of exports alone, the negative controls, and what switches swap on for the machine.
NO_TEST_OF_CODE = re.compile(r"lint_|abi_|header_compiles|.*_control$|proof_swap|runs_|example_|install_|consume_|docs_")
LUA = "lua5.4"


@dataclass(frozen=True)
class Test:
    name: str
    command: list
    needs: tuple = ()  # what the build has to make first
    environment: dict = field(default_factory=dict)
    folder: pathlib.Path | None = None


class Core:
    options = ("-DOSML_BUILD_EXAMPLES=OFF",)
    objects = "osmemlock_objects"

    @staticmethod
    def tests(tree):
        wanted = {name: command for name, command in tree.tests().items() if not NO_TEST_OF_CODE.match(name)}
        return [Test(name, command, tuple(tree.built(command))) for name, command in wanted.items()]


class Python:
    """Needs an interpreter with pytest, hypothesis and headers: the one that runs this tool."""
    options = ("-DOSML_BUILD_PYTHON=ON", "-DOSML_BUILD_TESTS=OFF", "-DOSML_BUILD_EXAMPLES=OFF", f"-DPython_EXECUTABLE={sys.executable}")
    objects = "_core"

    @staticmethod
    def tests(tree):
        environment = {"PYTHONPATH": str(tree.build / "python"), "PYTHONDONTWRITEBYTECODE": "1"}
        pytest = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-c", tree.source / "pyproject.toml"]
        paths = sorted((tree.source / "tests/python").glob("test_*.py"))
        return [Test(path.stem.removeprefix("test_"), [*pytest, path], (Python.objects,), environment) for path in paths]


class Lua:
    """Needs lua5.4 with its headers, busted, strace, and a C compiler and libssl for the helpers of the tests."""
    options = ("-DOSML_BUILD_LUA=ON", "-DOSML_BUILD_TESTS=OFF", "-DOSML_BUILD_EXAMPLES=OFF", f"-DOSML_LUA_INCLUDE_DIRS=/usr/include/{LUA}")
    objects = f"osmemlock_{LUA}"

    @staticmethod
    def tests(tree):
        modules = tree.build / "lua" / LUA
        for name, more in (("helper", []), ("client", ["-lcrypto"])):
            subprocess.run(["cc", "-O1", "-fPIC", "-shared", "-fno-plt", "-Wl,-z,now", f"-I/usr/include/{LUA}", "-Ilua", f"tests/lua/{name}.c", "-o",
                            modules / f"{name}.so", *more], cwd=tree.source, check=True)
        environment = {"LUA_PATH": f"{tree.source}/tests/lua/?.lua;;", "LUA_CPATH": f"{modules}/?.so;;", "OSML_LUA": LUA}
        more = {"needs": (Lua.objects,), "environment": environment, "folder": tree.source}
        specs = sorted((tree.source / "tests/lua/spec").glob("*_spec.lua"))
        busted = [LUA, "/usr/bin/busted", "--output=plainTerminal"]
        root = ["setpriv", "--bounding-set", "-ipc_lock", "--inh-caps", "-ipc_lock"] if os.geteuid() == 0 else []
        others = {"smoke": [LUA, "tests/lua/smoke.lua"],
                  "collector": [LUA, "tests/lua/collector.lua"],
                  "quota": [*root, "prlimit", "--memlock=65536:65536", LUA, "tests/lua/quota.lua"],
                  "refused": ["tests/lua/refused.sh", LUA]}
        return [*(Test(path.stem.removesuffix("_spec"), [*busted, path], **more) for path in specs),
                *(Test(name, command, **more) for name, command in others.items())]


TARGETS = {"core": Core, "python": Python, "lua": Lua}
