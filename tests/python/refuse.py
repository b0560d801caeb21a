# SPDX-License-Identifier: MIT OR Apache-2.0
"""Refuses one system call of this process, the first, the second ... and lets all others pass: seccomp(2) with a supervisor that counts
(SECCOMP_RET_USER_NOTIF of seccomp_unotify(2)). A filter is for ever, so this is for children only.

seccomp alone cannot count, and strace would start the interpreter anew for each position.
"""
import ctypes
import errno
import fcntl
import mmap
import os
import select
import signal
import socket
import struct

# The numbers of asm/unistd.h. Where a machine has no such call the number is absent.
NUMBERS = {
    "x86_64": {
        "read": 0, "open": 2, "mmap": 9, "mprotect": 10, "madvise": 28, "clone": 56, "vfork": 58, "ftruncate": 77, "mlock": 149,
        "prctl": 157, "openat": 257, "pipe2": 293, "prlimit64": 302, "getrandom": 318, "mlock2": 325, "process_madvise": 440,
        "memfd_secret": 447},
    "aarch64": {
        "ftruncate": 46, "openat": 56, "pipe2": 59, "read": 63, "prctl": 167, "clone": 220, "mmap": 222, "mprotect": 226, "mlock": 228,
        "madvise": 233, "prlimit64": 261, "getrandom": 278, "mlock2": 284, "process_madvise": 440, "memfd_secret": 447},
}.get(os.uname().machine, {})

_SYS_SECCOMP = {"x86_64": 317, "aarch64": 277}.get(os.uname().machine)
_SET_MODE_FILTER, _NEW_LISTENER = 1, 8
_PR_SET_NO_NEW_PRIVS = 38
_ALLOW, _USER_NOTIF = 0x7FFF0000, 0x7FC00000
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06

# struct seccomp_notif: id, pid, flags, then struct seccomp_data: number, architecture, instruction pointer, six arguments.
_NOTICE = struct.Struct("QIIiIQ6Q")
# struct seccomp_notif_resp: id, value, error, flags.
_ANSWER = struct.Struct("QqiI")
_RECEIVE = 0xC0000000 | _NOTICE.size << 16 | ord("!") << 8 | 0
_SEND = 0xC0000000 | _ANSWER.size << 16 | ord("!") << 8 | 1
_CONTINUE = 1

# What both processes see: which call, which one of them, the error; how many have come, whether one was refused.
_PLAN = struct.Struct("5q")

_libc = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def _checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _install():
    """The listener's descriptor. From here on every listed call of this process waits for the supervisor's word."""
    code = [struct.pack("HBBI", _LOAD, 0, 0, 0)]
    for number in NUMBERS.values():
        code.append(struct.pack("HBBI", _JUMP_IF_EQUAL, 0, 1, number))
        code.append(struct.pack("HBBI", _RETURN, 0, 0, _USER_NOTIF))
    code.append(struct.pack("HBBI", _RETURN, 0, 0, _ALLOW))
    text = ctypes.create_string_buffer(b"".join(code))
    program = _Program(len(code), ctypes.addressof(text))
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    return _checked(_libc.syscall(_SYS_SECCOMP, _SET_MODE_FILTER, _NEW_LISTENER, ctypes.byref(program)))


def _answer(notice, plan, supervised):
    """(error, flags) for one call. Children of the supervised process inherit the filter; they are not what is counted."""
    fields = _NOTICE.unpack(notice)
    number, position, refusal, came, refused = _PLAN.unpack_from(plan)
    if fields[1] != supervised or fields[3] != number or position == 0:
        return 0, _CONTINUE
    came += 1
    _PLAN.pack_into(plan, 0, number, position, refusal, came, int(refused or came == position))
    return (-refusal, 0) if came == position else (0, _CONTINUE)


def _supervise(listener, plan, supervised):
    """Until the last process under the filter has gone."""
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    while poll.poll()[0][1] & select.POLLIN:
        notice = bytearray(_NOTICE.size)
        try:
            fcntl.ioctl(listener, _RECEIVE, notice)
            error, flags = _answer(notice, plan, supervised)
            fcntl.ioctl(listener, _SEND, _ANSWER.pack(_NOTICE.unpack(notice)[0], 0, error, flags))
        except OSError as gone:
            if gone.errno not in (errno.ENOENT, errno.EINTR):  # A process that was killed while it waited.
                raise


class Refuser:
    """Starts the supervisor and puts this process under it."""

    def __init__(self):
        self.plan = mmap.mmap(-1, mmap.PAGESIZE)
        ours, theirs = socket.socketpair()
        supervised = os.getpid()
        if os.fork() == 0:
            ours.close()
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            _, (listener,), _, _ = socket.recv_fds(theirs, 1, 1)
            theirs.close()
            _supervise(listener, self.plan, supervised)
            os._exit(0)
        theirs.close()
        listener = _install()
        socket.send_fds(ours, [b"x"], [listener])
        os.close(listener)
        ours.close()

    def arm(self, call, position, error):
        _PLAN.pack_into(self.plan, 0, NUMBERS[call], position, error, 0, 0)

    def disarm(self):
        """Whether the call was refused."""
        refused = _PLAN.unpack_from(self.plan)[4]
        _PLAN.pack_into(self.plan, 0, 0, 0, 0, 0, 0)
        return bool(refused)


def is_possible():
    """False where this machine's numbers are not known, or a container forbids filters."""
    if not NUMBERS:
        return False
    pid = os.fork()
    if pid == 0:
        try:
            Refuser()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
