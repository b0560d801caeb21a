# SPDX-License-Identifier: MIT OR Apache-2.0
"""docs/recipes.md, word by word: each recipe meets what it is for, and makes of it what it promises."""
import base64
import os
import re
import shlex

DER = bytes(range(48))
PEM = b"-----BEGIN PRIVATE KEY-----\n" + base64.b64encode(DER) + b"\n-----END PRIVATE KEY-----\n"
FILES = {
    "db_password": b"hunter2\n",
    ".env": b'# settings\nexport DB_USER="me"\nexport DB_PASSWORD="hunter 2"\n',
    ".netrc": b"machine other login me password wrong\nmachine example.org login me password hunter2\n",
    ".pgpass": b"other:5432:shop:me:wrong\ndb.example.org:5432:shop:me:hunter2\n",
    "key.pem": PEM,
    "account.json": b'{"type": "service_account", "private_key": "' + PEM.replace(b"\n", b"\\n") + b'", "client_id": "1"}\n',
    "seed": b"gezd gnbv gy3t qojq\n",
    "key.gpg": b"sealed",
}
# What stands in place of a program, and what it must be called with.
PROGRAMS = {
    "kubectl": ("get secret db -o jsonpath={.data.password}", "printf aHVudGVyMg=="),
    "pass": ("show mail", "printf 'hunter2\\nuser: me\\n'"),
    "gpg": ("--batch --pinentry-mode loopback --passphrase-fd 0 --decrypt key.gpg", 'test "$(cat)" = hunter2 && printf plain'),
}
BASIC = b"Authorization: Basic " + base64.b64encode(b"me:hunter2")
RESULTS = {
    "A docker secret": b"hunter2",
    "A credential of systemd": b"hunter2",
    "A Kubernetes secret, from kubectl": b"hunter2",
    "The first line of pass": b"hunter2",
    "gpg with a passphrase on a descriptor": b"plain",
    "A value of a .env file": b"hunter 2",
    "A password of netrc": b"hunter2",
    "A password of pgpass": b"hunter2",
    "The body of a PEM file": DER,
    "One field of a JSON document": DER,
    "A TOTP seed": b"1234567890",
    "HTTP Bearer": b"Authorization: Bearer t0k3n\r\n",
    "HTTP Basic": BASIC + b"\r\n",
    "SASL PLAIN": base64.b64encode(b"\0me\0hunter2"),
    "The keys of AWS Signature Version 4": bytes.fromhex("c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"),
}
GIVEN = {"password": b"hunter2", "token": b"t0k3n", "secret_key": b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
# Another content of a recipe's file, and what it makes of that; None: it tells that something is not found.
ENV, NETRC, PGPASS, KEY = "A value of a .env file", "A password of netrc", "A password of pgpass", b"machine example.org login me password "
OTHERS = [
    (ENV, b'DB_USER="me"\nDB_HOST="here"\n', None),
    (ENV, b'API_KEY="other"\nexport DB_PASSWORD=hunter2\n', None),
    (ENV, b'export DB_PASSWORD="hunter 2', None),
    (ENV, b'export DB_PASSWORD="hunter 2\nexport OTHER="wrong"\n', None),
    (ENV, b'export OLD="x"\n# export DB_PASSWORD="wrong"\nexport DB_PASSWORD="hunter 2"', b"hunter 2"),
    (ENV, b'export DB_PASSWORD="hunter 2"', b"hunter 2"),
    (NETRC, b"machine other login me password wrong\n", None),
    (NETRC, b"machine example.org login me\nmachine other login me password wrong\n", None),
    (NETRC, b"machine example.organic login me password wrong\n", None),
    (NETRC, KEY + b"hunter2", b"hunter2"),
    (NETRC, b"machine other login me password wrong\n" + KEY + b"hunter2", b"hunter2"),
    (PGPASS, b"other:5432:shop:me:wrong\n", None),
    (PGPASS, b"mydb.example.org:5432:shop:me:wrong\n", None),
    (PGPASS, b"db.example.org:5432:shop:me:hunter2", b"hunter2"),
    (PGPASS, b"mydb.example.org:5432:shop:me:wrong\ndb.example.org:5432:shop:me:hunter2", b"hunter2"),
    ("The body of a PEM file", base64.b64encode(DER) + b"\n", None),
    ("The body of a PEM file", PEM.split(b"\n-----END", maxsplit=1)[0], None),
    ("The body of a PEM file", PEM[:-1], DER),
    ("One field of a JSON document", b'{"other": "' + PEM.replace(b"\n", b"\\n") + b'"}\n', None),
    ("One field of a JSON document", b'{"private_key": null, "other": "' + PEM.replace(b"\n", b"\\n") + b'"}\n', None),
    ("One field of a JSON document", b'{"private_key": "' + PEM.split(b"\n-----END", maxsplit=1)[0] + b'"}\n', None),
]
FILE_OF = {ENV: ".env", NETRC: ".netrc", PGPASS: ".pgpass", "The body of a PEM file": "key.pem", "One field of a JSON document": "account.json"}
# How a recipe's function in C is called; the others take no buffer.
CALLS = {"env_value": "file", "bearer": "token", "basic": "password"}
# What makes an ordinary string of a secret.
STRINGS = re.compile(r"\b(expose\w*|bytes\(|bytearray|str\(|decode\(\)|io\.|open\(|os\.|tostring|getenv|fread|osml_buffer_read\b)")


def surroundings(folder):
    """What the recipes find: files, programs, variables."""
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
    for name, (arguments, script) in PROGRAMS.items():
        (folder / name).write_text(f'#!/bin/sh\ntest "$*" = {shlex.quote(arguments)} || exit 9\n{script}\n', encoding="utf-8")
        (folder / name).chmod(0o700)
    return dict(os.environ, PATH=f"{folder}:{os.environ['PATH']}", CREDENTIALS_DIRECTORY=str(folder))


def hexed(data):
    return "".join(f"\\x{byte:02x}" for byte in data)


def python_text(intro, piece, result):
    given = "".join(f"{name} = LockedBuffer.from_bytes({value!r})\n" for name, value in GIVEN.items())
    return f"{intro}{given}{piece}\nassert secret == {result!r}, 'another secret'\nprint('done')\n"


def lua_text(intro, piece, result):
    given = "".join(f'local {name} = osmemlock.buffer({len(value)}):write(1, "{value.decode()}")\n' for name, value in GIVEN.items())
    quoted = "".join(f"\\{byte:03d}" for byte in result)
    return f"{intro}{given}{piece}\nassert(secret:equal(\"{quoted}\"), 'another secret')\nprint('done', {', '.join(GIVEN)})\n"


def c_text(piece, result, file):
    function = re.search(r"^int (\w+)\(", piece, flags=re.M)[1]
    given = CALLS.get(function)
    data = file if given == "file" else GIVEN.get(given, b"")
    call = f"{function}(&secret, given)" if given else f"{function}(&secret)"
    return f"""#include <osmemlock.h>
#include <stdio.h>
#include <string.h>

{piece}
int main(void)
{{
    static const char data[] = "{hexed(data)}", result[] = "{hexed(result)}";
    osml_buffer *given, *secret = NULL;
    int rc = osml_buffer_new(&given, sizeof data - 1, NULL);

    if (rc == 0)
        rc = osml_buffer_write(given, 0, data, sizeof data - 1);
    if (rc == 0)
        rc = {call};
    if (rc == OSML_EFORMAT)
        fputs("not found", stderr);
    if (rc || osml_buffer_size(secret) != sizeof result - 1 || memcmp(osml_buffer_data(secret), result, sizeof result - 1) != 0)
        return 1;
    osml_buffer_free(secret);
    osml_buffer_free(given);
    puts("done");
    return 0;
}}
"""


def recipes(document, language):
    """(heading, code); the page's opening code comes first, with no heading."""
    for section in re.split(r"^## ", document, flags=re.M):
        for code in re.findall(rf"^```{language}(?: intro)?\n(.*?)^```$", section, flags=re.S | re.M):
            yield section.splitlines()[0] if not section.startswith("# ") else None, code


def attempt(language, make, run, intro, code, result, folder, environment, file=FILES[".env"]):
    """Whether it made that result, and the errors."""
    text = c_text(code, result, file) if language == "c" else {"python": python_text, "lua": lua_text}[language](intro, code, result)
    command, errors = make(text)
    rc, out, errors = run(command, folder, environment) if command else (1, "", errors)
    return rc == 0 and out.startswith("done"), errors


def others(language, heading, folder, attempt_at):
    """The recipe with each other file."""
    for at, content, result in OTHERS:
        if at != heading:
            continue
        (folder / FILE_OF[at]).write_bytes(content)
        made, errors = attempt_at(result or b"", content)
        if made if result is None else not made:
            yield f"docs/recipes.md: {heading}, in {language}: of {content!r}: {errors or 'a secret'}"
        if result is None and "not found" not in errors:
            yield f"docs/recipes.md: {heading}, in {language}: of {content!r} nothing is said to be missing: {errors}"
        (folder / FILE_OF[at]).write_bytes(FILES[FILE_OF[at]])


def findings(root, folder, language, make, run):
    """`make` turns a text into a command, `run` runs it there with that environment."""
    found = list(recipes((root / "docs/recipes.md").read_text(encoding="utf-8"), language))
    intro = "".join(code for heading, code in found if heading is None)
    pieces = [(heading, code) for heading, code in found if heading is not None]
    environment = surroundings(folder)
    if len(pieces) < {"python": len(RESULTS), "lua": 12, "c": 4}[language]:
        yield f"docs/recipes.md: {len(pieces)} recipes in {language}"
    if not STRINGS.search("key = bytes(secret)"):
        yield "docs/recipes.md: the control, an ordinary string, is not found"
    for heading, code in pieces:
        for text in STRINGS.findall(code):
            yield f"docs/recipes.md: {heading}: {text} makes an ordinary string"
        code = code.replace("/run/secrets", str(folder))
        for result in (RESULTS[heading], RESULTS[heading] + b"x"):
            right, errors = attempt(language, make, run, intro, code, result, folder, environment)
            if right != (result == RESULTS[heading]):
                yield f"docs/recipes.md: {heading}, in {language}: {'the control was taken for the secret' if right else errors}"
        yield from others(language, heading, folder,
                          lambda result, file, code=code: attempt(language, make, run, intro, code, result, folder, environment, file))
