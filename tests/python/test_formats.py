# SPDX-License-Identifier: MIT OR Apache-2.0
"""tests/formats/formats.tsv: each file of a secret gives it, or is refused with a reason (audit P9)."""
import contextlib
import pathlib
import re

import pytest

from osmemlock import LockedBuffer

TABLE = pathlib.Path(__file__).parent.parent / "formats" / "formats.tsv"
FLAGS = {"trim_newline", "trim_space", "first_line", "allow_empty"}
ROWS = [line.split("\t") for line in TABLE.read_text().splitlines() if not line.startswith("#")]


def unescape(text):
    text = re.sub(r"\\(x[0-9a-f]{2}|.)", lambda found: chr({"n": 10, "r": 13, "t": 9, "\\": 92}.get(found[1]) or int(found[1][1:], 16)), text)
    return text.encode("latin-1")


def content_of(field):
    many = re.fullmatch(r"(\d+)\*(.+)", field)
    return int(many[1]) * unescape(many[2]) if many else unescape(field)


def without(key, text):
    parts = key.split(text)
    try:
        return LockedBuffer.join(parts)
    finally:
        for part in parts:
            part.close()


def cut(key, verb, text):
    at = key.find(text)
    assert at >= 0
    return key.slice(0, at) if verb == "before" else key.slice(at + (len(text) if verb == "after" else 0))


def done(key, step):
    """Takes the buffer, and gives one."""
    verb, _, text = step.partition(":")
    with contextlib.ExitStack() as kept:
        kept.enter_context(key)
        if verb == "decode":
            getattr(key, f"decode_{text}")()
            kept.pop_all()
            return key
        return without(key, unescape(text)) if verb == "without" else cut(key, verb, unescape(text))


@pytest.mark.parametrize("content, steps, secret", [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_file_gives_its_secret_or_a_reason(tmp_path, content, steps, secret):
    path = tmp_path / "secret"
    path.write_bytes(content_of(content))
    steps = steps.split()
    flags = {step: True for step in steps if step in FLAGS}

    def load():
        key = LockedBuffer.from_file(path, max=1 << 20, **flags)
        for step in steps[len(flags):]:
            key = done(key, step)
        return key

    if secret.startswith("!"):
        code, _, reason = secret[1:].partition(" ")
        with pytest.raises(ValueError) as caught:
            load()
        assert caught.value.code == code
        assert reason in str(caught.value)
        return
    with load() as key:
        assert memoryview(key) == (path.read_bytes() if secret == "=" else unescape(secret))


def test_all_samples_are_there():
    assert len(ROWS) >= 63
