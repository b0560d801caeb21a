# SPDX-License-Identifier: MIT OR Apache-2.0
"""Who takes bytes or str only, and gets one for a scope: expose_bytes(), expose_str()."""
import hmac

from client import MESSAGE, NONCE, Client

SALT = b"$2b$04$abcdefghijklmnopqrstuu"


def hmac_new(data):
    return hmac.new(data, MESSAGE, "sha256").digest()


def secret_box(data):
    from nacl.secret import SecretBox

    return bytes(SecretBox(data).encrypt(MESSAGE, NONCE * 2))


def signing_key(data):
    from nacl.signing import SigningKey

    return bytes(SigningKey(data).sign(MESSAGE))


def json_web_token(data):
    import jwt

    return jwt.encode({"sub": "user"}, data, algorithm="HS256").encode()


def bcrypt_hash(data):
    import bcrypt

    return bcrypt.hashpw(data, SALT)


def signer(data):
    import itsdangerous

    return itsdangerous.Signer(data).sign(MESSAGE)


def in_a_scope(name, form, use, **rest):
    def scoped(key, channel):
        with getattr(key, f"expose_{form}")() as data:
            return use(data)

    def answer(secret, other):
        return use(secret.decode() if form == "str" else secret)

    return Client(f"{name}, {form}", scoped, answer, **rest)


EXPOSED = (
    in_a_scope("hmac.new(data)", "bytes", hmac_new),
    in_a_scope("nacl SecretBox(data)", "bytes", secret_box, modules=("nacl",)),
    in_a_scope(
        "nacl SigningKey(data)", "bytes", signing_key, modules=("nacl",), most=2,
        note="PyNaCl keeps the seed in objects of its own; in the heap, a copy of malloc() was seen in some layouts",
    ),
    in_a_scope("PyJWT encode(HS256)", "bytes", json_web_token, modules=("jwt",), most=1, note="PyJWT makes copies of its own"),
    in_a_scope("PyJWT encode(HS256)", "str", json_web_token, modules=("jwt",), most=2, note="PyJWT makes copies of its own"),
    in_a_scope("bcrypt.hashpw(data)", "bytes", bcrypt_hash, modules=("bcrypt",)),
    in_a_scope("itsdangerous Signer(data)", "bytes", signer, modules=("itsdangerous",)),
    in_a_scope("itsdangerous Signer(data)", "str", signer, modules=("itsdangerous",), most=1, note="encoded to bytes, which are not wiped"),
)
