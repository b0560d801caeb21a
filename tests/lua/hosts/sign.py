#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Asks a host with signed requests, or checks what it signs: sign.py WHAT PORT KEY-FILE. Prints what came of each, in one line.

webhook: a body with its HMAC in X-Hub-Signature-256; then with another body, another key, and without.
token: a JSON Web Token, HS256; then with a changed claim, another key, another algorithm, one that has expired, and without.
sigv4: whether the header that nginx makes is what Signature Version 4 says.
"""
import base64
import hashlib
import hmac
import http.client
import json
import pathlib
import sys
import time

PATIENCE = 20


def request(port, method, path, headers, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode().strip()


def webhook(port, key):
    body = b'{"action": "opened"}'
    for signed, signing in ((body, key), (body + b" ", key), (body, key[:-1]), (body, None)):
        tag = {"X-Hub-Signature-256": "sha256=" + hmac.new(signing, signed, "sha256").hexdigest()} if signing else {}
        yield request(port, "POST", "/webhook", tag, body)[1]


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(key, expires, algorithm="HS256", told=None):
    signed = ".".join(encode(json.dumps(part).encode()) for part in ({"alg": algorithm, "typ": "JWT"}, {"sub": "me", "exp": expires}))
    tag = encode(hmac.new(key, signed.encode(), "sha256").digest())
    if told:
        signed = signed.split(".")[0] + "." + encode(json.dumps(told).encode())
    return f"{signed}.{tag}"


def tokens(port, key):
    late = int(time.time()) + 3600
    for one in (token(key, late), token(key, late, told={"sub": "root", "exp": late}), token(key[:-1], late), token(key, late, "none"),
                token(key, late - 7200), token(key, late).rsplit(".", 1)[0] + "."):
        yield request(port, "GET", "/api/thing", {"Authorization": f"Bearer {one}"})[1]
    yield request(port, "GET", "/api/thing", {})[1]


def sigv4(port, key):
    empty = hashlib.sha256(b"").hexdigest()
    names = "host;x-amz-content-sha256;x-amz-date"
    canonical = f"GET\n/key\n\nhost:s3.amazonaws.com\nx-amz-content-sha256:{empty}\nx-amz-date:20150830T123600Z\n\n{names}\n{empty}"
    scope = "20150830/eu-central-1/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n20150830T123600Z\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    chained = b"AWS4" + key
    for word in scope.split("/"):
        chained = hmac.digest(chained, word.encode(), "sha256")
    signature = hmac.new(chained, text.encode(), "sha256").hexdigest()
    wanted = f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={names}, Signature={signature}"
    for _ in range(8):
        yield "right" if request(port, "GET", "/sigv4", {})[1] == wanted else "wrong"


WHAT = {"webhook": webhook, "token": tokens, "sigv4": sigv4}
if __name__ == "__main__":
    print(*WHAT[sys.argv[1]](int(sys.argv[2]), pathlib.Path(sys.argv[3]).read_bytes()))
