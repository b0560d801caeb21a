# SPDX-License-Identifier: MIT OR Apache-2.0
"""Ten thousand rounds of everything leave no reference, no block, no lock and no descriptor behind.

They are done in stretches, and the one that grew least is looked at: a leak grows in each, while what the interpreter caches is full after
some (subprocess alone, without us, gains up to 170 blocks in 200 rounds, and then none).
"""
import child
import child_counts
import pytest


def counted(name):
    blocks, references, state = child.run(child_counts.count, name, flags=["-W", "ignore"])[0].splitlines()
    return int(blocks), int(references), state


def stretch(name):
    """Rounds in a stretch: a leak is at least as many blocks."""
    rare = child_counts.ROUNDS[name] in child_counts.RARE
    return (child_counts.FEW if rare else child_counts.MANY) // child_counts.STRETCHES


@pytest.mark.parametrize("name", child_counts.ROUNDS)
def test_counts_are_flat(name):
    blocks, references, state = counted(name)
    assert blocks < stretch(name) / 2
    assert references < stretch(name) / 2
    assert state == "same"


def test_control_a_leak_of_one_block_a_round_is_seen():
    blocks, _, state = counted("control")
    assert blocks >= child_counts.MANY // child_counts.STRETCHES - 100
    assert state == "same"
