# SPDX-License-Identifier: MIT OR Apache-2.0
"""The clients of the languages that SWIG serves: what each must answer, and what may be left. What they do is in ../<language>/clients.*."""
import hashlib
import hmac
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "python" / "clients"))

from client import CONTRAST, MESSAGE, Client, plain, secret_fingerprint, secret_itself
from client import elsewhere as made

SALT = b"sixteen byte salt"


def encrypted(cipher, key, text):
    command = ["openssl", "enc", f"-aes-256-{cipher}", "-K", key.hex(), "-iv", bytes(16).hex()]
    return subprocess.run(command, input=text, check=True, capture_output=True).stdout


def source(name, **rest):
    return made(name, secret_fingerprint, reads=True, **rest)


def contrast(name, answer, **rest):
    return made(name, answer, kind=CONTRAST, **rest)


mac = plain(lambda secret: hmac.digest(secret, MESSAGE, "sha256"))
digest = plain(lambda secret: hashlib.sha256(secret).digest())
hkdf = plain(lambda secret: hmac.digest(hmac.digest(SALT, secret, "sha256"), b"\1", "sha256"))
pbkdf2 = plain(lambda secret: hashlib.pbkdf2_hmac("sha256", secret, SALT, 1000))
as_key = plain(lambda secret: encrypted("ctr", secret, b"hello"))
as_plaintext = plain(lambda secret: encrypted("ctr", bytes(32), secret))
true = plain(lambda secret: b"true")
false = plain(lambda secret: b"false")
nothing = plain(lambda secret: b"")
bearer = plain(lambda secret: b"Bearer " + secret)
as_json = plain(lambda secret: json.dumps([secret.decode()]).encode())

MUST_BE_FOUND = ("b.read", "b.Read", "$b->read", "b$read")


@dataclass(frozen=True)
class Language:
    title: str
    version: tuple[str, ...]  # the command that tells it
    lent: str  # what a scope gives to the clients
    groups: dict[str, tuple[Client, ...]]


RUBY = {
    "In": (source("LockedBuffer.from_fd"), source("LockedBuffer.from_file")),
    "Computing": (
        made("OpenSSL::HMAC.digest", mac),
        made("OpenSSL::Cipher, as key", as_key),
        made("OpenSSL::Cipher, as plaintext", as_plaintext),
        made("OpenSSL::KDF.hkdf", hkdf),
        made("OpenSSL::KDF.pbkdf2_hmac", pbkdf2),
        made("Digest::SHA256.digest", digest),
        made("OpenSSL.fixed_length_secure_compare", false),
        made("b == other", true),
        made("b.prefixed, b.find, b.part", secret_fingerprint),
        made("b.encode, b.decode", secret_fingerprint),
    ),
    "Out": (made("b.write_fd", secret_itself),),
    "For contrast": (
        contrast("File.read", secret_fingerprint, reads=True),
        contrast("b.read", secret_itself),
        contrast('"Bearer #{s}"', bearer),
        contrast("JSON.generate", as_json),
        contrast("IO#write", nothing),
    ),
}
PERL = {
    "In": (source("LockedBuffer::from_fd"), source("LockedBuffer::from_file")),
    "Computing": (
        made("Digest::SHA::hmac_sha256", mac),
        made("$b->equal", true),
        made("$b->prefixed, find, part", secret_fingerprint),
        made("$b->encode, decode", secret_fingerprint),
    ),
    "Out": (made("$b->write_fd", secret_itself),),
    "For contrast": (
        contrast("Digest::SHA::sha256", digest),
        contrast("<$file>", secret_fingerprint, reads=True),
        contrast("$b->read", secret_itself),
        contrast('"Bearer $_"', bearer),
        contrast("JSON::PP", as_json),
        contrast("print $file $_", nothing),
    ),
}
PHP = {
    "In": (source("LockedBuffer::from_fd"), source("LockedBuffer::from_file")),
    "Computing": (
        made("hash_hmac", mac),
        made("hash", digest),
        made("hash_hkdf", hkdf),
        made("hash_pbkdf2", pbkdf2),
        made("openssl_encrypt, as key", as_key),
        made("openssl_encrypt, as plaintext", as_plaintext),
        made("hash_equals", false),
        made("$b->equal", true),
        made("$b->prefixed, find, part", secret_fingerprint),
        made("$b->encode, decode", secret_fingerprint),
    ),
    "Out": (made("$b->write_fd", secret_itself),),
    "For contrast": (
        contrast("file_get_contents('php://fd/3')", secret_fingerprint, reads=True),
        contrast("$b->read", secret_itself),
        contrast('"Bearer $s"', bearer),
        contrast("json_encode", as_json),
        contrast("file_put_contents", nothing),
    ),
}
R = {
    "In": (source("LockedBuffer_from_fd"), source("LockedBuffer_from_file")),
    "Computing": (
        made("openssl::sha256, as key", mac),
        made("openssl::sha256", digest),
        made("openssl::aes_cbc_encrypt, as key", plain(lambda secret: encrypted("cbc", secret, b"hello"))),
        made("b$equal", true),
        made("b$prefixed, find, part", secret_fingerprint),
        made("b$encode, decode", secret_fingerprint),
    ),
    "Out": (made("b$write_fd", secret_itself),),
    "For contrast": (
        contrast("readBin", secret_fingerprint, reads=True),
        contrast("b$read", secret_itself),
        contrast("c(bytes, s)", bearer),
        contrast("rawToChar", secret_itself),
    ),
}
NODE = {
    "In": (source("LockedBuffer.fromFd"), source("LockedBuffer.fromFile")),
    "Computing": (
        made("createHmac", mac),
        made("createHash", digest),
        made("hkdfSync", hkdf),
        made("pbkdf2Sync", pbkdf2),
        made("createCipheriv, as key", as_key),
        made("createCipheriv, as plaintext", as_plaintext),
        made("timingSafeEqual", false),
        made("b.equal", true),
        made("b.prefixed, find, part", secret_fingerprint),
        made("b.encode, decode", secret_fingerprint),
    ),
    "Out": (made("b.writeFd", secret_itself),),
    "For contrast": (
        contrast("fs.readFileSync", secret_fingerprint, reads=True),
        contrast("b.read", secret_itself),
        contrast("'Bearer ' + text", bearer),
        contrast("Buffer.from", secret_itself),
        contrast("createSecretKey, kept", mac),
    ),
}
GO = {
    "In": (source("FromFd"), source("FromFile")),
    "Computing": (
        made("hmac.New", mac),
        made("sha256.Sum256", digest),
        made("cipher.NewCTR, as plaintext", as_plaintext),
        made("subtle.ConstantTimeCompare", false),
        made("b.Equal", true),
        made("b.Prefixed, Find, Part", secret_fingerprint),
        made("b.Encode, Decode", secret_fingerprint),
    ),
    "Out": (made("b.WriteFd", secret_itself),),
    "For contrast": (
        contrast("os.ReadFile", secret_fingerprint, reads=True),
        contrast("aes.NewCipher", as_key),
        contrast("b.Read", secret_itself),
        contrast("string(s)", secret_itself),
        contrast("append(x, s...)", bearer),
        contrast("json.Marshal", as_json),
    ),
}
JAVA = {
    "In": (source("LockedBuffer.fromFd"), source("LockedBuffer.fromFile")),
    "Computing": (
        made("Mac.init(b.asSecretKey)", mac),
        made("MessageDigest.update(view)", digest),
        made("Cipher.doFinal(view, out)", as_plaintext),
        made("b.equals", true),
        made("b.prefixed, find, part", secret_fingerprint),
        made("b.encode, decode", secret_fingerprint),
    ),
    "Out": (made("b.writeFd", secret_itself),),
    "For contrast": (
        contrast("Files.readAllBytes", secret_fingerprint, reads=True),
        contrast("Cipher.init(b.asSecretKey)", as_key, note="its key schedule has the key as words, in another order"),
        contrast("b.read", secret_itself),
        contrast("new String(bytes)", secret_itself),
        contrast("view.get(bytes)", secret_itself),
    ),
}
CSHARP = {
    "In": (source("LockedBuffer.FromFd"), source("LockedBuffer.FromFile")),
    "Computing": (
        made("IncrementalHash.AppendData, HMAC by hand", mac),
        made("b.Equals", true),
        made("b.Prefixed, Find, Part", secret_fingerprint),
        made("b.Encode, Decode", secret_fingerprint),
    ),
    "Out": (made("b.WriteFd", secret_itself),),
    "For contrast": (
        contrast("File.ReadAllBytes", secret_fingerprint, reads=True),
        contrast("b.Read", secret_itself),
        contrast("Encoding.GetString", secret_itself),
        contrast("bytes.ToArray()", secret_itself),
    ),
}

LANGUAGES = {
    "ruby": Language("Ruby", ("ruby", "--version"), "`s` is the string of `b.expose { |s| ... }`, a locked copy.", RUBY),
    "perl": Language("Perl", ("perl", "-e", 'print "Perl $^V"'), "`$_` is the buffer itself, in `$b->expose(sub { ... })`.", PERL),
    "php": Language("PHP", ("php", "--version"), "`$s` is the string of `$b->expose(fn($s) => ...)`, a locked copy.", PHP),
    "r": Language("R", ("Rscript", "-e", "cat(R.version.string)"), "`s` is the raw vector of `expose(b, function(s) ...)`, the buffer itself.", R),
    "node": Language("Node.js", ("node", "-p", "'Node.js ' + process.version"), "`s` is a view of the buffer itself, in `b.with((s) => ...)`.", NODE),
    "go": Language("Go", ("go", "version"), "`s` is the slice of `b.WithBytes(func(s []byte) error { ... })`, a locked copy.", GO),
    "java": Language("Java", ("java", "--version"), "A view is the buffer itself, in `b.with(view -> ...)`.", JAVA),
    "csharp": Language("C#", ("mono", "--version"), "`bytes` is a span of the buffer itself, in `b.With(bytes => ...)`.", CSHARP),
}
