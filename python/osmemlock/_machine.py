# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the doctor reads of the machine: limits, /proc and /sys. Each returns whether all is well (None: unknown) and what it found."""
import os
import re
from collections.abc import Callable
from pathlib import Path

from osmemlock import info

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

LEAST_ROOM = 64 << 10  # What some containers allow in all; the first pages of the pool need about that much.


def _read(path: str | Path) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None


def _size(count: int | None) -> str:
    return "no limit" if count is None else f"{count >> 10} KiB"


def lock_limit() -> tuple[bool | None, str]:
    facts = info()
    if "lock_limit_soft" not in facts:
        return None, "the system does not report it"
    soft, used = facts["lock_limit_soft"], facts.get("process_locked_bytes", 0)
    finding = f"{_size(soft)}, {_size(used)} are locked now"
    hard = facts.get("lock_limit_hard", soft)
    if soft is not None and (hard is None or hard > soft):
        how = "this library" if resource is None else "ulimit -l"
        finding += f"; {how} can raise it to {_size(hard)}"
    elif soft is not None and resource is not None:
        finding += "; only root can raise it"
    return soft is None or soft - used >= LEAST_ROOM, finding


def core_limit() -> tuple[bool | None, str]:
    if resource is None:
        return None, "there is no such limit"
    soft, _ = resource.getrlimit(resource.RLIMIT_CORE)
    return soft == 0, _size(None if soft == resource.RLIM_INFINITY else soft)


def core_pattern() -> tuple[bool | None, str]:
    pattern = _read("/proc/sys/kernel/core_pattern")
    if pattern is None:
        return None, "no /proc/sys/kernel/core_pattern"
    return not pattern.startswith("|"), pattern or "(empty)"


def ptrace_scope() -> tuple[bool | None, str]:
    if not Path("/proc/sys/kernel").is_dir():
        return None, "no /proc/sys/kernel"
    scope = _read("/proc/sys/kernel/yama/ptrace_scope")
    if scope is None:
        return False, "no Yama in this kernel: the same user may trace"
    return scope != "0", {"0": "0: the same user may trace", "1": "1: only a parent may trace", "2": "2: only root may trace"}.get(scope, scope)


# ---- What the kernel does with pages, other than to swap them -------------------------------------------------------------------------


def compaction() -> tuple[bool | None, str]:
    allowed = _read("/proc/sys/vm/compact_unevictable_allowed")
    if allowed is None:
        return None, "no /proc/sys/vm/compact_unevictable_allowed"
    return allowed == "0", "locked pages stay where they are" if allowed == "0" else "locked pages may be moved"


def freed_memory() -> tuple[bool | None, str]:
    """The kernel may also be built to do so, which it does not tell."""
    line = _read("/proc/cmdline")
    if line is None:
        return None, "no /proc/cmdline"
    return "init_on_free=1" in line.split(), "init_on_free=1" if "init_on_free=1" in line.split() else "not asked to wipe what it frees"


def crash_kernel() -> tuple[bool | None, str]:
    if not Path("/sys/kernel").is_dir():
        return None, "no /sys/kernel"
    loaded = _read("/sys/kernel/kexec_crash_loaded") == "1"
    return not loaded, "a kernel is loaded that writes the memory of a crashed one" if loaded else "none is loaded"


# ---- Swap, and hibernation into it ---------------------------------------------------------------------------------------------------


def swap() -> tuple[bool | None, str]:
    swaps = _swaps()
    if swaps is None:
        return None, "no /proc/swaps"
    return all(kind != "plain" for kind in swaps.values()), _swaps_in_words(swaps)


def hibernation() -> tuple[bool | None, str]:
    """It needs the kernel's consent and a swap that is not RAM itself (Documentation/admin-guide/pm/sleep-states.rst)."""
    swaps, states, disk = _swaps(), _read("/sys/power/state"), _read("/sys/power/disk")
    if swaps is None:
        return None, "no /proc/swaps"
    if states is None or "disk" not in states.split() or (disk is not None and "[disabled]" in disk):
        return True, "the kernel does not offer it"
    if all(kind == "zram" for kind in swaps.values()):
        return True, "the kernel offers it, but there is no swap on a disk to write to"
    return all(kind != "plain" for kind in swaps.values()), "possible, into " + _swaps_in_words(swaps)


def _swaps_in_words(swaps: dict[str, str]) -> str:
    words = {"plain": "not known to be encrypted", "encrypted": "encrypted", "zram": "compressed RAM"}
    return ", ".join(f"{name} ({words[kind]})" for name, kind in swaps.items()) or "none"


def _swaps() -> dict[str, str] | None:
    """{name: kind}. A file is what the device below it is; a name's white space is written in octal (proc(5))."""
    table = _read("/proc/swaps")
    if table is None:
        return None
    names = [re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), line.split()[0]) for line in table.splitlines()[1:]]
    return {name: _swap_kind(name) for name in names}


def _swap_kind(name: str) -> str:
    try:
        status = os.stat(name)
    except OSError:
        return "plain"
    device = status.st_rdev or status.st_dev
    below = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}")
    if below.resolve().name.startswith("zram"):
        return "zram" if _read(below / "backing_dev") in (None, "none") else "plain"
    return "encrypted" if _encrypted(below) else "plain"


def _encrypted(device: Path) -> bool:
    """The device is dm-crypt, or all that it is made of is (LVM on LUKS)."""
    if (_read(device / "dm" / "uuid") or "").startswith("CRYPT-"):
        return True
    below = list((device / "slaves").glob("*"))
    return bool(below) and all(_encrypted(one) for one in below)


# ---- Containers ------------------------------------------------------------------------------------------------------------------------


def container() -> tuple[bool | None, str]:
    users = _read("/proc/self/uid_map")
    if users is None:
        return None, "no /proc/self/uid_map"
    findings = [f"inside {kind}" for mark, kind in _MARKS if mark()][:1]
    whole = users.split() == ["0", "0", "4294967295"]
    if not whole:
        findings.append("a user namespace of its own")
    limit = _memory_limit()
    if limit is not None:
        findings.append(f"memory limit {limit >> 20} MiB")
    return whole, ", ".join(findings) or "none"


_MARKS: tuple[tuple[Callable[[], bool], str], ...] = (
    (lambda: "KUBERNETES_SERVICE_HOST" in os.environ, "a Kubernetes pod"),
    (lambda: Path("/run/.containerenv").exists(), "a podman container"),
    (lambda: Path("/.dockerenv").exists(), "a docker container"),
    (lambda: "container" in os.environ, "a container"),
)


def _memory_limit() -> int | None:
    """Of the control group, version 2 or 1, as a container sees its own; a number near 2^63 is version 1's way to say none."""
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        limit = _read(path)
        if limit is not None and limit.isdigit() and int(limit) < 1 << 60:
            return int(limit)
    return None
