# SPDX-License-Identifier: MIT OR Apache-2.0
"""Servers that fork after they have imported the application: its key reaches the workers by fork="keep", locked there too (audit L4)."""
import hmac
import importlib.util
import os
import secrets
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "clients"))

from search import search


@pytest.fixture
def secret():
    return secrets.token_hex(16).encode()


def needs(module):
    return pytest.mark.skipif(importlib.util.find_spec(module) is None, reason=f"{module} is not installed")


def environment(folder, secret, fork):
    (folder / "key").write_bytes(secret)
    for name in ("queue", "control", "results"):
        (folder / name).mkdir()
    return os.environ | {"KEY_FILE": str(folder / "key"), "KEY_FORK": fork, "QUEUE": str(folder), "HOME": str(folder), "PYTHONWARNINGS": "ignore"}


@contextmanager
def running(arguments, folder, env, **more):
    with open(folder / "log", "wb") as log, subprocess.Popen(arguments, cwd=HERE, env=env, stdout=log, stderr=log, **more) as server:
        try:
            yield server
        finally:
            server.terminate()


def sign(secret, message):
    return hmac.new(secret, message.encode(), "sha256").hexdigest()


def workers_of(pid):
    return {int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()}


def every_copy_is_locked(pid, secret):
    copies = search(pid, {"secret": secret})["secret"]
    return copies != [] and all(copy.locked for copy in copies)


@contextmanager
def gunicorn(folder, secret, fork):
    """A function that asks it for a path. The socket listens already, so that a request waits until a worker takes it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        arguments = [sys.executable, "-m", "gunicorn", "--preload", "--workers=2", f"--bind=fd://{listener.fileno()}", "app:application"]
        with running(arguments, folder, environment(folder, secret, fork), pass_fds=[listener.fileno()]) as server:

            def ask(path):
                with socket.create_connection(listener.getsockname(), timeout=60) as connection:
                    connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
                    with connection.makefile() as answer:
                        head, _, body = answer.read().partition("\n\n")
                return int(head.split()[1]), body

            ask.server = server
            yield ask


@needs("gunicorn")
def test_gunicorn_workers_have_a_kept_key(tmp_path, secret):
    with gunicorn(tmp_path, secret, "keep") as ask:
        for _ in range(8):
            status, body = ask("/path")
            worker, tag = body.split()
            assert (status, tag) == (200, sign(secret, "/path"))
            assert int(worker) in workers_of(ask.server.pid)
            assert every_copy_is_locked(int(worker), secret)
        assert every_copy_is_locked(ask.server.pid, secret)


@needs("gunicorn")
def test_gunicorn_workers_are_refused_another_key_but_a_view_of_it_is_zeros(tmp_path, secret):
    with gunicorn(tmp_path, secret, "wipe") as ask:
        assert ask("/path")[0] == 500
        assert "ForkedError" in (tmp_path / "log").read_text()
        assert ask("/view")[1].split()[1] == sign(bytes(len(secret)), "/view")


@contextmanager
def celery(folder, secret, fork):
    env = environment(folder, secret, fork)
    arguments = [sys.executable, "-m", "celery", "--app=tasks", "worker", "--pool=prefork", "--concurrency=2", "--hostname=test"]
    with running(arguments, folder, env) as server:

        def ask(message):
            command = [sys.executable, "tasks.py", message]
            done = subprocess.run(command, cwd=HERE, env=env, check=False, capture_output=True, text=True, timeout=120)
            return done.stdout if done.returncode == 0 else done.stderr

        ask.server = server
        yield ask


@needs("celery")
def test_celery_workers_have_a_kept_key(tmp_path, secret):
    with celery(tmp_path, secret, "keep") as ask:
        worker, tag = ask("message").split()
        assert tag == sign(secret, "message")
        assert int(worker) in workers_of(ask.server.pid)
        assert every_copy_is_locked(int(worker), secret)
        assert every_copy_is_locked(ask.server.pid, secret)


@needs("celery")
def test_celery_workers_are_refused_another_key(tmp_path, secret):
    with celery(tmp_path, secret, "wipe") as ask:
        assert "ForkedError" in ask("message")
