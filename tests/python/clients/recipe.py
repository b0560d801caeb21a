# SPDX-License-Identifier: MIT OR Apache-2.0
"""The answer to pyca/cryptography issue 8425: a key and a plaintext that are never in a Python object but the two buffers."""
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from osmemlock import LockedBuffer


def unseal(key_fd, sealed_fd, nonce, use):
    sealed = os.read(sealed_fd, 65536)
    with LockedBuffer.from_fd(key_fd) as key, LockedBuffer(len(sealed) - 16) as plain:
        AESGCM(key).decrypt_into(nonce, sealed, None, plain)
        return use(plain)
