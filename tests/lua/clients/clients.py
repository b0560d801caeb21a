# SPDX-License-Identifier: MIT OR Apache-2.0
"""The clients of Lua: what each must answer, and what may be left. What they do is in victim.lua."""
import hashlib
import hmac
import json
import sys
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "python" / "clients"))

from client import CONTRAST, MESSAGE, plain, secret_fingerprint, secret_itself
from client import elsewhere as made

SALT = b"sixteen byte salt"
NONCE = b"twelve bytes"
EXPOSED = "the string of `expose` is an ordinary one before Lua 5.5"


def fingerprint_of(function):
    return lambda secret, other: hmac.digest(function(secret), b"fingerprint", "sha256")


def hkdf(secret):
    return hmac.digest(hmac.digest(SALT, secret, "sha256"), b"\1", "sha256")


def polynomial(secret):
    total = 0
    for byte in secret:
        total = (total * 31 + byte) % 2**32
    return str(total).encode()


def aead(name, **arguments):
    def answer(secret, other):
        from cryptography.hazmat.primitives.ciphers import aead as ciphers

        return getattr(ciphers, name)(arguments.get("key", secret)).encrypt(NONCE, arguments.get("plaintext", secret), None)

    return answer


def ctr(secret, other):
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    return Cipher(algorithms.AES(secret), modes.CTR(bytes(16))).encryptor().update(b"hello")


def derived(secret, other):
    return hkdf(secret)


def stretched(secret, other):
    return hashlib.pbkdf2_hmac("sha256", secret, SALT, 1000)


GROUPS = {
    "In": (
        made("osmemlock.from_fd", secret_fingerprint, reads=True),
        made("osmemlock.from_file", secret_fingerprint, reads=True),
        made("osmemlock.from_fd(io.popen(command))", secret_fingerprint, reads=True),
    ),
    "Computing": (
        made("crypto.hmac", plain(lambda secret: hmac.digest(secret, MESSAGE, "sha256"))),
        made("crypto.hmac_verify", plain(lambda secret: b"true")),
        made("crypto.digest", plain(lambda secret: hashlib.sha256(secret).digest())),
        made("crypto.hkdf", fingerprint_of(hkdf), also=derived),
        made("crypto.pbkdf2", fingerprint_of(lambda secret: stretched(secret, b"")), also=stretched),
        made("crypto.seal (AES-GCM), as key", aead("AESGCM", plaintext=b"hello"), modules=("cryptography",)),
        made("crypto.seal (ChaCha20-Poly1305), as plaintext", aead("ChaCha20Poly1305", key=bytes(32)), modules=("cryptography",)),
        made("crypto.open (AES-GCM)", secret_fingerprint),
        made("b == other, b:equal(other)", plain(lambda secret: b"true")),
        made("osmemlock.join, b:sub, b:find", secret_fingerprint),
        made("b:encode, b:decode", secret_fingerprint),
        made("b:byte(i), each", plain(polynomial)),
    ),
    "Out": (made("b:write_fd(fd)", secret_itself),),
    "For contrast": (
        made("io.open(path):read('a')", secret_fingerprint, kind=CONTRAST, reads=True),
        made("io.popen(command):read('a')", secret_fingerprint, kind=CONTRAST, reads=True),
        made("expose, and the string is kept", secret_itself, kind=CONTRAST, note=EXPOSED),
        made("table.concat of b:byte(...)", secret_itself, kind=CONTRAST),
        made("('Bearer ' .. s):upper():match(...)", plain(bytes.upper), kind=CONTRAST, note=EXPOSED),
        made("io.open(...):write(s)", secret_itself, kind=CONTRAST, note=EXPOSED),
        made("luaossl hmac.new(s)", plain(lambda secret: hmac.digest(secret, MESSAGE, "sha256")), kind=CONTRAST, has="openssl.hmac"),
        made("luaossl cipher.new('aes-256-ctr'):encrypt(s)", ctr, kind=CONTRAST, has="openssl.cipher", modules=("cryptography",)),
        made("cjson.encode{s}", plain(lambda secret: json.dumps([secret.decode()]).encode()), kind=CONTRAST, has="cjson"),
        made("dkjson.encode{s}", plain(lambda secret: json.dumps([secret.decode()]).encode()), kind=CONTRAST, has="dkjson"),
        made("luasocket mime.b64(s)", plain(b64encode), kind=CONTRAST, has="mime"),
        made("luasql sqlite3, s in a statement", plain(bytes.upper), kind=CONTRAST, has="luasql.sqlite3"),
    ),
}
CLIENTS = {client.name: client for group in GROUPS.values() for client in group}


def in_the_heap(client):
    return replace(client, name=f"{client.name} in the heap")
