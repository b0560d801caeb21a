# SPDX-License-Identifier: MIT OR Apache-2.0
"""The table of the subjects: who holds the secret, how it is built, and what it can be asked for."""
import glob
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.realpath(f"{HERE}/../../..")
BUILD = f"{ROOT}/build/proof"
OURS, CONTROL, RIVAL = "ours", "control", "rival"

C_COMMANDS = frozenset("release use where exit _exit fork clone exec poke peek poke-freed release-again fill pair race read more refuse".split())
# The compiler refuses such programs, a cancelled thread may not unwind, and no crate reads to an end that it could refuse.
RUST_COMMANDS = C_COMMANDS - {"release-again", "race", "read", "refuse"}
LANGUAGE_ASKS = frozenset("release use raise collect exit".split())
PYTHON_ASKS = LANGUAGE_ASKS | {"fork", "_exit"}
OURS_ASK = LANGUAGE_ASKS | {"exec", "refuse", "more", "fill"}


class Missing(Exception):
    """Why a subject is not here: a gap of the table, and named in it."""


@dataclass
class Subject:
    name: str
    kind: str
    build: Callable  # gives the command, or raises Missing
    words: tuple = ()
    environment: tuple = ()  # the words for a secret in OSML_PROOF_SECRET; none: it takes none
    asks: frozenset = frozenset({"release"})
    env: dict = field(default_factory=dict)
    command: list = None

    @property
    def commands(self):
        return "use" in self.asks and "where" in self.asks


def call(*command, **options):
    """What cannot be built is a gap; the last line of what was said is the reason."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, stdin=subprocess.DEVNULL, **options)
    except FileNotFoundError as error:
        raise Missing(f"there is no {error.filename}") from error
    if done.returncode != 0:
        raise Missing(f"{os.path.basename(command[0])}: " + ((done.stderr + done.stdout).strip().splitlines() or ["failed"])[-1][:100])
    return done.stdout


def tool(name):
    found = shutil.which(name)
    if not found:
        raise Missing(f"there is no {name}")
    return found


# ---- C and Rust ------------------------------------------------------------------------------------------------------------------------------


def cc(name, sources, *flags, linker="cc"):
    objects = [f"{HERE}/c/{source}" for source in ("holder.c", "commands.c")] + sources
    os.makedirs(f"{BUILD}/c", exist_ok=True)
    made = []
    for source in objects:
        compiler, standard = ("c++", "-std=c++17") if source.endswith(".cpp") else ("cc", "-std=gnu11")
        made.append(f"{BUILD}/c/{name}.{os.path.basename(source)}.o")
        call(compiler, standard, "-O2", "-c", source, "-o", made[-1], *[flag for flag in flags if not flag.startswith("-l")])
    call(linker, *made, "-o", f"{BUILD}/c/{name}", "-Wl,-z,now", "-pthread", "-ldl", *flags)
    return [f"{BUILD}/c/{name}"]


def ours_c():
    core = f"{BUILD}/tree/core"
    return cc("ours", [f"{HERE}/c/ours.c"], f"-I{ROOT}/core/include", f"-L{core}", "-losmemlock", f"-Wl,-rpath,{core}")


def baseline():
    return cc("baseline", [f"{HERE}/c/baseline.c"])


def benchmarked(name, package=None, linker="cc", source=None, extra=()):
    """A rival of tests/bench."""
    def build():
        flags = call("pkg-config", "--cflags", "--libs", package).split() if package else []
        return cc(name, [f"{HERE}/c/rival.c", f"{ROOT}/tests/bench/{source or f'subject_{name}.c'}"], f"-DSUBJECT=subject_{name}", *extra, *flags,
                  linker=linker)
    return build


def gcr():
    if not any(os.path.exists(f"{folder}/libgcr-base-3.so.1") for folder in ("/usr/lib/x86_64-linux-gnu", "/usr/lib", "/usr/lib64")):
        raise Missing("libgcr-base-3-1 is not installed")
    return benchmarked("gcr", extra=['-DGCR_ALLOCATE="gcr_secure_memory_try_alloc"'])()


def crate(name):
    def build():
        target = f"{BUILD}/rust"
        call("cargo", "build", "--quiet", "--release", "--manifest-path", f"{HERE}/rust/Cargo.toml", "--target-dir", target,
             env=dict(os.environ, CARGO_NET_RETRY="2"))
        return cc(f"crate-{name}", [f"{HERE}/c/crate.c"], f'-DCRATE="{name}"', f"-L{target}/release", "-lcrates", f"-Wl,-rpath,{target}/release")
    return build


# ---- Other languages ---------------------------------------------------------------------------------------------------------------------------


def python():
    return [os.path.realpath(call("python3", "-c", "import sys; print(sys.executable)").strip()), f"{HERE}/languages/holder.py"]


def pypi(package):
    """In an environment of its own."""
    def build():
        folder = f"{BUILD}/pypi-{package}"
        if not os.path.exists(f"{folder}/done"):
            call("python3", "-m", "venv", folder)
            call(f"{folder}/bin/pip", "install", "--quiet", package)
            open(f"{folder}/done", "wb").close()
        return [f"{folder}/bin/python", f"{HERE}/languages/holder.py"]
    return build


def lua():
    return [tool("lua5.4"), f"{HERE}/languages/holder.lua"]


def go(experiment=""):
    program = f"{BUILD}/go-holder{experiment}"
    call("go", "build", "-o", program, ".", cwd=f"{HERE}/go", env=dict(os.environ, GOFLAGS="-mod=mod", GOEXPERIMENT=experiment))
    return [program]


def go_secret():
    return go("runtimesecret")


def node():
    folder = f"{BUILD}/npm"
    if not os.path.isdir(f"{folder}/node_modules/sodium-native"):
        call("npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", folder, f"sodium-native@{SODIUM_NATIVE}")
    return [tool("node"), f"{HERE}/languages/holder.js"]


def asherah():
    """Its Java package; that of PyPI has no call for the locked memory itself."""
    folder = f"{BUILD}/java"
    if not glob.glob(f"{folder}/securememory-*.jar"):
        call("mvn", "-q", "-B", "-f", f"{HERE}/java/pom.xml", "dependency:copy-dependencies", f"-DoutputDirectory={folder}")
    call("javac", "-cp", f"{folder}/*", "-d", folder, f"{HERE}/java/Holder.java")
    return [tool("java"), "-Xmx64m", "-cp", f"{folder}:{folder}/*", "Holder"]


SODIUM_NATIVE = "5.1.0"
CORES_OF_GO = {"GOTRACEBACK": "crash"}  # else its runtime takes SIGABRT, and no core file is written

SWIG = {  # language: (SWIG, environment, command, what it can do besides OURS_ASK); {m} is the folder of the module, {t} that of its tests
    "python": ("system", {"PYTHONPATH": "{m}"}, ["python3", "{t}/residue.py"], "fork _exit"),
    "lua": ("system", {"LUA_CPATH": "{m}/?.so"}, ["lua5.4", "{t}/residue.lua"], ""),
    "ruby": ("system", {"RUBYLIB": "{m}"}, ["ruby", "{t}/residue.rb"], "fork _exit"),
    "java": ("system", {"LD_LIBRARY_PATH": "{m}"}, ["java", "-Xmx64m", "-cp", "{m}/osmemlock.jar:{m}", "Residue"], "_exit"),
    "go": ("system", CORES_OF_GO, ["{m}/residue"], "_exit"),
    "csharp": ("system", {}, ["mono", "{m}/residue.exe"], ""),
    "node": ("newest", {"NODE_PATH": "{m}"}, ["node", "--expose-gc", "{t}/residue.js"], ""),
    "perl": ("system", {}, ["perl", "-I{m}", "{t}/residue.pl"], "fork _exit"),
    "php": ("system", {"PHP_INI_SCAN_DIR": ":{m}"}, ["php", "{t}/residue.php"], "fork"),
    "r": ("system", {"R_LIBS": "{m}/library"}, ["Rscript", "{t}/residue.R"], "fork"),
    "tcl": ("system", {"TCLLIBPATH": "{m}"}, ["tclsh", "{t}/residue.tcl"], ""),
}


def swig_paths(language):
    return f"{ROOT}/build/swig/{SWIG[language][0]}-{language}/swig/{language}", f"{ROOT}/tests/swig/{language}"


def swig(language):
    """The victim of tests/swig/residue.sh, with the module that tests/swig/run.sh has built."""
    def build():
        modules, tests = swig_paths(language)
        if not os.path.isdir(modules):
            raise Missing(f"tests/swig/run.sh {language} builds its module")
        if language == "go":
            call("go", "build", "-o", f"{modules}/residue", f"{tests}/residue.go", env=dict(os.environ, GOWORK=f"{modules}/go.work", GOPROXY="off"))
        if language == "java":
            call("javac", "-cp", f"{modules}/osmemlock.jar", "-d", modules, f"{tests}/Residue.java")
        if language == "csharp":
            call("mcs", "-langversion:latest", f"-r:{modules}/osmemlock.dll", f"-out:{modules}/residue.exe", f"{tests}/Residue.cs")
        first, *rest = [word.format(m=modules, t=tests) for word in SWIG[language][2]]
        return [python()[0] if first == "python3" else tool(first), *rest]
    return build


def swig_subject(language):
    modules, _ = swig_paths(language)
    env = {key: value.format(m=modules) for key, value in SWIG[language][1].items()}
    return Subject(f"SWIG: {language}", OURS, swig(language), ("from-fd",), ("from-env",), asks=OURS_ASK | set(SWIG[language][3].split()), env=env)


SUBJECTS = [
    Subject("malloc, careless", CONTROL, baseline, ("careless",), ("env",), asks=C_COMMANDS),
    Subject("malloc + mlock", CONTROL, baseline, ("mlock",), asks=C_COMMANDS),
    Subject("Python bytes", CONTROL, python, ("bytes",), asks=PYTHON_ASKS),
    Subject("Lua string", CONTROL, lua, ("string",), asks=LANGUAGE_ASKS),
    Subject("C", OURS, ours_c, ("default",), ("env",), asks=C_COMMANDS),
    Subject("C, GUARDED", OURS, ours_c, ("guarded",), asks=C_COMMANDS),
    Subject("C, SECRETMEM", OURS, ours_c, ("secretmem",), asks=C_COMMANDS),
    Subject("C, locked heap", OURS, ours_c, ("heap",), asks=C_COMMANDS),
    Subject("Python", OURS, python, ("ours",), ("ours-env",), asks=PYTHON_ASKS | OURS_ASK | {"where"}, env={"PYTHONPATH": f"{BUILD}/tree/python"}),
    Subject("Lua", OURS, lua, ("ours",), ("ours-env",), asks=OURS_ASK, env={"LUA_CPATH": f"{BUILD}/tree/lua/lua5.4/?.so"}),
    *map(swig_subject, SWIG),
    Subject("libsodium", RIVAL, benchmarked("sodium", "libsodium"), ("rival",), asks=C_COMMANDS),
    Subject("OpenSSL secure heap", RIVAL, benchmarked("openssl", "libcrypto"), ("rival",), asks=C_COMMANDS),
    Subject("libgcrypt", RIVAL, benchmarked("gcrypt", "libgcrypt"), ("rival",), asks=C_COMMANDS),
    Subject("Botan 2", RIVAL, benchmarked("botan", "botan-2", "c++", "subject_botan.cpp"), ("rival",), asks=C_COMMANDS),
    Subject("gcr", RIVAL, gcr, ("rival",), asks=C_COMMANDS),
    *[Subject(f"{name} (Rust)", RIVAL, crate(name), ("rival",), asks=RUST_COMMANDS)
      for name in ("os-memlock", "region", "zeroize", "secrecy", "memsec", "secrets", "secure-types", "memsafe", "sec-mem")],
    Subject("memguard (Go)", RIVAL, go, ("memguard",), env=CORES_OF_GO),
    Subject("memguard Enclave (Go)", RIVAL, go, ("enclave",), env=CORES_OF_GO),
    Subject("runtime/secret (Go)", RIVAL, go_secret, ("runtime/secret",), env=CORES_OF_GO),
    Subject("asherah (Java)", RIVAL, asherah, asks=LANGUAGE_ASKS | {"_exit"}),
    Subject("sodium-native (Node)", RIVAL, node, ("sodium-native",), env={"NODE_PATH": f"{BUILD}/npm/node_modules"}),
    Subject("zeroize (PyPI)", RIVAL, pypi("zeroize"), ("zeroize",), asks=PYTHON_ASKS),
    Subject("SecureString (PyPI)", RIVAL, pypi("SecureString"), ("SecureString",), asks=PYTHON_ASKS),
]

PACKAGES = {"libsodium": "libsodium", "OpenSSL secure heap": "libcrypto", "libgcrypt": "libgcrypt", "Botan 2": "botan-2", "gcr": "gcr-base-3"}


def version(subject):
    """Of a rival, where it is told."""
    try:
        name = subject.name.split(" (")[0]
        if subject.name in PACKAGES:
            return call("pkg-config", "--modversion", PACKAGES[subject.name]).strip()
        if "(PyPI)" in subject.name:
            return re.search(r"Version: (.*)", call(f"{BUILD}/pypi-{name}/bin/pip", "show", name))[1]
        if name == "asherah":
            return re.search(r"securememory-([\d.]+)\.jar", " ".join(os.listdir(f"{BUILD}/java")))[1]
        with open(f"{HERE}/rust/Cargo.lock", encoding="utf-8") as crates, open(f"{HERE}/go/go.mod", encoding="utf-8") as modules:
            found = re.search(rf'name = "{name}"\nversion = "(.*)"', crates.read()) or re.search(rf"/{name.split()[0]} v(.*)", modules.read())
        return found[1] if found else SODIUM_NATIVE if name == "sodium-native" else ""
    except (Missing, OSError, TypeError):
        return ""
