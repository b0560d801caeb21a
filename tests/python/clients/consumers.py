# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the standard library, numpy and cffi do with the bytes of a buffer."""
import ctypes
import hashlib
import hmac
import mmap
import zlib

import osmemlock
from client import ALIVE, CONTRAST, MESSAGE, SALT, Client, fingerprint, secret_fingerprint

SCRYPT = {"salt": SALT, "n": 1024, "r": 8, "p": 1, "dklen": 32}


def hmac_digest(key, channel):
    return hmac.digest(key, MESSAGE, "sha256")


def compare_digest(key, channel):
    equal = hmac.compare_digest(key, bytes(len(key)))
    return b"equal" if equal else b"different"


def equal(key, channel):
    with osmemlock.LockedBuffer(len(key)) as other:
        other[:] = key
        return b"equal" if key == other else b"different"


def sha256(key, channel):
    return hashlib.sha256(key).digest()


def sha256_alive(key, channel):
    ALIVE.append(hashlib.sha256(key))
    return ALIVE[0].digest()


def blake2b(key, channel):
    return hashlib.blake2b(MESSAGE, key=key, digest_size=32).digest()


def pbkdf2(key, channel):
    return hashlib.pbkdf2_hmac("sha256", key, SALT, 1000)


def scrypt(key, channel):
    return hashlib.scrypt(key, **SCRYPT)


def crc32(key, channel):
    return zlib.crc32(key).to_bytes(4, "big")


def ctypes_array(key, channel):
    """The C side gets the address itself: strnlen() stands for the function of a C library that takes a key."""
    array = (ctypes.c_char * len(key)).from_buffer(key)
    strnlen = ctypes.CDLL(None).strnlen
    strnlen.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    strnlen.restype = ctypes.c_size_t
    return str(strnlen(ctypes.addressof(array), len(key))).encode()


def memoryview_slice(key, channel):
    return fingerprint(memoryview(key)[:16]) + fingerprint(key[16:])


def locked_bytearray(key, channel):
    array = bytearray(len(key))
    with osmemlock.locked(array, wipe=True) as view:
        view[:] = memoryview(key)
        return fingerprint(view)


def locked_mmap(key, channel):
    with mmap.mmap(-1, mmap.PAGESIZE) as pages:
        with osmemlock.locked(pages, wipe=True) as view, view, view[: len(key)] as part:
            part[:] = memoryview(key)
            return fingerprint(part)


def numpy_frombuffer(key, channel):
    import numpy

    return int(numpy.frombuffer(key, dtype=numpy.uint8).sum()).to_bytes(4, "big")


def numpy_write(key, channel):
    import numpy

    numpy.frombuffer(key, dtype=numpy.uint8)[:] ^= 1
    return fingerprint(key)


def cffi_from_buffer(key, channel):
    import cffi

    return fingerprint(cffi.FFI().buffer(cffi.FFI().from_buffer(key)))


def sum_of(secret, other):
    return sum(secret).to_bytes(4, "big")


def flipped(secret, other):
    return bytes(byte ^ 1 for byte in secret)


CONSUMERS = (
    Client("hmac.digest(key, ...)", hmac_digest, lambda secret, other: hmac.new(secret, MESSAGE, "sha256").digest()),
    Client("hmac.compare_digest(key, ...)", compare_digest, lambda secret, other: b"different"),
    Client("key == other", equal, lambda secret, other: b"equal"),
    Client("hashlib.sha256(key)", sha256, lambda secret, other: hashlib.sha256(secret).digest()),
    Client("hashlib.sha256(key), the object still alive", sha256_alive, lambda secret, other: hashlib.sha256(secret).digest(),
           kind=CONTRAST, note="OpenSSL holds the last incomplete block until the object goes"),
    Client("hashlib.blake2b(key=key)", blake2b, lambda secret, other: hashlib.blake2b(MESSAGE, key=secret, digest_size=32).digest()),
    Client("hashlib.pbkdf2_hmac(..., key, ...)", pbkdf2, lambda secret, other: hashlib.pbkdf2_hmac("sha256", secret, SALT, 1000)),
    Client("hashlib.scrypt(key, ...)", scrypt, lambda secret, other: hashlib.scrypt(secret, **SCRYPT)),
    Client("zlib.crc32(key)", crc32, lambda secret, other: zlib.crc32(secret).to_bytes(4, "big")),
    Client("ctypes from_buffer(key)", ctypes_array, lambda secret, other: b"32"),
    Client("memoryview(key)[:16], key[16:]", memoryview_slice, lambda secret, other: fingerprint(secret[:16]) + fingerprint(secret[16:])),
    Client("locked(bytearray, wipe=True)", locked_bytearray, secret_fingerprint),
    Client("locked(mmap, wipe=True)", locked_mmap, secret_fingerprint),
    Client("numpy.frombuffer(key)", numpy_frombuffer, sum_of, modules=("numpy",)),
    Client("numpy.frombuffer(key)[:] ^= 1", numpy_write, lambda secret, other: fingerprint(flipped(secret, other)), modules=("numpy",),
           also=flipped),
    Client("cffi from_buffer(key)", cffi_from_buffer, secret_fingerprint, modules=("cffi",)),
)
