# SPDX-License-Identifier: MIT OR Apache-2.0
"""python -m osmemlock doctor: on this machine, with rights taken away, and on machines that are made up."""
import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import child
import child_doctor
import pytest

from osmemlock import LockedBuffer, _doctor, _machine, info

DOCTOR = [sys.executable, "-m", "osmemlock", "doctor"]
SWAPS = "Filename\tType\tSize\tUsed\tPriority\n"


@pytest.fixture
def files(monkeypatch):
    """A machine whose /proc and /sys are this dictionary."""
    content = {}
    monkeypatch.setattr(_machine, "_read", lambda path: content.get(str(path)))
    return content


def doctor_here():
    run = subprocess.run([*DOCTOR, "--json"], capture_output=True, text=True, check=False)
    assert run.stderr == ""
    return run.returncode, json.loads(run.stdout)


def test_what_it_says_of_protections_is_what_buffers_have():
    states = {check["name"]: check["state"] for check in doctor_here()[1]["checks"]}
    with LockedBuffer(32, policy="best_effort") as buffer:
        confirmed = buffer.verify()
    for name, protection in (("locked in RAM", "locked"), ("no core dump", "nodump"), ("wiped on fork", "wipeonfork"), ("canary", "canary")):
        assert (states[name] == "ok") == (protection in confirmed)
    assert (states["secretmem"] == "ok") == ("secretmem" in info()["supported_protections"])


def test_the_text_says_the_same_as_the_json():
    report = doctor_here()[1]
    text = subprocess.run(DOCTOR, capture_output=True, text=True, check=False).stdout
    assert all(any(line.startswith(f"{check['state']:8}{check['name']}") for line in text.splitlines()) for check in report["checks"])
    assert f"weaknesses that matter: {report['weaknesses']}," in text
    assert max(map(len, text.splitlines())) <= 120


def test_where_nothing_can_be_locked_it_ends_with_1_and_says_what_to_type():
    report = json.loads(child.run(child_doctor.without_locks)[0])
    checks = {check["name"]: check for check in report["checks"]}
    assert report["status"] == 1
    assert checks["locked in RAM"]["state"] == checks["lock limit"]["state"] == "WEAK"
    assert "ulimit -l unlimited" in checks["locked in RAM"]["fix"]
    assert checks["wiped on fork"]["state"] == "ok"


def test_the_doctor_leaves_the_process_as_it_was():
    before, after = json.loads(child.run(child_doctor.before_and_after)[0])
    assert before == after


def test_a_reader_that_has_seen_enough_is_no_error_to_read_about():
    with subprocess.Popen(DOCTOR, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_without_an_output_the_exit_status_is_the_answer():
    run = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *DOCTOR], capture_output=True, check=False)
    assert (run.returncode, run.stderr) == (doctor_here()[0], b"")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_report_that_cannot_be_written_is_one_line(unbuffered):
    with open("/dev/full", "wb") as full:
        run = subprocess.run(
            DOCTOR, stdout=full, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": unbuffered}, check=False)
    assert (run.returncode, run.stderr.count("\n")) == (1, 1)
    assert os.strerror(errno.ENOSPC) in run.stderr


@pytest.mark.parametrize("arguments", [[], ["bench"], ["doctor", "--loud"]])
def test_wrong_arguments_end_with_2(arguments):
    run = subprocess.run([sys.executable, "-m", "osmemlock", *arguments], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "usage:" in run.stderr


@pytest.mark.parametrize(
    ("pattern", "well"), [("core", True), ("/var/crash/%p", True), ("", True), ("|/usr/lib/systemd/systemd-coredump %P", False), (None, None)]
)
def test_core_pattern(files, pattern, well):
    files["/proc/sys/kernel/core_pattern"] = pattern
    assert _machine.core_pattern()[0] is well


def test_what_cannot_be_verified_is_unknown_and_not_missing(monkeypatch):
    monkeypatch.setattr(_doctor, "_confirmed", lambda buffer: None)
    found, finding = _doctor._holds("canary")
    assert found is None
    assert finding.startswith("reported; ")
    if "secretmem" in info()["supported_protections"]:
        assert _doctor._secretmem()[0] is None


@pytest.mark.skipif(sys.platform == "win32", reason="the limit is RLIMIT_MEMLOCK")
@pytest.mark.parametrize(
    ("soft", "hard", "well", "told"),
    [(65536, 65536, False, "only root can raise it"), (65536, None, False, "ulimit -l can raise it to no limit"),
     (65536, 1 << 20, False, "ulimit -l can raise it to 1024 KiB"), (1 << 30, 1 << 30, True, "only root can raise it"), (None, None, True, "locked now")],
)
def test_lock_limit(monkeypatch, soft, hard, well, told):
    monkeypatch.setattr(_machine, "info", lambda: {"lock_limit_soft": soft, "lock_limit_hard": hard, "process_locked_bytes": 4096})
    found, finding = _machine.lock_limit()
    assert found is well
    assert finding.endswith(told)


@pytest.mark.parametrize(("scope", "well"), [("0", False), ("1", True), ("2", True), ("3", True), (None, False)])
def test_ptrace_scope(files, scope, well):
    files["/proc/sys/kernel/yama/ptrace_scope"] = scope
    assert _machine.ptrace_scope()[0] is well


@pytest.mark.parametrize(
    ("kinds", "states", "disk", "swap", "hibernation"),
    [
        ([], "freeze mem disk", "[platform] shutdown", True, True),
        (["plain"], "freeze mem disk", "[platform] shutdown", False, False),
        (["plain"], "freeze mem disk", "[disabled]", False, True),
        (["plain"], "freeze mem", None, False, True),
        (["plain"], None, None, False, True),
        (["encrypted"], "freeze mem disk", "[platform]", True, True),
        (["zram"], "freeze mem disk", "[platform]", True, True),
        (["zram", "plain"], "freeze mem disk", "[platform]", False, False),
        (["zram", "encrypted"], "freeze mem disk", "[platform]", True, True),
    ],
)
def test_swap_and_hibernation(files, monkeypatch, kinds, states, disk, swap, hibernation):
    files["/proc/swaps"] = SWAPS + "".join(f"/{kind}\\040swap file 1 0 -2\n" for kind in kinds)
    files["/sys/power/state"], files["/sys/power/disk"] = states, disk
    monkeypatch.setattr(_machine, "_swap_kind", lambda name: name.removeprefix("/").removesuffix(" swap"))
    assert _machine.swap()[0] is swap
    assert _machine.hibernation()[0] is hibernation


@pytest.mark.parametrize(("allowed", "well"), [("0", True), ("1", False), (None, None)])
def test_compaction(files, allowed, well):
    files["/proc/sys/vm/compact_unevictable_allowed"] = allowed
    assert _machine.compaction()[0] is well


@pytest.mark.parametrize(("line", "well"), [("quiet init_on_free=1", True), ("quiet init_on_free=0", False), ("quiet", False), (None, None)])
def test_freed_memory(files, line, well):
    files["/proc/cmdline"] = line
    assert _machine.freed_memory()[0] is well


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="there is no /sys/kernel")
@pytest.mark.parametrize(("loaded", "well"), [("0", True), ("1", False), (None, True)])
def test_crash_kernel(files, loaded, well):
    files["/sys/kernel/kexec_crash_loaded"] = loaded
    assert _machine.crash_kernel()[0] is well


def test_without_proc_nothing_is_claimed(files):
    for look in (_machine.swap, _machine.hibernation, _machine.core_pattern, _machine.container, _machine.compaction, _machine.freed_memory):
        assert look()[0] is None


def test_a_device_is_encrypted_when_all_below_it_is(tmp_path):
    luks, plain, volume = tmp_path / "luks", tmp_path / "plain", tmp_path / "volume"
    for device, uuid in ((luks, "CRYPT-LUKS2-0-luks"), (plain, ""), (volume, "LVM-0")):
        (device / "dm").mkdir(parents=True)
        (device / "dm" / "uuid").write_text(uuid)
    (volume / "slaves").mkdir()
    (volume / "slaves" / "one").symlink_to(luks)
    assert _machine._encrypted(luks)
    assert _machine._encrypted(volume)
    assert not _machine._encrypted(plain)
    (volume / "slaves" / "two").symlink_to(plain)
    assert not _machine._encrypted(volume)


@pytest.mark.parametrize(
    ("users", "limit", "well", "words"),
    [("0 0 4294967295", "max", True, ""), ("0 0 4294967295", str(512 << 20), True, "512 MiB"), ("0 1000 1", "max", False, "namespace")],
)
def test_container(files, users, limit, well, words):
    files["/proc/self/uid_map"], files["/sys/fs/cgroup/memory.max"] = users, limit
    answer, finding = _machine.container()
    assert answer is well
    assert words in finding


def test_memory_limit_of_version_1_without_a_limit(files):
    files["/sys/fs/cgroup/memory/memory.limit_in_bytes"] = str((1 << 63) - 4096)
    assert _machine._memory_limit() is None
