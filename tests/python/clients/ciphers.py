# SPDX-License-Identifier: MIT OR Apache-2.0
"""pyca/cryptography with keys, plaintexts and derived keys that lie in buffers."""
import hashlib
import hmac
from dataclasses import replace

from client import ALIVE, CONTRAST, MESSAGE, NONCE, SALT, Client, fingerprint, second_fingerprint, second_secret
from osmemlock import LockedBuffer, scrub

try:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.ciphers import Cipher, aead, algorithms, modes
    from cryptography.hazmat.primitives.hmac import HMAC
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
except ImportError:
    pass  # clients.missing() says so for each client.

TAG = 16
CHACHA = "the cipher leaves its key on the stack, whole or by half"
COUNTER = SALT


def encrypts(name, **rest):
    def use(key, channel):
        return getattr(aead, name)(key).encrypt(NONCE, MESSAGE, None)

    def answer(secret, other):
        return getattr(aead, name)(secret).encrypt(NONCE, MESSAGE, None)

    return Client(f"{name}(key).encrypt(nonce, data)", use, answer, modules=("cryptography",), **rest)


def seals(name):
    return lambda secret, other: getattr(aead, name)(secret).encrypt(NONCE, other, None)


def decrypts_into(name, **rest):
    def use(key, channel):
        with LockedBuffer.from_fd(channel.socket) as sealed, LockedBuffer(len(sealed) - TAG) as plain:
            getattr(aead, name)(key).decrypt_into(NONCE, sealed, None, plain)
            return fingerprint(plain)

    return Client(f"{name}(key).decrypt_into(nonce, sealed, None, plain)", use, second_fingerprint, modules=("cryptography",),
                  given=seals(name), also=second_secret, has=f"cryptography.hazmat.primitives.ciphers.aead:{name}.decrypt_into", **rest)


def issue_8425(key, channel):
    """Here the key comes from a file, and not from the buffer."""
    from recipe import unseal

    with open(channel.path, "rb", buffering=0) as file:
        return unseal(file.fileno(), channel.socket.fileno(), NONCE, fingerprint)


def encrypt_into(key, channel):
    """Here the plaintext is the secret of the buffer, and the key is a public one."""
    out = bytearray(len(key) + TAG)
    aead.AESGCM(SALT).encrypt_into(NONCE, key, None, out)
    return bytes(out)


def cipher_update_into(key, channel):
    """A plaintext comes out of AES-CTR into a buffer. update_into() wants room for a block more than what it writes."""
    with LockedBuffer.from_fd(channel.socket) as sealed, LockedBuffer(len(sealed) + 15) as plain:
        Cipher(algorithms.AES(key), modes.CTR(COUNTER)).decryptor().update_into(sealed, plain)
        return fingerprint(plain[: len(sealed)])


def ctr(secret, other):
    return Cipher(algorithms.AES(secret), modes.CTR(COUNTER)).encryptor().update(other)


def aesgcm_alive(key, channel):
    ALIVE.append(aead.AESGCM(key))
    return ALIVE[0].encrypt(NONCE, MESSAGE, None)


def cryptography_hmac(key, channel):
    mac = HMAC(key, hashes.SHA256())
    mac.update(MESSAGE)
    return mac.finalize()


def argon2id():
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # Not in releases before 44.

    return Argon2id(salt=SALT, length=32, iterations=1, lanes=1, memory_cost=64)


def hkdf():
    return HKDF(hashes.SHA256(), 32, SALT, MESSAGE)


def derived_by_hand(secret, other):
    """RFC 5869 for one block of output."""
    pseudorandom = hmac.digest(SALT, secret, "sha256")
    return hmac.digest(pseudorandom, MESSAGE + b"\x01", "sha256")


def derives_into(name, make, derived, **rest):
    def use(key, channel):
        with LockedBuffer(32) as out:
            make().derive_into(key, out)
            return fingerprint(out)

    def answer(secret, other):
        return fingerprint(derived(secret, other))

    module = {"PBKDF2HMAC": "pbkdf2", "Argon2id": "argon2"}.get(name, name.lower())
    return Client(f"{name}.derive_into(key, out)", use, answer, modules=("cryptography",), also=derived,
                  has=f"cryptography.hazmat.primitives.kdf.{module}:{name}.derive_into", **rest)


def scrypted(secret, other):
    return hashlib.scrypt(secret, salt=SALT, n=1024, r=8, p=1, dklen=32)


def then_scrub(client):
    """The same client, and then osmemlock.scrub(): what it left on the stack is gone."""

    def use(key, channel):
        result = client.use(key, channel)
        scrub()
        return result

    return replace(client, name=f"{client.name}, then scrub()", use=use, most=0, note="")


ON_THE_STACK = (
    encrypts("ChaCha20Poly1305", most=1, note=CHACHA),
    decrypts_into("ChaCha20Poly1305", most=1, note=CHACHA),
    derives_into("HKDF", hkdf, derived_by_hand, most=1, note="half of the derived key is seen on the stack at times"),
)

CIPHERS = (
    *ON_THE_STACK,
    *map(then_scrub, ON_THE_STACK),
    encrypts("AESGCM"),
    decrypts_into("AESGCM"),
    Client("the recipe of issue 8425", issue_8425, second_fingerprint, modules=("cryptography",), given=seals("AESGCM"), also=second_secret,
           has="cryptography.hazmat.primitives.ciphers.aead:AESGCM.decrypt_into", note="see below"),
    Client("AESGCM(public).encrypt_into(nonce, key, None, out)", encrypt_into,
           lambda secret, other: aead.AESGCM(SALT).encrypt(NONCE, secret, None), modules=("cryptography",),
           has="cryptography.hazmat.primitives.ciphers.aead:AESGCM.encrypt_into"),
    Client("Cipher(AES(key), CTR).update_into(sealed, plain)", cipher_update_into, second_fingerprint, modules=("cryptography",),
           given=ctr, also=second_secret),
    Client("cryptography HMAC(key)", cryptography_hmac, lambda secret, other: hmac.digest(secret, MESSAGE, "sha256"),
           modules=("cryptography",)),
    derives_into("PBKDF2HMAC", lambda: PBKDF2HMAC(hashes.SHA256(), 32, SALT, 1000),
                 lambda secret, other: hashlib.pbkdf2_hmac("sha256", secret, SALT, 1000)),
    derives_into("Scrypt", lambda: Scrypt(SALT, 32, 1024, 8, 1), scrypted, most=1,
                 note="0 here; with CPython 3.14 on glibc 2.42 half of a copy was seen on the stack"),
    derives_into("Argon2id", argon2id, lambda secret, other: argon2id().derive(secret), most=1,
                 note="one copy of the password stays on the heap"),
    Client("AESGCM(key), the object still alive", aesgcm_alive, lambda secret, other: aead.AESGCM(secret).encrypt(NONCE, MESSAGE, None),
           modules=("cryptography",), kind=CONTRAST, note="AES's first round keys are the key; OpenSSL wipes them with the object"),
    Client("HKDF.derive(key)", lambda key, channel: fingerprint(hkdf().derive(key)),
           lambda secret, other: fingerprint(derived_by_hand(secret, other)), modules=("cryptography",), kind=CONTRAST,
           also=derived_by_hand, note="the derived key is a bytes object"),
)
