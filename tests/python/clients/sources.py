# SPDX-License-Identifier: MIT OR Apache-2.0
"""Ways for a secret to come in, and to go out again to another process."""
import asyncio
import base64
import binascii
import os
import subprocess

from client import Client, fingerprint, second_fingerprint, second_secret, secret_fingerprint, secret_itself
from osmemlock import LockedBuffer


def from_fd(key, channel):
    with LockedBuffer.from_fd(channel.socket) as buffer:
        return fingerprint(buffer)


def from_file(key, channel):
    with LockedBuffer.from_file(channel.path) as buffer:
        return fingerprint(buffer)


def from_command(key, channel):
    with LockedBuffer.from_command(["cat", channel.path]) as buffer:
        return fingerprint(buffer)


def from_env(key, channel):
    with LockedBuffer.from_env("SECRET") as buffer:
        return fingerprint(buffer)


def prompt(key, channel):
    with LockedBuffer.prompt("Password: ") as buffer:
        return fingerprint(buffer)


def decode_hex(key, channel):
    with LockedBuffer.from_fd(channel.socket) as text:
        text.decode_hex()
        return fingerprint(text)


def decode_base64(key, channel):
    with LockedBuffer.from_fd(channel.socket) as text:
        text.decode_base64()
        return fingerprint(text)


def hex_of_second(secret, other):
    return binascii.hexlify(other)


def base64_of_second(secret, other):
    return base64.b64encode(other)


def os_readv(key, channel):
    os.readv(channel.socket.fileno(), [key])
    return fingerprint(key)


def readinto(key, channel):
    with open(channel.path, "rb", buffering=0) as file:
        file.readinto(key)
    return fingerprint(key)


def recv_into(key, channel):
    channel.socket.recv_into(key)
    return fingerprint(key)


def recvmsg_into(key, channel):
    channel.socket.recvmsg_into([key])
    return fingerprint(key)


def asyncio_recv_into(key, channel):
    async def receive():
        await asyncio.get_running_loop().sock_recv_into(channel.socket, key)

    channel.socket.setblocking(False)
    asyncio.run(receive())
    return fingerprint(key)


def command_readinto(key, channel):
    with subprocess.Popen(["cat", channel.path], stdout=subprocess.PIPE, bufsize=0) as process:
        process.stdout.readinto(key)
    return fingerprint(key)


def write_fd(key, channel):
    key.write_fd(channel.socket)


def os_write(key, channel):
    os.write(channel.socket.fileno(), key)


def os_writev(key, channel):
    os.writev(channel.socket.fileno(), [key])


def sendall(key, channel):
    channel.socket.sendall(key)


def sendmsg(key, channel):
    channel.socket.sendmsg([key])


def asyncio_sendall(key, channel):
    async def send():
        await asyncio.get_running_loop().sock_sendall(channel.socket, key)

    channel.socket.setblocking(False)
    asyncio.run(send())


def popen_stdin(key, channel):
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=channel.socket, bufsize=0) as process:
        process.stdin.write(key)


def run_input(key, channel):
    subprocess.run(["cat"], input=key, stdout=channel.socket, check=True)


def source(name, use, answer=secret_fingerprint, **rest):
    return Client(name, use, answer, reads=True, **rest)


SOURCES = (
    source("LockedBuffer.from_fd", from_fd),
    source("LockedBuffer.from_file", from_file),
    source("LockedBuffer.from_command", from_command),
    source("LockedBuffer.from_env", from_env, inherited=True, most=1,
           note="the environment is cleaned; the copy that os.environ made at start is freed, and what is freed is not wiped"),
    source("LockedBuffer.prompt", prompt, typed=True),
    Client("LockedBuffer.from_fd, decode_hex", decode_hex, second_fingerprint, given=hex_of_second, also=second_secret),
    Client("LockedBuffer.from_fd, decode_base64", decode_base64, second_fingerprint, given=base64_of_second, also=second_secret),
    source("os.readv(fd, [key])", os_readv),
    source("open(path, 'rb', buffering=0).readinto(key)", readinto),
    source("socket.recv_into(key)", recv_into),
    source("socket.recvmsg_into([key])", recvmsg_into),
    source("asyncio sock_recv_into(socket, key)", asyncio_recv_into),
    source("Popen(stdout=PIPE, bufsize=0).stdout.readinto(key)", command_readinto),
)

DESTINATIONS = (
    Client("key.write_fd(fd)", write_fd, secret_itself),
    Client("os.write(fd, key)", os_write, secret_itself),
    Client("os.writev(fd, [key])", os_writev, secret_itself),
    Client("socket.sendall(key)", sendall, secret_itself),
    Client("socket.sendmsg([key])", sendmsg, secret_itself),
    Client("asyncio sock_sendall(socket, key)", asyncio_sendall, secret_itself),
    Client("Popen(stdin=PIPE, bufsize=0).stdin.write(key)", popen_stdin, secret_itself),
    Client("subprocess.run(input=key)", run_input, secret_itself, most=1,
           note="0 here; CPython 3.14 leaves one copy on the heap, os.write() to the pipe does not"),
)
