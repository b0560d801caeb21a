# SPDX-License-Identifier: MIT OR Apache-2.0
"""The prompt, on a pseudo-terminal: it shows its text, hides what is typed, and leaves the terminal as it was."""
import errno

import child
import child_prompt
import pytest
from terminal import Dialogue

from osmemlock import LockedBuffer

TEXT = "Passphrase: "


def ask(text=TEXT, **options):
    return Dialogue(child_prompt.ask, text, options)


def hexed(text):
    return f"typed {text.encode().hex()}\necho True\n"


def test_the_line_that_was_typed_is_in_the_buffer():
    with ask() as person:
        person.see(TEXT.encode())
        person.type(b"open sesame\n")
        assert person.told() == hexed("open sesame")


def test_echo_is_off_while_it_asks_and_on_again_after():
    with ask() as person:
        person.see(TEXT.encode())
        assert not person.echoes()
        person.type(b"open sesame\n")
        person.told()
        assert person.echoes()


def test_nothing_of_it_is_shown():
    with ask() as person:
        person.see(TEXT.encode())
        person.type(b"open sesame\n")
        person.see(b"\n")
        person.told()
        assert person.seen == TEXT.encode() + b"\r\n"


def test_the_default_text_is_password():
    with ask(text=None) as person:
        person.see(b"Password: ")
        person.type(b"x\n")
        assert person.told() == hexed("x")


def test_the_text_may_have_any_letters():
    with ask("Schlüssel für 日本: ") as person:
        person.see("Schlüssel für 日本: ".encode())
        person.type("geheimß\n".encode())
        assert person.told() == hexed("geheimß")


def test_a_typing_error_can_be_taken_back():
    with ask() as person:
        person.see(TEXT.encode())
        person.type(b"abd\x7fc\n")
        assert person.told() == hexed("abc")


def test_an_empty_line_is_no_answer():
    with ask() as person:
        person.see(TEXT.encode())
        person.type(b"\n")
        assert person.told() == "EOFError OSML_EEMPTY\necho True\n"


def test_an_empty_line_is_an_answer_where_that_is_allowed():
    with ask(allow_empty=True) as person:
        person.see(TEXT.encode())
        person.type(b"\n")
        assert person.told() == hexed("")


@pytest.mark.parametrize("allow_empty", [False, True])
def test_the_end_of_input_is_an_eoferror(allow_empty):
    with ask(allow_empty=allow_empty) as person:
        person.see(TEXT.encode())
        person.type(b"\x04")
        assert person.told() == "EOFError OSML_EEMPTY\necho True\n"


def test_white_space_after_the_answer_can_be_dropped():
    with ask(trim_space=True) as person:
        person.see(TEXT.encode())
        person.type(b"open sesame \t\n")
        assert person.told() == hexed("open sesame")


def test_a_line_that_is_too_long_is_refused_and_the_terminal_restored():
    with ask(max=3) as person:
        person.see(TEXT.encode())
        person.type(b"abcd\n")
        assert person.told() == "ValueError OSML_ETOOBIG\necho True\n"
        assert person.echoes()


def test_a_line_as_long_as_the_maximum_is_taken():
    with ask(max=3) as person:
        person.see(TEXT.encode())
        person.type(b"abc\n")
        assert person.told() == hexed("abc")


def test_control_c_is_a_keyboard_interrupt_and_the_terminal_is_restored():
    with ask() as person:
        person.see(TEXT.encode())
        person.type(b"half a sec\x03")
        assert person.told() == "KeyboardInterrupt \necho True\n"
        assert person.echoes()
        assert b"half" not in person.seen


def test_nobody_answers_in_time():
    with ask(timeout=0.1) as person:
        person.see(TEXT.encode())
        assert person.told() == "TimeoutError \necho True\n"


# Each of them begins the question anew.
def test_nobody_answers_in_time_while_signals_keep_coming():
    with Dialogue(child_prompt.ask_under_signals, TEXT, {"timeout": 0.1}) as person:
        person.see(TEXT.encode())
        assert person.told() == "TimeoutError \necho True\n"


def test_without_a_terminal_it_is_the_systems_error():
    out, _ = child.run(child_prompt.ask_without_terminal, start_new_session=True)
    assert int(out) == errno.ENXIO


@pytest.mark.parametrize("text", [None, 1, b"Password: "])
def test_the_text_must_be_text(text):
    with pytest.raises(TypeError):
        LockedBuffer.prompt(text)


def test_a_text_with_nul_is_a_value_error():
    with pytest.raises(ValueError):
        LockedBuffer.prompt("a\0b")


def test_a_prompt_trims_nothing_else():
    with pytest.raises(TypeError):
        LockedBuffer.prompt(trim_newline=True)
