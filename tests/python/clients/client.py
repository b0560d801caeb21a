# SPDX-License-Identifier: MIT OR Apache-2.0
"""What a client is: one way to put a secret into, or get it out of, a program, with the result that it must have."""
import hmac
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MESSAGE = b"a message that everybody may read"
SALT = b"sixteen byte salt"[:16]
NONCE = b"twelve bytes"
# Objects that a client wants to be alive while its process is searched.
ALIVE: list[Any] = []

RECOMMENDED = "recommended"
CONTRAST = "contrast"
Answer = Callable[[bytes, bytes], bytes]


@dataclass(frozen=True)
class Channel:
    """What a client has besides its buffer: a socket to the parent, and a file that holds the secret."""

    socket: socket.socket
    path: str


@dataclass(frozen=True)
class Client:
    """
    `use` gets an open LockedBuffer of 32 bytes and a channel, and returns a result that need not be kept secret. None means that the result
    is what the parent received on the socket. `answer` computes the same from plain bytes. The parent sends the secret and, behind it, what
    `given` makes. Secrets that the client makes itself are named by `also`. All three are functions of the secret and of a second one.
    """

    name: str
    use: Callable[[Any, Channel], bytes | None]
    answer: Answer
    modules: tuple[str, ...] = ()
    kind: str = RECOMMENDED
    reads: bool = False  # the buffer is empty at first: the client itself fetches the secret
    typed: bool = False  # the secret is typed at the terminal
    inherited: bool = False  # the secret is in the environment variable SECRET
    given: Answer | None = None
    also: Answer | None = None
    refuses: Callable[[Any], Any] | None = None  # how it would be called with our buffer, which ends in TypeError
    has: str = ""  # "module:Class.method" that an older release lacks
    most: int = 0  # copies that a recommended client is known to leave behind
    note: str = ""


def fingerprint(buffer: Any) -> bytes:
    """Tells what a buffer holds without telling it. That this call leaves no copy behind is measured under its own name."""
    return hmac.digest(buffer, b"fingerprint", "sha256")


def elsewhere(name: str, answer: Answer, **rest: Any) -> Client:
    """A client of another language: what it does stands in that language."""
    return Client(name, lambda key, channel: None, answer, **rest)


def plain(function: Callable[[bytes], bytes]) -> Answer:
    return lambda secret, other: function(secret)


def secret_itself(secret: bytes, other: bytes) -> bytes:
    return secret


def secret_fingerprint(secret: bytes, other: bytes) -> bytes:
    return fingerprint(secret)


def second_secret(secret: bytes, other: bytes) -> bytes:
    return other


def second_fingerprint(secret: bytes, other: bytes) -> bytes:
    return fingerprint(other)
