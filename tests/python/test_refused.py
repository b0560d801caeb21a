# SPDX-License-Identifier: MIT OR Apache-2.0
"""Every system call of every operation is refused once, at each of its positions: the right exception or a lesser protection, and VmLck,
mappings, descriptors and live buffers are back where they were."""
import errno
import re

import child
import child_refused
import pytest
import refuse

# What each call may answer: mlock(2), mmap(2), mprotect(2), madvise(2), getrandom(2), open(2), read(2), memfd_secret(2).
CALLS = [
    ("mlock", errno.ENOMEM), ("mlock", errno.EPERM), ("mlock2", errno.ENOMEM), ("mlock2", errno.EAGAIN),
    ("mmap", errno.ENOMEM), ("mprotect", errno.ENOMEM), ("madvise", errno.EINVAL), ("madvise", errno.ENOMEM),
    ("process_madvise", errno.ENOSYS), ("process_madvise", errno.EPERM), ("getrandom", errno.ENOSYS), ("openat", errno.EACCES),
    ("openat", errno.EMFILE), ("open", errno.EACCES), ("read", errno.EIO), ("memfd_secret", errno.ENOSYS), ("memfd_secret", errno.EMFILE),
    ("ftruncate", errno.ENOMEM), ("prlimit64", errno.EPERM), ("pipe2", errno.EMFILE), ("clone", errno.EAGAIN), ("vfork", errno.EAGAIN)]

# One heap, which is never given back and never passes by in a mapping, so that mappings are the library's alone (mallopt(3), PYTHONMALLOC).
STEADY = {"PYTHONMALLOC": "malloc", "MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}


# The calls that each operation is known to make, or of several one; without them the test would prove nothing.
MAKES = {
    "small": [], "many": ["mmap"], "large": ["mmap", "madvise"], "strict": ["mmap", "madvise"], "best_effort": ["mmap"],
    "guarded": ["mmap", "mprotect"], "nofork": ["mmap"], "keep": ["mmap"], "secretmem": ["memfd_secret"], "random": ["getrandom"],
    "from_bytes": ["mmap"], "from_file": ["openat|open", "read"], "from_fd": ["read"], "from_credential": ["openat|open", "read"],
    "from_command": ["pipe2", "read"], "region": [],
    "info": []}


@pytest.fixture(scope="module")
def possible():
    if not refuse.is_possible():
        pytest.skip("seccomp user notification is not allowed here")


@pytest.mark.usefixtures("possible")
@pytest.mark.parametrize("operation", MAKES)
def test_every_system_call_may_be_refused(operation):
    out, _ = child.run(child_refused.refused, operation, CALLS, env=STEADY)
    counts = {call: int(count) for call, count in re.findall(r"(\w+)=(\d+)", out)}
    made = [call for call in MAKES[operation] if call != "getrandom" or counts[call] or not counts["random_by_vdso"]]
    for call in made:
        assert any(counts.get(one) for one in call.split("|")), f"{operation} makes no {call}: {counts}"
    if made != MAKES[operation]:
        pytest.skip("getrandom: the vDSO answers it, so that there is no system call to refuse; all the others were refused")


def test_control_the_state_sees_a_leak():
    """A descriptor, a lock and a mapping that are left behind are seen by the comparison that the test above relies on."""
    assert child.run(child_refused.leaks_seen)[0] == "descriptors VmLck mapped live\n"
