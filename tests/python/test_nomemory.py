# SPDX-License-Identifier: MIT OR Apache-2.0
"""Where the interpreter is refused one allocation, the answer is MemoryError: no crash, no half object, no buffer left open or locked."""
import child
import child_counts
import pytest

pytest.importorskip("_testcapi", reason="this interpreter comes without _testcapi, which refuses allocations")
import child_nomemory

# Starting a program is Python's own, and so is copy.copy(), in which CPython 3.11 loses a MemoryError ("error return without exception set").
ROUNDS = [name for name in child_counts.ROUNDS if name not in ("commands", "protocols")]


@pytest.mark.parametrize("name", ROUNDS)
def test_each_allocation_is_refused_once(name):
    out, _ = child.run(child_nomemory.refuse, name, flags=["-W", "ignore"])
    assert out == "refused True live 0 locked True\n"
