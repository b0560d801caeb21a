# SPDX-License-Identifier: MIT OR Apache-2.0
"""locked_heap(): what a script does with a secret inside the scope leaves nothing outside locked memory, and nothing afterwards (audit U8)."""
import sysconfig

import child
import child_heap
import child_interpreters
import pytest
import scan

from osmemlock import UnsupportedError, locked_heap

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))

if FREE_THREADED:

    def test_a_free_threaded_interpreter_has_no_such_allocators():
        with pytest.raises(UnsupportedError):
            locked_heap()

else:

    def found(where, tmp_path):
        """How many quarters of the secret lie outside locked memory while it is held, and anywhere afterwards."""
        path, secret = tmp_path / "secret", scan.new_secret()
        path.write_bytes(secret)
        with child.Victim(child_heap.hold, where, str(path), env={"LD_BIND_NOW": "1"}) as victim:
            victim.await_step("held")
            held = scan.quarters(victim.pid, secret, outside=True)
            victim.go_on()
            victim.await_step("gone")
            gone = scan.quarters(victim.pid, secret)
            victim.go_on()
        return held, gone

    def test_a_script_leaves_no_copy_outside_locked_memory_and_none_afterwards(tmp_path):
        assert found("heap", tmp_path) == (0, 0)

    def test_control_without_the_scope_copies_are_found(tmp_path):
        held, gone = found("plain", tmp_path)
        assert held > 0
        assert gone > 0

    @pytest.mark.parametrize(
        ("function", "told"),
        [
            (child_heap.count, "True True True 0 0\n"),
            (child_heap.nest, "True True 300\n"),
            (child_heap.other_threads, "True\n"),
            (child_heap.many_threads, "0 0\n"),
            (child_heap.exceptions, "100 [] True True\n"),
            (child_heap.fork, "True True 0\n0 True\n"),
            (child_heap.grow_what_was_made_outside, "20002 10001 100100 True 0\n"),
            (child_heap.tracing_before, "True 5 0\n"),
            (child_heap.tracing_after, "0 0 True\n"),
            (child_heap.leave_elsewhere, "True True False\n"),
            (child_heap.dropped, "ResourceWarning True\n"),
            (child_heap.left_by_a_successor, "True True\n"),
            (child_heap.outlive_to_the_end, "ends\n"),
        ],
    )
    @pytest.mark.parametrize("allocator", ["default", "malloc", "debug"])
    def test_scopes_do_what_they_promise_above_any_allocator(function, told, allocator):
        assert child.run(function, env={"PYTHONMALLOC": allocator})[0] == told

    def test_other_interpreters_have_scopes_too():
        if child_interpreters.Interpreter.module() is None:
            pytest.skip("this Python has no private module for sub-interpreters")
        assert child.run(child_heap.in_a_sub_interpreter, flags=["-W", "ignore"])[0] == "0 0\n"

    def test_past_the_limit_a_memory_error_says_what_to_type_and_the_script_goes_on():
        out = child.run(child_heap.below_a_limit)[0]
        assert out.startswith("MemoryError")
        assert "65536" in out or "64 KiB" in out
        assert out.endswith("goes on 1000\n")

    @pytest.mark.parametrize("arguments", [((1,), {}), ((), {"size": 1})])
    def test_no_argument_is_taken(arguments):
        with pytest.raises(TypeError):
            locked_heap(*arguments[0], **arguments[1])
