# SPDX-License-Identifier: MIT OR Apache-2.0
"""What `mypy --strict` accepts with the plugin of typed.ini, and not without it; nothing here is run (audit L4)."""
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from osmemlock import LockedBuffer


def use(fd: int, nonce: bytes, sealed: bytes) -> None:
    with LockedBuffer.from_fd(fd, trim_newline=True) as key, LockedBuffer(len(sealed) - 16) as plain:
        AESGCM(key).decrypt_into(nonce, sealed, None, plain)
        HMAC(key, SHA256()).update(plain)
