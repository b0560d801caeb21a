# SPDX-License-Identifier: MIT OR Apache-2.0
"""
What `mypy --strict` accepts; nothing here is run (audit L4). pyca/cryptography's stubs name bytes, bytearray and memoryview where they mean any buffer,
and no class can be one of those without being a subclass: `key[:]` is a memoryview, of the same bytes.
"""
import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from osmemlock import LockedBuffer, locked_heap


def use(fd: int, nonce: bytes, sealed: bytes) -> bytes:
    with LockedBuffer.from_fd(fd, trim_newline=True) as key, LockedBuffer(len(sealed) - 16, fork="keep") as plain:
        AESGCM(key[:]).decrypt_into(nonce, sealed, None, plain[:])
        HMAC(key[:], SHA256()).update(plain[:])
        os.write(fd, plain)
        first: int = key[0]
        with key.expose_bytes() as data, key.expose_str() as text, locked_heap():
            print(len(data), len(text), first)
        return hmac.digest(key, hashlib.sha256(plain).digest(), "sha256")
