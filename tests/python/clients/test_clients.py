# SPDX-License-Identifier: MIT OR Apache-2.0
"""Real clients: each gives the right result, and leaves no more copies of the secret behind than the table says."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from client import RECOMMENDED
from clients import CLIENTS, missing, scoped
from exposed import EXPOSED
from measure import describe, measure, number
from osmemlock import LockedBuffer, UnsupportedError, locked_heap

SECRET = b"0123456789ABCDEFGHIJKLMNOPQRSTUV"
OTHER = b"abcdefghijklmnopqrstuvwxyz012345"
# For these two secrets. The first five and HKDF's are what `openssl dgst` and `openssl kdf` say, blake2b's is from the standard library,
# the AEADs' are from pyca/cryptography, and Argon2id's is the same from argon2-cffi.
KNOWN = {
    "LockedBuffer.from_fd": "dca77882d1331d209f4b1a971d5ecc5335aef1bb8eac0fc1b19d1510d2111be9",
    "hmac.digest(key, ...)": "b3467bb30406e182d18f76fe2749dfca0480d17d79b15733cd5e269d7d6bdbee",
    "hashlib.sha256(key)": "41ba696bc2822924f7cba0ce211bfddfe653ceb3c981255a1775bebf110bf42d",
    "hashlib.pbkdf2_hmac(..., key, ...)": "5243927dd5b31ba543255bb7d9d323974f1658d85e075a35e9e8fd27aee64579",
    "hashlib.scrypt(key, ...)": "e6467a0d501b78b324c4e3f82b584c99c5003efe67a09f318710c9d2feb3e634",
    "hashlib.blake2b(key=key)": "07a575ed53f7f75d3fd7900903eb25c5567b83abeb5253167a457f9dedbd6726",
    "AESGCM(key).encrypt(nonce, data)": (
        "729f15969341ecf099fa464a06fe54e134a44a28c3b02694bd29db653a4c7bc377f9de338702a6f1380f95e1aea6325f18"
    ),
    "ChaCha20Poly1305(key).encrypt(nonce, data)": (
        "119daea91790edb98e99efd696b6e63dfa2b3786e5131766608eed6ea3f5bd1f713b7eae4ad207c95a1188e09c033294ea"
    ),
    "argon2-cffi hash_secret_raw(bytes(key))": "ffcaea3bf336a953546e67a8c96aec8699f7acba39fb78ae40f3ecedbcff1295",
}
DERIVED = {
    "HKDF.derive_into(key, out)": "3c0222ce1866d5038257edda72581f01b26842922d2a5e9c33506a223495dcd1",
    "PBKDF2HMAC.derive_into(key, out)": KNOWN["hashlib.pbkdf2_hmac(..., key, ...)"],
    "Scrypt.derive_into(key, out)": KNOWN["hashlib.scrypt(key, ...)"],
    "Argon2id.derive_into(key, out)": KNOWN["argon2-cffi hash_secret_raw(bytes(key))"],
}
# Without these, "nothing found" would not mean much. What other bad habits leave is up to chance: freed memory is used again.
MUST_BE_FOUND = ("open(path, 'rb').read()", "subprocess.check_output()", "hashlib.sha256(key), the object still alive")


def available(name):
    client = CLIENTS[name]
    if missing(client):
        pytest.skip(f"{name}: {missing(client)}")
    return client


@pytest.mark.parametrize("name", CLIENTS)
def test_client(name):
    client = available(name)
    measured = measure(client)
    assert measured.result == measured.expected
    assert measured.left_locked == 0
    if client.kind == RECOMMENDED:
        assert number(measured.residue()) <= client.most, describe(measured.residue())


# What Python makes is in locked memory there, and what C libraries make for themselves is not.
OF_C_LIBRARIES = {
    "os.environ.pop('SECRET')": "the environment as it was when the process began",
    "numpy.frombuffer(key).copy()": "numpy's data",
    "argon2-cffi hash_secret_raw(bytes(key))": "libargon2's copy of the password",
    "AESGCM(key), the object still alive": "OpenSSL's key schedule",
    "hashlib.sha256(key), the object still alive": "OpenSSL's block",
    "nacl SigningKey(data), bytes": "one in malloc()'s memory, which most layouts of it overwrite",
}


@pytest.mark.parametrize("name", [name for name, client in CLIENTS.items() if client.kind != RECOMMENDED or client in EXPOSED])
def test_in_the_locked_heap_python_leaves_nothing_outside(name):
    available(name)
    try:
        locked_heap()
    except UnsupportedError:
        pytest.skip("a free-threaded interpreter has no locked heap")
    # Half of the last bytes object was seen in memory that this interpreter keeps from before the scope.
    most = 0.5 if sys.version_info >= (3, 15) else 0
    measured = measure(scoped(CLIENTS[name]))
    assert measured.result == measured.expected
    assert number(measured.residue()) <= most or name in OF_C_LIBRARIES, describe(measured.residue())


@pytest.mark.parametrize("name", MUST_BE_FOUND)
def test_a_bad_habit_is_found(name):
    assert measure(available(name)).held


@pytest.mark.parametrize("name", KNOWN)
def test_known_answer(name):
    assert available(name).answer(SECRET, OTHER).hex() == KNOWN[name]


@pytest.mark.parametrize("name", DERIVED)
def test_known_derived_key(name):
    assert available(name).also(SECRET, OTHER).hex() == DERIVED[name]


@pytest.mark.parametrize("name", [name for name in CLIENTS if CLIENTS[name].refuses])
def test_client_that_takes_bytes_only(name):
    client = available(name)
    with LockedBuffer.from_bytes(SECRET) as key, pytest.raises(TypeError):
        client.refuses(key)
