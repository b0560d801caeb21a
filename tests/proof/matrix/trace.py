# SPDX-License-Identifier: MIT OR Apache-2.0
"""Stops a process when it has ended and still has its memory: ptrace(2), PTRACE_EVENT_EXIT."""
import ctypes
import os

PTRACE_CONT, PTRACE_DETACH, PTRACE_SEIZE, PTRACE_O_TRACEEXIT, PTRACE_EVENT_EXIT, SIGTRAP, WALL = 7, 17, 0x4206, 0x40, 6, 5, 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def ptrace(request, pid, data):
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    libc.ptrace.restype = ctypes.c_long
    if libc.ptrace(request, pid, None, data) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def at_exit(pid, end, look):
    """Does END, which ends the process, and returns what LOOK says while its memory is still there; None if it cannot be stopped."""
    ptrace(PTRACE_SEIZE, pid, PTRACE_O_TRACEEXIT)
    end()
    _, status = os.waitpid(pid, WALL)
    while os.WIFSTOPPED(status) and not status >> 16:  # a signal on its way
        ptrace(PTRACE_CONT, pid, os.WSTOPSIG(status))
        _, status = os.waitpid(pid, WALL)
    if status >> 8 != SIGTRAP | PTRACE_EVENT_EXIT << 8:
        return None
    seen = look()
    ptrace(PTRACE_DETACH, pid, 0)
    return seen
