# SPDX-License-Identifier: MIT OR Apache-2.0
"""A program that runs commands inside of an event loop, or as a frozen program: host.py gevent|eventlet|asyncio|plain."""
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from osmemlock import LockedBuffer

ROUNDS = 20


def here(function, *arguments, **options):
    return function(*arguments, **options)


def elsewhere(function, *arguments, **options):
    """In a thread, which is a coroutine of the loop where its modules are in the place of Python's."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *arguments, **options).result()


def use(run):
    text = bytes(range(256)) * 1024
    with LockedBuffer.from_bytes(text) as given, run(LockedBuffer.from_command, ["cat"], input=given, max=len(text)) as key:
        assert key == given
    with run(LockedBuffer.from_command, ["printf", "one\\ntwo"], first_line=True) as key:
        assert memoryview(key) == b"one"
    try:
        run(LockedBuffer.from_command, ["sleep", "1000"], timeout=0.3)
    except TimeoutError:
        pass
    else:
        raise AssertionError("the deadline was not kept")


def fail(run):
    """The exit status of a command. None: it is not known, because a loop in another thread was first to wait for it."""
    try:
        run(LockedBuffer.from_command, ["sh", "-c", "echo secret; exit 3"])
    except subprocess.CalledProcessError as error:
        return error.returncode
    except ChildProcessError:
        return None
    raise AssertionError("a failure was taken for success")


def own_children():
    for _ in range(ROUNDS):
        assert subprocess.run(["sh", "-c", "exit 5"], check=False).returncode == 5


def beside(spawn, wait, run, may_be_lost):
    """The loop's own children and ours end at the same time, and each is told of its own."""
    children = spawn(own_children)
    statuses = {fail(run) for _ in range(ROUNDS)}
    wait(children)
    assert statuses <= ({3, None} if may_be_lost else {3})


def in_gevent():
    import gevent
    from gevent import monkey

    monkey.patch_all()

    def pool(function, *arguments, **options):
        return gevent.get_hub().threadpool.apply(function, arguments, options)

    for run in here, elsewhere, pool:  # before the loop waits for any child, so for every one
        use(run)
    for run in here, elsewhere, pool:
        beside(gevent.spawn, gevent.Greenlet.get, run, run is pool)


def in_eventlet():
    import eventlet
    from eventlet import tpool

    eventlet.monkey_patch()
    for run in here, elsewhere, tpool.execute:
        use(run)
        beside(eventlet.spawn, lambda children: children.wait(), run, False)


def in_asyncio():
    import asyncio

    async def own_child():
        child = await asyncio.create_subprocess_exec("sh", "-c", "exit 5")
        assert await child.wait() == 5

    async def both():
        before = signal.getsignal(signal.SIGCHLD)
        use(here)
        for _ in range(ROUNDS):
            children = [own_child() for _ in range(3)]
            status, *_ = await asyncio.gather(asyncio.to_thread(fail, here), *children)
            assert status == fail(here) == 3
        assert signal.getsignal(signal.SIGCHLD) == before

    asyncio.run(both())


def plain():
    use(here)
    assert fail(here) == 3


if __name__ == "__main__":
    {"gevent": in_gevent, "eventlet": in_eventlet, "asyncio": in_asyncio, "plain": plain}[sys.argv[1]]()
    print("done")
