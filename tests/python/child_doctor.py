# SPDX-License-Identifier: MIT OR Apache-2.0
"""What test_doctor.py runs in a process of its own."""
import contextlib
import io
import json
import resource

import limits

from osmemlock import _doctor


def _run():
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        status = _doctor.main(as_json=True)
    return json.loads(out.getvalue()) | {"status": status}


def without_locks():
    limits.locked_memory(0)
    print(json.dumps(_run()))


def _state():
    with open("/proc/self/status", encoding="ascii", errors="replace") as status:
        facts = [line for line in status if line.startswith(("VmLck:", "CoreDumping:", "Seccomp:"))]
    with open("/proc/self/coredump_filter", encoding="ascii") as readable_while_dumpable:
        facts.append(readable_while_dumpable.read())
    return [*facts, resource.getrlimit(resource.RLIMIT_CORE)]


def before_and_after():
    _run()  # the pool keeps its first pages
    before = _state()
    _run()
    print(json.dumps([before, _state()]))
