# SPDX-License-Identifier: MIT OR Apache-2.0
"""A buffer that is dropped open is wiped, and told of by a ResourceWarning, as open files are."""
import warnings

import child
import child_warning
import pytest

from osmemlock import LockedBuffer, info


def test_dropping_an_open_buffer_warns_once():
    with pytest.warns(ResourceWarning) as seen:
        LockedBuffer(8)
    assert len(seen) == 1


def test_the_warning_shows_neither_content_nor_address():
    with pytest.warns(ResourceWarning) as seen:
        LockedBuffer.from_bytes(b"correct horse")
    assert "horse" not in str(seen[0].message)
    assert "0x" not in str(seen[0].message)


def test_the_warning_points_at_the_line_that_dropped_it():
    with pytest.warns(ResourceWarning) as seen:
        LockedBuffer(8)
    assert seen[0].filename == __file__


def test_a_closed_buffer_is_dropped_in_silence():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LockedBuffer(8).close()


def test_dropping_an_open_buffer_gives_it_back():
    before = info()["live_buffers"]
    with pytest.warns(ResourceWarning):
        LockedBuffer(8)
    assert info()["live_buffers"] == before


def test_the_secret_is_gone_before_the_warning_runs_any_code():
    before, seen = info()["live_buffers"], []
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = lambda *what: seen.append(info()["live_buffers"])
        key = LockedBuffer(8)
        assert info()["live_buffers"] == before + 1  # control
        del key
    assert seen == [before]


def test_an_error_that_is_under_way_survives_the_warning():
    def careless():
        key = LockedBuffer(8)
        key[0] = 1
        raise KeyError("mine")

    with pytest.warns(ResourceWarning), pytest.raises(KeyError, match="mine"):
        try:
            careless()
        except KeyError as error:
            error.__traceback__ = None
            raise


def test_a_buffer_in_a_cycle_is_collected():
    with pytest.warns(ResourceWarning):
        child_warning.cycle()


def test_a_warning_made_an_error_is_told_and_the_buffer_is_closed_all_the_same():
    out, err = child.run(child_warning.drop, flags=["-W", "error::ResourceWarning"])
    assert "ResourceWarning" in err
    assert out == "live 0\n"


@pytest.mark.parametrize("flags", [["-X", "tracemalloc=10"], ["-X", "dev"], ["-X", "dev", "-X", "tracemalloc=5"]])
def test_the_warning_is_safe_when_tracemalloc_wants_the_object(flags):
    out, err = child.run(child_warning.drop, flags=[*flags, "-W", "always"])
    assert "ResourceWarning" in err
    assert out == "live 0\n"


def test_a_hook_that_keeps_what_the_warning_brings_keeps_no_dead_object():
    out, _ = child.run(child_warning.drop_with_hoarding_hook, flags=["-X", "tracemalloc=5", "-W", "always"])
    assert out == "live 0\n"


def test_the_warning_is_off_by_default():
    _, err = child.run(child_warning.drop)
    assert "ResourceWarning" not in err
