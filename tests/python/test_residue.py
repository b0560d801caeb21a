# SPDX-License-Identifier: MIT OR Apache-2.0
"""After the end of a buffer no copy of its secret is anywhere in the process, not even a quarter of one; while it is open there is one
copy, which the search must find. The process is searched from outside.

LD_BIND_NOW, because the lazy binding of the interpreter's own calls spills registers to the stack (E6).
"""
import base64

import child
import child_residue
import pytest
import scan
import terminal

import osmemlock

ENVIRONMENT = {"LD_BIND_NOW": "1"}
ONE_COPY = 4


def encoded(form, secret):
    return {"hex": secret.hex().encode(), "base64": base64.b64encode(secret)}.get(form, secret)


def steps_of(source, end, secret, tmp_path):
    """How many quarters are found while the buffer is open, and after its end."""
    path = tmp_path / "secret"
    path.write_bytes(encoded(source, secret))
    with child.Victim(child_residue.hold, source, end, str(path), env=ENVIRONMENT) as victim:
        victim.await_step("open")
        while_open = scan.quarters(victim.pid, secret)
        victim.go_on()
        victim.await_step("ended")
        after = scan.quarters(victim.pid, secret)
        victim.go_on()
    return while_open, after


@pytest.mark.parametrize("source", child_residue.CLEAN)
def test_nothing_is_left_after_close(source, tmp_path):
    while_open, after = steps_of(source, "close", scan.new_secret(), tmp_path)
    assert while_open == ONE_COPY
    assert after == 0


@pytest.mark.parametrize("end", child_residue.ENDS)
def test_nothing_is_left_after_any_end(end, tmp_path):
    while_open, after = steps_of("file", end, scan.new_secret(), tmp_path)
    assert while_open == ONE_COPY
    assert after == 0


@pytest.mark.parametrize("use", child_residue.USES)
def test_a_use_of_the_buffer_copies_nothing(use, tmp_path):
    while_open, after = steps_of("file", use, scan.new_secret(), tmp_path)
    assert while_open == ONE_COPY
    assert after == 0


@pytest.mark.parametrize("source", child_residue.CARELESS)
def test_control_a_careless_reader_leaves_copies(source, tmp_path):
    _, after = steps_of(source, "close", scan.new_secret(), tmp_path)
    assert after >= ONE_COPY


def test_nothing_is_left_of_an_input_that_was_too_long(tmp_path):
    secret = scan.new_secret()
    path = tmp_path / "secret"
    path.write_bytes(secret + b"x" * 100)
    with child.Victim(child_residue.refused, str(path), env=ENVIRONMENT) as victim:
        victim.await_step("refused")
        assert scan.quarters(victim.pid, secret) == 0
        victim.go_on()


def test_nothing_is_left_of_what_was_typed():
    secret = scan.new_secret()
    with terminal.Dialogue(child_residue.prompt, env=ENVIRONMENT) as person:
        person.see(b"Password: ")
        person.type(secret + b"\n")
        assert person.process.stdout.readline() == "open\n"
        assert scan.quarters(person.process.pid, secret) == ONE_COPY
        person.process.stdin.write("\n")
        person.process.stdin.flush()
        assert person.process.stdout.readline() == "ended\n"
        assert scan.quarters(person.process.pid, secret) == 0
        person.process.stdin.write("\n")
        person.process.stdin.flush()


@pytest.mark.skipif("secretmem" not in osmemlock.info()["supported_protections"], reason="this kernel offers no memfd_secret(2)")
def test_a_secretmem_buffer_cannot_be_read_from_outside_even_while_it_is_open(tmp_path):
    assert steps_of("secretmem", "close", scan.new_secret(), tmp_path) == (0, 0)
