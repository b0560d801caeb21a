# SPDX-License-Identifier: MIT OR Apache-2.0
"""What is usually done with secrets in Python, measured in the same way, so that the table shows the difference."""
import base64
import getpass
import hmac
import json
import os
import subprocess
from multiprocessing.connection import Connection

from client import CONTRAST, MESSAGE, NONCE, SALT, Client, fingerprint, second_fingerprint, second_secret, secret_fingerprint


def bytes_of(key, channel):
    return fingerprint(bytes(key))


def bytearray_of(key, channel):
    return fingerprint(bytearray(key))


def text_of(key, channel):
    text = str(key, "ascii")
    return str(text.isascii()).encode()


def json_dumps(key, channel):
    return str(len(json.dumps({"key": str(key, "ascii")}))).encode()


def open_read(key, channel):
    with open(channel.path, encoding="ascii") as file:
        return fingerprint(file.read().encode())


def open_read_binary(key, channel):
    with open(channel.path, "rb") as file:
        return fingerprint(file.read())


def buffered_readinto(key, channel):
    with open(channel.path, "rb") as file:
        file.readinto(key)
    return fingerprint(key)


def get_password(key, channel):
    return fingerprint(getpass.getpass().encode())


def environ(key, channel):
    return fingerprint(os.environ.pop("SECRET").encode())


def check_output(key, channel):
    return fingerprint(subprocess.check_output(["cat", channel.path]))


def receive(key, channel):
    return fingerprint(channel.socket.recv(32))


def base64_decode(key, channel):
    return fingerprint(base64.b64decode(channel.socket.recv(44)))


def hmac_new(key, channel):
    return hmac.new(bytes(key), MESSAGE, "sha256").digest()


def send_bytes(key, channel):
    with Connection(os.dup(channel.socket.fileno())) as connection:
        connection.send_bytes(key)


def buffered_write(key, channel):
    with open(os.dup(channel.socket.fileno()), "wb") as file:
        file.write(key)


def ctypes_raw(key, channel):
    import ctypes

    return fingerprint((ctypes.c_char * len(key)).from_buffer(key).raw)


def numpy_copy(key, channel):
    import numpy

    return fingerprint(numpy.frombuffer(key, dtype=numpy.uint8).copy())


def aesgcm_decrypt(key, channel):
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return fingerprint(AESGCM(key).decrypt(NONCE, channel.socket.recv(48), None))


def aesgcm_sealed(secret, other):
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(secret).encrypt(NONCE, other, None)


def fernet(key, channel):
    from cryptography.fernet import Fernet

    return Fernet(base64.urlsafe_b64encode(key)).decrypt(channel.socket.recv(200))


def fernet_sealed(secret, other):
    from cryptography.fernet import Fernet

    return Fernet(base64.urlsafe_b64encode(secret)).encrypt(MESSAGE)


def secret_box(key, channel):
    from nacl.secret import SecretBox

    return bytes(SecretBox(bytes(key)).encrypt(MESSAGE, NONCE * 2))


def secret_boxed(secret, other):
    from nacl.secret import SecretBox

    return bytes(SecretBox(secret).encrypt(MESSAGE, NONCE * 2))


def refused_by_secret_box(key):
    from nacl.secret import SecretBox

    return SecretBox(key)


def argon2(key, channel):
    return argon2_of(bytes(key))


def argon2_of(secret):
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(secret, SALT, time_cost=1, memory_cost=64, parallelism=1, hash_len=32, type=Type.ID)


def contrast(name, use, answer=secret_fingerprint, **rest):
    return Client(name, use, answer, kind=CONTRAST, **rest)


CONTRASTS = (
    contrast("bytes(key)", bytes_of, note="also key.tobytes() of a view, and any slice of a bytes or mmap object"),
    contrast("bytearray(key), not wiped", bytearray_of),
    contrast("str(key, 'ascii')", text_of, lambda secret, other: b"True"),
    contrast("json.dumps({'key': text})", json_dumps, lambda secret, other: b"43"),
    contrast("open(path).read()", open_read, reads=True),
    contrast("open(path, 'rb').read()", open_read_binary, reads=True),
    contrast("open(path, 'rb').readinto(key)", buffered_readinto, reads=True, note="use buffering=0"),
    contrast("getpass.getpass()", get_password, reads=True, typed=True),
    contrast("os.environ.pop('SECRET')", environ, reads=True, inherited=True),
    contrast("subprocess.check_output()", check_output, reads=True),
    contrast("socket.recv(32)", receive, reads=True),
    contrast("base64.b64decode(text)", base64_decode, second_fingerprint, given=lambda secret, other: base64.b64encode(other),
             also=second_secret, note="key.decode_base64() decodes in place"),
    contrast("hmac.new(bytes(key), ...)", hmac_new, lambda secret, other: hmac.digest(secret, MESSAGE, "sha256"),
             refuses=lambda key: hmac.new(key, MESSAGE, "sha256"), note="use hmac.digest()"),
    contrast("multiprocessing Connection.send_bytes(key)", send_bytes, lambda secret, other: len(secret).to_bytes(4, "big") + secret),
    contrast("open(fd, 'wb').write(key)", buffered_write, lambda secret, other: secret, note="use buffering=0 or os.write()"),
    contrast("ctypes array .raw", ctypes_raw),
    contrast("numpy.frombuffer(key).copy()", numpy_copy, modules=("numpy",)),
    contrast("AESGCM(key).decrypt(nonce, sealed)", aesgcm_decrypt, second_fingerprint, modules=("cryptography",), given=aesgcm_sealed,
             also=second_secret, note="the plaintext is a bytes object"),
    contrast("Fernet(base64.urlsafe_b64encode(key))", fernet, lambda secret, other: MESSAGE, modules=("cryptography",),
             given=fernet_sealed),
    contrast("nacl SecretBox(bytes(key))", secret_box, secret_boxed, modules=("nacl",), refuses=refused_by_secret_box),
    contrast("argon2-cffi hash_secret_raw(bytes(key))", argon2, lambda secret, other: argon2_of(secret), modules=("argon2",),
             refuses=argon2_of, note="use cryptography's Argon2id.derive_into()"),
)
