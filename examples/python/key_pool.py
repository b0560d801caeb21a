# SPDX-License-Identifier: MIT OR Apache-2.0
"""Ten thousand keys at once. Small buffers share locked pages, so that the quota on locked memory (`ulimit -l`) goes a long way."""
import sys
from contextlib import ExitStack

from osmemlock import LockedBuffer, LockLimitError, info

KEYS = 10000
KEY_LEN = 32


def show_quota() -> None:
    quota = info().get("lock_limit_soft")
    print("the quota of this process:", "none" if quota is None else f"{quota // 1024} KiB")


def hold_keys() -> None:
    with ExitStack() as keys:
        for _ in range(KEYS):
            keys.enter_context(LockedBuffer.random(KEY_LEN))
        facts = info()
        print(f"{facts['live_buffers']} keys of {KEY_LEN} bytes are alive, {facts['library_locked_bytes'] // 1024} KiB are locked for them")
        print(f"with a page for each key it would be {KEYS * facts['page_size'] // 1024} KiB")


def main() -> int:
    show_quota()
    try:
        hold_keys()
    except LockLimitError as error:
        print(f"cannot make ten thousand keys: {error}", file=sys.stderr)
        return 1
    finally:
        print(f"after close: {info()['live_buffers']} keys")
    return 0


if __name__ == "__main__":
    sys.exit(main())
