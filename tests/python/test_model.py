# SPDX-License-Identifier: MIT OR Apache-2.0
"""Random histories of a buffer, each step compared with a bytearray: bytes, length, pins, access and the end."""
import base64
import re

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from osmemlock import LockedBuffer

BOUND = 12
positions = st.integers(-BOUND - 3, BOUND + 3)
slices = st.slices(BOUND)


class BufferHistory(RuleBasedStateMachine):
    """`model` is what the bytes should be; `access` is None for an ordinary buffer; `views` has each view with the slice that it shows."""

    @initialize(data=st.binary(max_size=BOUND), guarded=st.booleans())
    def make(self, data, guarded):
        self.key = LockedBuffer.from_bytes(data, guarded=guarded)
        self.model = bytearray(data)
        self.access = "readwrite" if guarded else None
        self.closed = False
        self.views = []

    def refusal(self, writing=False):
        """The exception that any use must bring now; None: it must work."""
        if self.closed:
            return ValueError
        if self.access == "none" or (writing and self.access == "read"):
            return BufferError
        return None

    def expect(self, use, writing=False):
        refusal = self.refusal(writing)
        if refusal is None:
            return use()
        with pytest.raises(refusal):
            use()
        return None

    @rule(position=positions)
    def read_a_byte(self, position):
        if self.refusal() is None and not -len(self.model) <= position < len(self.model):
            with pytest.raises(IndexError):
                self.key[position]
        elif self.refusal() or -len(self.model) <= position < len(self.model):
            self.expect_position(lambda: self.key[position], position)

    def expect_position(self, use, position, writing=False):
        if self.refusal(writing):
            with pytest.raises((self.refusal(writing), IndexError)):
                use()
        else:
            value = use()
            assert writing or value == self.model[position]

    @rule(position=positions, value=st.integers(0, 255))
    def write_a_byte(self, position, value):
        inside = -len(self.model) <= position < len(self.model)
        if inside:
            self.expect_position(lambda: self.key.__setitem__(position, value), position, writing=True)
            if self.refusal(writing=True) is None:
                self.model[position] = value
        else:
            with pytest.raises((IndexError, ValueError, BufferError)):
                self.key[position] = value

    @rule(part=slices)
    def take_a_view(self, part):
        view = self.expect(lambda: self.key[part])
        if view is not None:
            self.views.append((view, part))

    @rule(part=slices, data=st.data())
    def write_a_slice(self, part, data):
        old = self.model[part]
        new = data.draw(st.binary(min_size=len(old), max_size=len(old)))
        if self.refusal(writing=True) or part.step not in (None, 1):
            with pytest.raises((ValueError, BufferError)):
                self.key[part] = new
        else:
            self.key[part] = new
            self.model[part] = new

    @precondition(lambda self: self.views)
    @rule(data=st.data())
    def release_a_view(self, data):
        view, _ = self.views.pop(data.draw(st.integers(0, len(self.views) - 1)))
        view.release()

    @precondition(lambda self: self.views and self.access != "read")
    @rule(data=st.data(), value=st.integers(0, 255))
    def write_through_a_view(self, data, value):
        view, part = self.views[data.draw(st.integers(0, len(self.views) - 1))]
        if len(view) and not self.closed:
            view[0] = value
            self.model[range(len(self.model))[part][0]] = value

    @rule()
    def wipe(self):
        self.expect(self.key.wipe, writing=True)
        if self.refusal(writing=True) is None:
            self.model[:] = bytes(len(self.model))

    @rule(access=st.sampled_from(["none", "read", "readwrite"]))
    def protect(self, access):
        if self.closed:
            with pytest.raises(ValueError):
                self.key.protect(access)
        elif self.views:
            with pytest.raises(BufferError):
                self.key.protect(access)
        elif self.access is None:
            with pytest.raises(OSError, match="."):
                self.key.protect(access)
        else:
            self.key.protect(access)
            self.access = access

    @rule(text=st.binary(max_size=BOUND // 2).map(lambda data: data.hex().encode()))
    def write_hex_text(self, text):
        self.write_text(text)

    @rule(text=st.binary(max_size=BOUND // 2).map(base64.b64encode))
    def write_base64_text(self, text):
        self.write_text(text)

    def write_text(self, text):
        """So that there is something to decode; zeros, which are no text, fill the rest."""
        if self.refusal(writing=True) is None:
            self.model[:] = text[:len(self.model)].ljust(len(self.model), b"\0")
            self.key[:] = self.model

    @rule()
    def decode_hex(self):
        digits = re.sub(rb"[\t-\r :-]", b"", re.sub(rb"^[\t-\r :-]*0[xX]", b"", bytes(self.model)))
        pairs = re.fullmatch(rb"([0-9A-Fa-f]{2})*", digits)
        self.decode(self.key.decode_hex, bytes.fromhex(digits.decode("ascii")) if pairs else None)

    @rule()
    def decode_base64(self):
        """Text as Python writes it must be taken. Of the rest much is taken too (no padding, the other alphabet), which the core tests."""
        try:
            data = base64.b64decode(bytes(self.model), validate=True)
        except ValueError:
            return
        if base64.b64encode(data) == self.model:
            self.decode(self.key.decode_base64, data)

    def decode(self, decode, data):
        """`data` is what must come out; None: it must be refused."""
        if self.refusal(writing=True) or self.views or data is None:
            with pytest.raises((ValueError, BufferError)):
                decode()
        else:
            decode()
            self.model = bytearray(data)

    @rule()
    def compare(self):
        if self.refusal() is None:
            assert self.key == self.model
            assert self.key != self.model + b"x"

    @rule()
    def close(self):
        self.key.close()
        self.closed = True

    @precondition(lambda self: not self.closed)
    @rule()
    def leave_a_scope_by_an_error(self):
        error = LookupError("mine")
        with pytest.raises(LookupError) as caught, self.key:
            raise error
        assert caught.value is error
        self.closed = True

    @invariant()
    def state_is_told(self):
        if not hasattr(self, "key"):
            return
        assert self.key.closed == self.closed
        assert bool(self.key) == (not self.closed and len(self.model) > 0)
        assert self.key.pins == len(self.views)

    @invariant()
    def views_show_the_bytes_and_zeros_after_the_end(self):
        if not hasattr(self, "key"):
            return
        shown = bytes(len(self.model)) if self.closed else self.model
        for view, part in self.views:
            assert view.tolist() == list(shown[part])

    def teardown(self):
        if hasattr(self, "key"):
            self.key.close()


TestBufferHistory = BufferHistory.TestCase
TestBufferHistory.settings = settings(max_examples=100, stateful_step_count=30)
