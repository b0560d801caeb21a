# SPDX-License-Identifier: MIT OR Apache-2.0
"""Switches core dumps off for the time that they would hurt, and hardens the process for good."""
import resource

import osmemlock_swig as osml


def show(when):
    print(f"{when:<26} {resource.getrlimit(resource.RLIMIT_CORE)[0]}")


show("core dumps may have:")
with osml.disable_core_dumps_with_guard():
    show("under the guard:")
show("the guard is gone:")

# A dump that is piped to a handler, as systemd does, ignores the limit. The second step stops that too.
done = osml.harden(osml.HARDEN_ALL)
show("hardened for good:")
print("core limit:", bool(done & osml.HARDEN_CORE_LIMIT), "undumpable:", bool(done & osml.HARDEN_UNDUMPABLE))
