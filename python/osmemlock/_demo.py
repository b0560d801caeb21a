# SPDX-License-Identifier: MIT OR Apache-2.0
"""The main job with its proof: a secret goes from a pipe into locked memory, is used there, and is gone afterwards."""
import hmac
import subprocess
import sys

from osmemlock import LockedBuffer, _look, wipe

HELP = "hold a secret, and prove from /proc that it is protected while held and gone afterwards"
EXIT_STATUS = "exit status: 0 when all that is claimed was seen, 1 when not"

# A process of its own makes the secret, so that this one never has it but in the buffer.
SOURCE = "import secrets, sys; sys.stdout.write(secrets.token_hex(24))"

# The library's word, the kernel's word in VmFlags (proc(5)), and what they mean.
PROTECTIONS = (
    ("locked", "lo", "locked in RAM, never in swap"),
    ("nodump", "dd", "left out of core dumps"),
    ("wipeonfork", "wf", "zeros in a forked child"),
)


def main() -> int:
    try:
        seen = _demo()
    except BrokenPipeError:
        raise  # the reader of the output has gone, as `head` does
    except OSError as error:
        print(f"cannot hold a secret: {error}", file=sys.stderr)
        return 1
    print("all as claimed" if seen else "NOT all as claimed")
    return 0 if seen else 1


def _demo() -> bool:
    # When there is no room for a buffer the source finds its pipe closed, which it would say too.
    with subprocess.Popen([sys.executable, "-I", "-c", SOURCE], bufsize=0, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as source:
        assert source.stdout is not None
        secret = LockedBuffer.from_fd(source.stdout)
    with secret:
        print(f"1. a secret of {len(secret)} bytes came through a pipe straight into a locked buffer")
        print("2. used in hmac.digest():", hmac.digest(secret, b"message", "sha256").hex()[:16], "...")
        protected = _show_protections(secret)
        pattern = _look.Pattern(secret)
        print("4. this process's memory is searched for it, all of /proc/self/mem:")
        found = [_count("while it is held", pattern), _count_control(secret, pattern)]
    found.append(_count("after close", pattern))
    return protected and found == [1, 2, 0]


def _show_protections(secret: LockedBuffer) -> bool:
    library, kernel = secret.protections, _look.flags(_look.address(secret))
    print("3. protected, says the library, and what the kernel says of the page (VmFlags in /proc/self/smaps):")
    for name, flag, words in PROTECTIONS:
        print(f"   {words:30} library: {'yes' if name in library else 'NO':3}  kernel: {'yes' if flag in kernel else 'NO':3} (flag {flag})")
    return all(name in library and flag in kernel for name, flag, _ in PROTECTIONS)


def _count(when: str, pattern: _look.Pattern) -> int:
    copies = pattern.count()
    print(f"   {when:30} {copies} {'copy' if copies == 1 else 'copies'}")
    return copies


def _count_control(secret: LockedBuffer, pattern: _look.Pattern) -> int:
    """The search must be able to find what somebody left lying about, or finding nothing would mean nothing."""
    control = bytearray(len(secret))
    for index in range(len(secret)):
        control[index] = secret[index]
    copies = _count("with a copy left on purpose", pattern)
    wipe(control)
    return copies
