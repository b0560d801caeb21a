#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Undoes what a script of the tests has made, however the script ends. Scripts use it through tests/tidy.sh.

tidy.py begin NAME PID  makes a folder for the script PID, prints its path, and leaves a guard that waits for the end of PID, then undoes
                        what FOLDER/.undo notes, ends the processes of the script, and removes the folder. Its output is descriptor 7
tidy.py stale           does so for each folder whose script is over: what a guard could not do because it was killed as well
"""
import contextlib
import fcntl
import glob
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile

MOST_TRIES = 2000  # of waiting for processes that were killed: each try reads all of /proc
KERNEL_THREAD = 0x200000  # PF_KTHREAD, of the flags in /proc/PID/stat


def text(path):
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


def fields(pid):
    """Of /proc/PID/stat, from the state on; the name before it may hold spaces."""
    return text(f"/proc/{pid}/stat").rpartition(")")[2].split()


def identity(pid):
    """Boot, PID namespace, and start time: a number that is used again is another process."""
    return f"{text('/proc/sys/kernel/random/boot_id').strip()} {os.readlink('/proc/self/ns/pid')} {pid} {fields(pid)[19]}"


def is_over(owner):
    boot, namespace, pid, _ = owner.split()
    here = identity(os.getpid()).split()
    if boot != here[0] or namespace != here[1]:
        return boot != here[0]  # a process of another namespace cannot be seen from here
    try:
        return identity(pid) != owner or fields(pid)[0] == "Z"
    except OSError:
        return True


# ---- The processes of a script: they have its folder in their environment, or its .mark open, as a subshell has ------------------------------


def environment(pid):
    """It reads as empty while a process begins another program, and when it ends: an empty one is believed of a program that stays the same."""
    before = None
    for _ in range(MOST_TRIES):
        with open(f"/proc/{pid}/environ", "rb") as file:
            content = file.read()
        state = fields(pid)
        program = code, *_ = state[23], state[45], state[47]  # where its code, arguments and environment begin; the code is set last
        if content or state[0] in "ZX" or int(state[6]) & KERNEL_THREAD or (code != "0" and program == before):
            break
        before = program
        select.poll().poll(code == "0")  # a millisecond for it to begin or to end
    return content.split(b"\0")


def has_open(pid, path):
    for link in glob.glob(f"/proc/{pid}/fd/*"):
        with contextlib.suppress(OSError):  # closed meanwhile: the others count
            if os.readlink(link) == path:
                return True
    return False


def is_of(pid, folder):
    try:
        return f"OSML_TIDY={folder}".encode() in environment(pid) or has_open(pid, f"{folder}/.mark")
    except OSError:
        return False  # ended meanwhile, or not ours


def ancestors():
    pid = os.getpid()
    while pid:
        yield pid
        pid = int(fields(pid)[1])


def kill(pids):
    """Tells the identities of those that it killed."""
    killed = set()
    for pid in pids:
        with contextlib.suppress(OSError):  # ended meanwhile
            killed.add(identity(pid))
            os.kill(pid, signal.SIGKILL)
    return killed


def end_processes(folder):
    spared, killed = set(ancestors()), set()
    for _ in range(MOST_TRIES):
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) not in spared and is_of(name, folder)]
        killed = {process for process in killed if not is_over(process)} | kill(pids)
        if not pids and not killed:
            return True
    return False


# ---- What can be undone. Nothing of it may have been made yet: it is noted before ----------------------------------------------------------


def remove_cgroup(folder):
    for _ in range(MOST_TRIES):
        try:
            kill(map(int, text(f"{folder}/cgroup.procs").split()))
            os.rmdir(folder)
        except FileNotFoundError:
            return True
        except OSError:
            continue  # busy: those that were killed are still on their way out
    return False


def restore(path, content):
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)
    return True


def listed(table, column, folder):
    """The paths of a table of the kernel that are FOLDER or below; it writes special characters in octal."""
    for line in text(table).splitlines():
        path = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), line.split()[column])
        if path == folder or path.startswith(folder + "/"):
            yield path


def swap_off(folder):
    return all([subprocess.run(["swapoff", path], check=False).returncode == 0 for path in listed("/proc/swaps", 0, folder)])


def unmount(folder):
    paths = list(listed("/proc/self/mountinfo", 4, folder))
    return all([subprocess.run(["umount", path], check=False).returncode == 0 for path in reversed(paths)])


def undo_noted(folder):
    kinds = {"cgroup": remove_cgroup, "mount": unmount, "value": restore, "folder": lambda path: shutil.rmtree(path, ignore_errors=True) or True}
    notes = text(f"{folder}/.undo").splitlines()
    return all([kinds[kind](*arguments) for kind, *arguments in (note.split("\t") for note in reversed(notes))])


def remove(folder):
    """The .owner last: without it nobody would know that what is left is ours."""
    for entry in os.scandir(folder):
        if entry.name != ".owner":
            shutil.rmtree(entry) if entry.is_dir(follow_symlinks=False) else os.unlink(entry)
    shutil.rmtree(folder)


def undo(folder):
    """Or else the folder stays, so that the next run tries again."""
    try:
        with open(f"{folder}/.undo", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # a guard and the next run may be here at once
            if not os.path.exists(f"{folder}/.owner"):
                return
            if all([end_processes(folder), undo_noted(folder), swap_off(folder), unmount(folder)]):
                remove(folder)
                return
    except FileNotFoundError:
        return
    except OSError as error:
        print(error, file=sys.stderr)
    print(f"cannot undo all that {folder} stands for", file=sys.stderr)


# ---- Begin -----------------------------------------------------------------------------------------------------------------------------------


def temporary():
    folder = os.environ.get("TMPDIR") or "/tmp"
    if not os.path.isdir(folder) or not os.access(folder, os.W_OK | os.X_OK):
        sys.exit(f"TMPDIR: {folder} is no folder that can be written; name another one, or unset TMPDIR")
    return os.path.realpath(folder)


def stale():
    """Those of this user alone: what is noted there is done with his rights."""
    for owner in glob.glob(f"{glob.escape(temporary())}/osmemlock-*.*/.owner"):
        try:
            folder = os.path.dirname(owner)
            if os.lstat(folder).st_uid == os.lstat(owner).st_uid == os.geteuid() and is_over(text(owner)):
                undo(folder)
        except OSError:
            pass  # its own script or guard has removed it meanwhile


def wait_for(pid, owner):
    end = select.poll()
    with contextlib.suppress(OSError, AttributeError):  # a kernel or Python without it: we look now and then
        end.register(os.pidfd_open(pid), select.POLLIN)
    while not is_over(owner):
        end.poll(200)


def guard(pid, folder, owner):
    """Nobody's child, in a session of its own, so that nothing which ends the script ends it. Its stdin stays open: see alone() of tidy.sh."""
    if os.fork():
        os.wait()
        return
    os.setsid()
    if not os.fork():
        os.chdir("/")
        os.dup2(7, 1)
        os.dup2(7, 2)
        os.closerange(3, 1024)
        wait_for(pid, owner)
        undo(folder)
    os._exit(0)


def begin(name, pid):
    stale()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    folder, owner = tempfile.mkdtemp(prefix=f"osmemlock-{name}.", dir=temporary()), identity(pid)
    for file, content in ((".undo", ""), (".mark", ""), (".new", owner)):
        with open(f"{folder}/{file}", "w", encoding="utf-8") as out:
            out.write(content)
    os.rename(f"{folder}/.new", f"{folder}/.owner")
    guard(int(pid), folder, owner)
    print(folder)


if __name__ == "__main__":
    sys.exit({"begin": begin, "stale": stale}[sys.argv[1]](*sys.argv[2:]))
