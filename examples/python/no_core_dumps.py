# SPDX-License-Identifier: MIT OR Apache-2.0
"""Switches core dumps off for the time that they would hurt, and hardens the process for good."""
import resource
import sys

from osmemlock import disable_core_dumps_with_guard, harden


def show(when: str) -> None:
    soft, _ = resource.getrlimit(resource.RLIMIT_CORE)
    print(f"{when:26} {'unlimited' if soft == resource.RLIM_INFINITY else f'{soft} bytes'}")


def main() -> int:
    # A shell often has 0 already; then there would be nothing to see.
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    show("core dumps may have:")
    with disable_core_dumps_with_guard():
        show("under the guard:")
    show("the guard is gone:")

    # A dump that is piped to a handler, as systemd does, ignores the limit. The second step stops that too.
    steps = harden()
    show("hardened for good:")
    print(f"core limit: {'refused' if steps['core_limit'] else 'done'}, undumpable: {'refused' if steps['undumpable'] else 'done'}")
    for step, error in steps.items():
        if error is not None:
            print(f"not every step could be had: {step}: {error}", file=sys.stderr)
    return 1 if any(steps.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
