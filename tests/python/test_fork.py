# SPDX-License-Identifier: MIT OR Apache-2.0
"""Child processes: made by fork they know that the contents stayed behind; made by spawn or forkserver they start afresh. All runs in
children, so that the fork is one of a process with a single thread."""
import child
import child_fork
import pytest


@pytest.mark.parametrize("option, seen", [("wipe", "zero"), ("nofork", "fault"), ("keep", "copy")])
def test_what_a_forked_child_finds_at_the_address(option, seen):
    assert child.run(child_fork.at_the_address, option)[0] == seen + "\n"


def test_a_view_made_before_the_fork_reads_zeros_in_the_child():
    assert child.run(child_fork.view_in_the_child)[0] == "True True\n"


def test_keep_is_usable_in_the_child_and_locked_again():
    assert child.run(child_fork.kept)[0] == "True True\n"


def test_dropping_inherited_buffers_in_the_child_is_safe():
    assert child.run(child_fork.drop_in_the_child)[0] == "0\n"


def test_a_region_held_over_the_fork_can_be_left_on_both_sides():
    assert child.run(child_fork.region)[0] == "0 True\n"


def test_a_wiping_region_left_in_the_child_leaves_the_parents_bytes():
    assert child.run(child_fork.wiping_region)[0] == "0 bytearray(b'secret')\n"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_process_of_multiprocessing_makes_its_own_buffers(method):
    assert child.run(child_fork.own_buffers, method)[0] == "0 1\n"


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_buffer_is_not_sent_to_a_process(method):
    assert child.run(child_fork.not_sent, method)[0] == "TypeError\n"


def test_a_buffer_inherited_by_multiprocessing_is_refused():
    assert child.run(child_fork.inherited)[0] == "0\n"


def test_a_descriptor_takes_a_secret_to_a_process():
    assert child.run(child_fork.by_descriptor)[0] == "0\n"


def test_forks_while_other_threads_make_buffers():
    assert child.run(child_fork.while_threads_make_buffers, flags=["-W", "ignore"])[0] == "20\n"
