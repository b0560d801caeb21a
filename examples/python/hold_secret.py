# SPDX-License-Identifier: MIT OR Apache-2.0
"""The main job: a secret goes from a file or a pipe straight into locked memory, is used there, and is gone afterwards.

    hold_secret.py FILE
    some-command | hold_secret.py

Exit code: 0 when all that is claimed was seen, 1 when not, 3 when the input was empty.
"""
import sys

from osmemlock import LockedBuffer, _look  # _look is for the proof; a program that only holds a secret needs none of it

SHORTEST = 8  # anything shorter may well be found by chance

PROTECTIONS = (
    ("locked", "locked in RAM", "lo"),
    ("nodump", "left out of core dumps", "dd"),
    ("wipeonfork", "zeros in a forked child", "wf"),
)


def read_secret() -> LockedBuffer:
    if len(sys.argv) > 1:
        return LockedBuffer.from_file(sys.argv[1], trim_newline=True)
    return LockedBuffer.from_fd(sys.stdin, trim_newline=True)


def checksum(secret: LockedBuffer) -> int:
    """Stands for the real use. It works on the bytes where they lie: a copy would be a second secret to look after (FNV-1a)."""
    result = 2166136261
    for index in range(len(secret)):
        result = (result ^ secret[index]) * 16777619 % 2**32
    return result


def show_protections(secret: LockedBuffer) -> bool:
    """Says what the library reports, and what the kernel says about the very page. Both must agree."""
    library, kernel = secret.protections, _look.flags(_look.address(secret))
    for name, words, flag in PROTECTIONS:
        print(f"  {words:24} library: {'yes' if name in library else 'no':3}  kernel: {'yes' if flag in kernel else 'no':3} (flag {flag})")
    return all(name in library and flag in kernel for name, _, flag in PROTECTIONS)


def hold(secret: LockedBuffer) -> bool:
    with secret:
        print(f"a secret of {len(secret)} bytes, checksum {checksum(secret):08x}")
        if not show_protections(secret):
            print("not every protection holds", file=sys.stderr)
            return False
        if len(secret) < SHORTEST:
            print(f"too short to search for: give it {SHORTEST} bytes or more")
            return True
        pattern = _look.Pattern(secret)
        before = pattern.count()
    after = pattern.count()
    print(f"copies in this process: {before} while held, {after} after close")
    return (before, after) == (1, 0)


def main() -> int:
    try:
        secret = read_secret()
    except (OSError, ValueError) as error:
        print(f"cannot read the secret: {error}", file=sys.stderr)
        return 3 if getattr(error, "code", "") == "OSML_EEMPTY" else 1
    return 0 if hold(secret) else 1


if __name__ == "__main__":
    sys.exit(main())
