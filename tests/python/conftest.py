# SPDX-License-Identifier: MIT OR Apache-2.0
"""What holds for every test: no buffer and no descriptor is left behind, and a warning that nobody expects is an error."""
import gc
import os
import signal
import tempfile

import procfs
import pytest
from hypothesis import settings

import osmemlock

# The same examples each time, without a time limit and without a folder of old failures: a run tells what any other would.
settings.register_profile("osmemlock", derandomize=True, deadline=None, database=None)
settings.load_profile("osmemlock")
scratch = tempfile.TemporaryDirectory()
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = scratch.name  # Not in the repository, where it would go otherwise.

if hasattr(signal, "SIGCHLD"):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # Where it is ignored, nothing is learned of a child's end.

collect_ignore_glob = ["child_*.py"]


def pytest_configure(config):
    config.addinivalue_line("filterwarnings", "error")


def held():
    return {"live buffers": osmemlock.info()["live_buffers"], "descriptors": procfs.open_fds()}


@pytest.fixture(autouse=True)
def nothing_is_left():
    before = held()
    yield
    if held() != before:
        gc.collect()  # Only then, because it takes long; an exception that was caught may hold a frame.
    assert held() == before


@pytest.fixture
def pipe():
    """A pipe: (read end, write end). The test may close either."""
    ends = os.pipe()
    yield ends
    for fd in ends:
        try:
            os.close(fd)
        except OSError:
            pass  # The test has closed it.


def pytest_terminal_summary(terminalreporter):
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        terminalreporter.write_line(f"SKIP: {report.nodeid}: {reason.removeprefix('Skipped: ')}")
