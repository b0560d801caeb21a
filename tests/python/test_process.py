# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the library does to the whole process, and the report about it. Limits are changed in children only."""
import os
import re
import resource

import child
import child_process
import pytest

import osmemlock
from osmemlock import LockedBuffer, info


def test_core_dumps_can_be_switched_off_for_good():
    assert child.run(child_process.off_for_good)[0] == "(0, 4096)\n"


def test_a_guard_switches_off_and_on_again():
    assert child.run(child_process.guard)[0] == "(0, 4096) (1024, 4096)\n"


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_two_guards_may_go_in_any_order(order):
    assert child.run(child_process.two_guards, order)[0] == "(0, 4096) (1024, 4096)\n"


def test_a_guard_that_is_dropped_is_released():
    assert child.run(child_process.dropped_guard)[0] == "(1024, 4096)\n"


def test_a_guard_does_not_hide_the_users_error():
    assert child.run(child_process.guard_with_error)[0] == "mine (1024, 4096)\n"


def test_a_guard_can_be_released_twice():
    assert child.run(child_process.released_twice)[0] == "(1024, 4096)\n"


def test_a_released_guard_cannot_be_entered():
    limits = resource.getrlimit(resource.RLIMIT_CORE)
    guard = osmemlock.disable_core_dumps_with_guard()
    guard.release()
    with pytest.raises(ValueError):
        guard.__enter__()
    assert resource.getrlimit(resource.RLIMIT_CORE) == limits


def test_a_guard_does_not_undo_switching_off_for_good():
    assert child.run(child_process.guard_and_for_good)[0] == "(0, 4096)\n"


def test_a_hard_limit_that_was_lowered_is_told_and_the_users_error_survives_it():
    assert child.run(child_process.lowered_hard_limit)[0] == "PermissionError mine\n"


def test_harden_tells_what_became_of_each_step():
    assert child.run(child_process.harden_all)[0] == "core_limit None undumpable None dumpable 0 limit 0\n"


def test_harden_takes_single_steps():
    assert child.run(child_process.harden_one)[0] == "['undumpable'] dumpable 0 limit 1024\n"


def test_harden_can_be_undone():
    assert child.run(child_process.harden_undo)[0] == "['core_limit', 'undumpable'] dumpable 1 limit 1024\n"


def test_what_was_not_hardened_is_not_undone():
    assert child.run(child_process.undo_nothing)[0] == "[]\n"


@pytest.mark.parametrize("call", [osmemlock.harden, osmemlock.harden_undo])
@pytest.mark.parametrize("step, error", [("all", ValueError), ("", ValueError), (1, TypeError), (None, TypeError)])
def test_an_unknown_step_is_refused(call, step, error):
    limits = resource.getrlimit(resource.RLIMIT_CORE)
    with pytest.raises(error):
        call("core_limit", step)
    assert resource.getrlimit(resource.RLIMIT_CORE) == limits


def test_purge_closes_every_buffer_and_new_ones_can_be_made():
    assert child.run(child_process.purge)[0] == "True True 0 b'\\x00\\x00\\x00' 0 32\n"


def test_purge_in_a_child_leaves_the_parents_buffers_alone():
    with LockedBuffer.from_bytes(b"key") as key:
        pid = os.fork()
        if pid == 0:
            osmemlock.purge()
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert key == b"key"


def test_trim_gives_back_what_the_buffers_of_all_threads_left():
    assert child.run(child_process.trim)[0] == "True True True b'stays' True\n"


def test_the_report_knows_the_page_size():
    assert info()["page_size"] == resource.getpagesize()


def test_the_report_counts_live_buffers():
    osmemlock.trim()  # what is locked and idle would be used again
    before = info()
    with LockedBuffer(100_000):
        now = info()
    assert now["live_buffers"] == before["live_buffers"] + 1
    assert now["library_locked_bytes"] >= before["library_locked_bytes"] + 100_000
    assert info()["live_buffers"] == before["live_buffers"]


def test_the_report_has_the_types_it_promises():
    report = info()
    assert {"locked", "nodump", "wipeonfork", "nofork", "canary", "guarded"} <= report["supported_protections"]
    assert type(report["supported_protections"]) is frozenset
    for name in ("sanitizer", "emulator"):
        assert type(report[name]) is bool
    for name in ("live_buffers", "library_locked_bytes", "corruptions", "double_frees", "idle_bytes", "page_size"):
        assert type(report[name]) is int


def test_the_lock_limit_is_none_or_a_number_of_bytes():
    assert child.run(child_process.limits_reported)[0] == "65536 65536\n"
    assert info().get("lock_limit_soft", None) is None or info()["lock_limit_soft"] >= 0


def test_no_buffer_was_freed_twice():
    assert info()["double_frees"] == 0


@pytest.mark.parametrize("call", [info, osmemlock.disable_core_dumps_for_process, osmemlock.disable_core_dumps_with_guard, osmemlock.purge, osmemlock.scrub, osmemlock.trim])
def test_no_argument_is_taken(call):
    with pytest.raises(TypeError):
        call(1)


def test_the_version_is_a_version():
    assert re.fullmatch(r"\d+\.\d+\.\d+(-rc\d+)?", osmemlock.__version__)
