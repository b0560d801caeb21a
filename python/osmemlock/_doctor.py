# SPDX-License-Identifier: MIT OR Apache-2.0
"""What this machine means for each protection. The table of checks is at the end; what they look at is in _machine.py and _windows.py."""
import json
import platform
import textwrap
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial

from osmemlock import LockedBuffer, UnsupportedError, __version__, _machine, _windows, harden, harden_undo, info

HELP = "what this machine, its kernel and its limits mean for each protection, and what to type against each weakness"
EXIT_STATUS = "exit status: 0 when no weakness matters, 1 when one does: a protection that buffers have by default is not in effect, or is undone"

# What was found, and whether all is well with it; None: unknown here.
Look = Callable[[], tuple[bool | None, str]]


@dataclass(frozen=True)
class Check:
    name: str
    look: Look
    meaning: str
    fix: str
    matters: bool = False
    windows: bool | None = None  # only there; False: everywhere else


@dataclass(frozen=True)
class Result:
    name: str
    state: str  # ok, note, WEAK, unknown
    finding: str
    meaning: str = ""
    fix: str = ""


def _result(check: Check) -> Result:
    try:
        well, finding = check.look()
    except OSError as error:
        well, finding = None, str(error)
    if well:
        return Result(check.name, "ok", finding)
    if well is None:
        return Result(check.name, "unknown", finding)
    return Result(check.name, "WEAK" if check.matters else "note", finding, check.meaning, check.fix)


def checks(system: str) -> list[Check]:
    return [check for check in CHECKS if check.windows is None or check.windows == (system == "Windows")]


def main(as_json: bool) -> int:
    results = [_result(check) for check in checks(platform.system())]
    weak = sum(result.state == "WEAK" for result in results)
    if as_json:
        print(json.dumps(_head() | {"weaknesses": weak, "checks": [asdict(result) for result in results]}, indent=2))
    else:
        _print(results, weak)
    return 1 if weak else 0


def _head() -> dict[str, str]:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return {"osmemlock": __version__, "python": python, "system": f"{platform.system()} {platform.release()} {platform.machine()}"}


def _print(results: list[Result], weak: int) -> None:
    print(", ".join(f"{name} {value}" if name == "osmemlock" else value for name, value in _head().items()) + "\n")
    width = max(len(result.name) for result in results)
    for result in results:
        _print_block(f"{result.state:8}{result.name:{width}}  ", result.finding)
        _print_block(" " * (width + 10), result.meaning)
        _print_block(" " * (width + 10) + "type: ", result.fix)
    notes = sum(result.state == "note" for result in results)
    print(f"\nweaknesses that matter: {weak}, notes: {notes}")


def _print_block(start: str, text: str) -> None:
    if text:
        print(textwrap.fill(text, 120, initial_indent=start, subsequent_indent=" " * len(start), break_on_hyphens=False, break_long_words=False))


# ---- Probes: each makes what it reports on ----------------------------------------------------------------------------------------


def _confirmed(buffer: LockedBuffer) -> frozenset[str] | None:
    """None: nothing here can confirm anything."""
    try:
        return buffer.verify()
    except UnsupportedError:
        return None


def _holds(protection: str) -> tuple[bool | None, str]:
    """An ordinary buffer is asked, so a refusal shows as what users will see: best effort has no other consequence here."""
    with LockedBuffer(32, policy="best_effort") as buffer:
        reported, confirmed = buffer.protections, _confirmed(buffer)
    if confirmed is None and protection in reported:
        return None, "reported; that the kernel confirms it cannot be asked, which on Linux takes /proc"
    if confirmed is not None and protection in confirmed:
        return True, "in effect, and verify() confirms it"
    return False, "reported, but verify() does not confirm it" if protection in reported else "not in effect"


def _left_out_of_reports() -> tuple[bool | None, str]:
    """Windows does not tell what is left out, so verify() never confirms it."""
    with LockedBuffer(32, policy="best_effort") as buffer:
        held = "nodump" in buffer.protections
    return held, "in effect for Windows Error Reporting" if held else "not in effect"


def _secretmem() -> tuple[bool | None, str]:
    with LockedBuffer(32, secretmem=True, policy="strict") as buffer:
        confirmed = _confirmed(buffer)
        if confirmed is None:
            return None, "granted; whether it holds cannot be asked, which on Linux takes /proc"
        return "secretmem" in confirmed, "available: LockedBuffer(..., secretmem=True)"


def _guarded() -> tuple[bool | None, str]:
    with LockedBuffer(32, guarded=True, policy="strict") as buffer:
        buffer.protect("read")
        return "guarded" in buffer.protections, "available: LockedBuffer(..., guarded=True)"


def _refusable(probe: Look) -> tuple[bool | None, str]:
    try:
        return probe()
    except OSError as error:
        return False, f"unavailable: {error}"


def _hardening() -> tuple[bool | None, str]:
    steps = harden()
    harden_undo()
    refused = [f"{step}: {error}" for step, error in steps.items() if error is not None]
    return not refused, "; ".join(refused) or "available: osmemlock.harden()"


def _emulator() -> tuple[bool | None, str]:
    emulated = info().get("emulator")
    if emulated is None:
        return None, "unknown here"
    return not emulated, "the kernel accepts advice that does not exist" if emulated else "none"


def _sanitizer() -> tuple[bool | None, str]:
    sanitized = info().get("sanitizer")
    if sanitized is None:
        return None, "unknown here"
    return not sanitized, "ASan, TSan or MSan is in this process" if sanitized else "none"


_RAISE_LOCK_LIMIT = (
    "ulimit -l unlimited (refused: '* - memlock unlimited' in /etc/security/limits.conf and a new login); systemd: LimitMEMLOCK=infinity; "
    "docker, podman: --ulimit memlock=-1; Kubernetes: securityContext.capabilities.add: [IPC_LOCK], and in an image whose user is not root "
    "setcap cap_ipc_lock+ep PROGRAM"
)
_RAISE_WORKING_SET = (
    "secpol.msc, Local Policies, User Rights Assignment: 'Increase a process working set'; in a job object: a larger minimum working set "
    "(JOB_OBJECT_LIMIT_WORKINGSET)"
)
_HARDEN = "osmemlock.harden() at the start of the program"
_NOT_LOCKED = "Secrets can be written to swap. Buffers are refused unless policy='best_effort'."
_LITTLE_ROOM = "Little more can be locked; then LockedBuffer() raises LockLimitError."
_OUTSIDE = "Buffers never go there. Copies outside of buffers do: strings, and what other libraries keep."
_NOT_HARDENED = "Core dumps and debuggers cannot be kept out of the whole process."

CHECKS = (
    Check(
        "locked in RAM", partial(_holds, "locked"), _NOT_LOCKED, _RAISE_LOCK_LIMIT, matters=True, windows=False,
    ),
    Check(
        "locked in RAM", partial(_holds, "locked"), _NOT_LOCKED, _RAISE_WORKING_SET, matters=True, windows=True,
    ),
    Check(
        "no core dump", partial(_holds, "nodump"), "A core file contains the secrets.", _HARDEN, matters=True, windows=False,
    ),
    Check(
        "no crash report", _left_out_of_reports, "A report of Windows Error Reporting can contain the secrets.", "Windows 10 (1703) or later; or "
        + _HARDEN, matters=True, windows=True,
    ),
    Check(
        "wiped on fork", partial(_holds, "wipeonfork"), "A forked child gets a copy that is neither locked nor wiped.",
        "LockedBuffer(..., fork='nofork'), or start children with subprocess or multiprocessing's 'spawn'", matters=True,
    ),
    Check(
        "canary", partial(_holds, "canary"), "A write beside a buffer is not noticed.", "report this: canaries need no system", matters=True,
    ),
    Check(
        "lock limit", _machine.lock_limit, _LITTLE_ROOM, _RAISE_LOCK_LIMIT, matters=True, windows=False,
    ),
    Check(
        "lock limit", _machine.lock_limit, _LITTLE_ROOM, _RAISE_WORKING_SET, matters=True, windows=True,
    ),
    Check(
        "emulator", _emulator, "Protections are reported that nobody provides (qemu-user does so).", "run it on a real kernel", matters=True, windows=False,
    ),
    Check(
        "hibernation", _machine.hibernation, "Hibernation writes all of RAM to the disk, locked or not, and nothing encrypts it.",
        "systemctl mask hibernate.target hybrid-sleep.target suspend-then-hibernate.target; or encrypt the swap; or secretmem=True",
        matters=True, windows=False,
    ),
    Check(
        "hibernation", _windows.hibernation, "Hibernation writes all of RAM to the disk, locked or not; only BitLocker encrypts it.",
        "powercfg /hibernate off", matters=True, windows=True,
    ),
    Check(
        "swap", _machine.swap, _OUTSIDE, "swapoff -a; or encrypt it: 'swap /dev/DEVICE /dev/urandom swap' in /etc/crypttab", windows=False,
    ),
    Check(
        "page file", _windows.page_file, _OUTSIDE, "fsutil behavior set encryptpagingfile 1, and restart; or BitLocker", windows=True,
    ),
    Check(
        "crash files", _windows.error_reports, "A crash leaves a file. Buffers are left out; registers and copies outside of buffers are not.",
        _HARDEN, windows=True,
    ),
    Check(
        "memory dump", _windows.crash_dump, "When Windows itself crashes, it writes the memory of all processes to a file.",
        "reg add HKLM\\SYSTEM\\CurrentControlSet\\Control\\CrashControl /v CrashDumpEnabled /t REG_DWORD /d 2 /f, and restart", windows=True,
    ),
    Check(
        "core limit", _machine.core_limit, "A crash writes a core file. Buffers are left out; registers and copies outside of buffers are not.",
        _HARDEN + "; or ulimit -c 0; systemd: LimitCORE=0", windows=False,
    ),
    Check(
        "core pattern", _machine.core_pattern, "Crashes are piped to that program, whatever the core limit is. Buffers are left out; registers "
        "and copies outside of buffers are not.",
        _HARDEN + "; or for systemd-coredump: Storage=none in /etc/systemd/coredump.conf", windows=False,
    ),
    Check(
        "hardening", _hardening, _NOT_HARDENED, "look for a seccomp filter that forbids prctl", windows=False,
    ),
    Check(
        "hardening", _hardening, _NOT_HARDENED, "start it outside of a sandbox, as a user who may change who has access to the process", windows=True,
    ),
    Check(
        "ptrace scope", _machine.ptrace_scope, "Every process of the same user can read this one's memory, buffers included.",
        _HARDEN + "; or, in a kernel with Yama, sysctl -w kernel.yama.ptrace_scope=1", windows=False,
    ),
    Check(
        "freed memory", _machine.freed_memory, "What a killed process held lies in free memory until it is used again.",
        "init_on_free=1 on the kernel's command line; and call purge() in handlers of signals", windows=False,
    ),
    Check(
        "compaction", _machine.compaction, "The kernel may move a locked page; the old place keeps the bytes until it is used again.",
        "sysctl -w vm.compact_unevictable_allowed=0; or init_on_free=1 on the kernel's command line", windows=False,
    ),
    Check(
        "crash kernel", _machine.crash_kernel, "When the kernel crashes, kdump writes the memory of all processes to a file.",
        "makedumpfile -d 31, which leaves out what belongs to processes; or an encrypted target", windows=False,
    ),
    Check(
        "guard pages", partial(_refusable, _guarded), "guarded=True is refused under policy='strict'.", "nothing; without it all else is the same",
    ),
    Check(
        "secretmem", partial(_refusable, _secretmem), "secretmem=True is refused under policy='strict'. Root can read buffers in /proc/PID/mem.",
        "secretmem.enable=1 on the kernel's command line (Linux 5.14 or later); in a container: allow memfd_secret in the seccomp profile", windows=False,
    ),
    Check(
        "sanitizer", _sanitizer, "libc's mlock() locks nothing then. This library asks the kernel itself; other libraries do not.",
        "test with it, run without it", windows=False,
    ),
    Check(
        "container", _machine.container, "In a user namespace CAP_IPC_LOCK does not lift the lock limit. Locked memory counts for the memory limit.",
        "docker, podman: --ulimit memlock=-1, --memory=SIZE; a pod: hostUsers: true, resources.limits.memory", windows=False,
    ),
)
