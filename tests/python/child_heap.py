# SPDX-License-Identifier: MIT OR Apache-2.0
"""What test_heap.py runs: scopes of the locked heap, each in an interpreter of its own, whose allocators they change for good."""
import base64
import gc
import json
import os
import re
import sys
import threading
import tracemalloc
import warnings

import limits
from child import reached

import osmemlock
from osmemlock import info, locked_heap

FEW = 30  # blocks of objects that the interpreter itself keeps: its free lists, interned names


def work(text):
    """What scripts do with a token. The copies that it makes are of every kind: str, bytes, dict, list, match."""
    header = {"Authorization": f"Bearer {text}"}
    document = json.dumps({"headers": header, "basic": base64.b64encode(f"user:{text}".encode()).decode()})
    again = json.loads(document)
    found = re.match(r"Bearer (\S+)", again["headers"]["Authorization"]).group(1)
    assert found == text
    parts = [text[i : i + 8] for i in range(0, len(text), 8)]
    assert "".join(parts) == text
    return header, document, again, found, bytearray(text.encode())


def blocks():
    return info()["heap_blocks"]


def hold(where, path):
    """A script with a secret in strings: with the scope, and as the control without."""
    work("warm")
    if where == "heap":
        with locked_heap(), open(path, encoding="ascii") as file:
            kept = work(file.read())
    else:
        with open(path, encoding="ascii") as file:
            kept = work(file.read())
    os.unlink(path)
    reached("held")
    del kept, file
    gc.collect()
    reached("gone")


def count():
    with locked_heap():
        kept = work("x" * 40)
    print(blocks() > 5, end=" ")
    work("y" * 40)
    now = blocks()
    work("y" * 40)
    print(blocks() == now, end=" ")
    del kept
    gc.collect()
    print(blocks() < FEW, info()["corruptions"], info()["foreign_frees"])


def nest():
    with locked_heap():
        with locked_heap():
            one = [str(i) * 100 for i in range(100)]
        before = blocks()
        two = [str(i) * 100 for i in range(100)]
        print(blocks() >= before + 100, end=" ")
    before = blocks()
    three = [str(i) * 100 for i in range(100)]
    print(blocks() == before, len(one + two + three))


def other_threads():
    """They are not inside."""
    inside, outside = threading.Event(), threading.Event()
    counts = []

    def other():
        inside.wait()
        before = blocks()
        kept = [str(i) * 100 for i in range(1000)]
        counts.append(blocks() - before)
        outside.set()
        kept.clear()

    thread = threading.Thread(target=other)
    thread.start()
    with locked_heap():
        inside.set()
        outside.wait()
    thread.join()
    print(counts[0] < 100)


def many_threads():
    """Each makes objects inside its scope, and another one drops them."""
    handed = []

    def use(number):
        for turn in range(50):
            with locked_heap():
                handed.append(work(f"{number}-{turn}-" + "x" * 100))
            if len(handed) > 8:
                handed.pop(0)

    threads = [threading.Thread(target=use, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    handed.clear()
    gc.collect()
    print(info()["corruptions"], info()["foreign_frees"])


def exceptions():
    class Failed(Exception):
        pass

    try:
        with locked_heap():
            raise Failed("t" * 100)
    except Failed as error:
        print(len(str(error)), getattr(error, "__notes__", []), end=" ")
    before = blocks()
    kept = "u" * 1000 + str(os.getpid())
    print(blocks() == before, len(kept) > 1000)


def fork():
    with locked_heap():
        kept = work("x" * 50)
        pid = os.fork()
        if pid == 0:
            more = work("y" * 50)
            del more
            print(kept[3] == "x" * 50, blocks() > 0, info()["foreign_frees"], flush=True)
            os._exit(0)
        print(os.waitpid(pid, 0)[1], kept[3] == "x" * 50)


def grow_what_was_made_outside():
    old, numbers = bytearray(b"ab"), [1]
    with locked_heap():
        old.extend(b"x" * 10000)
        numbers.extend(range(10000))
    old.extend(b"y" * 10000)
    with locked_heap():
        new = bytearray(b"z" * 100)
    new.extend(b"w" * 100000)  # it was made inside, so it goes on in locked memory
    print(len(old), len(numbers), len(new), blocks() > 0, info()["foreign_frees"])


def below_a_limit():
    gc.collect()
    limits.locked_memory(65536)
    try:
        with locked_heap():
            kept = ["x" * 1000 + str(i) for i in range(1000)]
            print(len(kept))
    except MemoryError as error:
        print("MemoryError", *error.__notes__)
    kept = ["x" * 1000 + str(i) for i in range(1000)]
    print("goes on", len(kept))


def tracing_before():
    tracemalloc.start()
    try:
        locked_heap()
    except RuntimeError as error:
        print("tracemalloc" in str(error), end=" ")
    tracemalloc.stop()
    with locked_heap():
        print(len(work("abc")), end=" ")
    print(osmemlock.info()["foreign_frees"])


def tracing_after():
    with locked_heap():
        kept = work("abc")
    tracemalloc.start()
    with locked_heap():
        more = work("abc")
    del kept
    tracemalloc.stop()
    with locked_heap():
        again = work("abc")
    del more, again
    gc.collect()
    print(info()["foreign_frees"], info()["corruptions"], blocks() < FEW)


def in_a_sub_interpreter():
    from child_interpreters import Interpreter

    with locked_heap():
        kept = work("abc")
    with Interpreter() as other:
        other.run("import osmemlock, json\nwith osmemlock.locked_heap():\n    kept = json.loads('[\"' + 'x' * 1000 + '\"]')\ndel kept")
    del kept
    gc.collect()
    print(info()["foreign_frees"], info()["corruptions"])


def leave_elsewhere():
    scope = locked_heap()
    scope.__enter__()
    errors = []

    def leave():
        try:
            scope.__exit__(None, None, None)
        except RuntimeError as error:
            errors.append("entered" in str(error))

    thread = threading.Thread(target=leave)
    thread.start()
    thread.join()
    try:
        scope.__enter__()
    except RuntimeError as error:
        errors.append("already" in str(error))
    print(*errors, scope.__exit__(None, None, None))


def outside():
    before = blocks()
    kept = [str(i) * 100 for i in range(200)]
    return blocks() - before < len(kept)


def dropped():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        locked_heap().__enter__()
    print(*(warning.category.__name__ for warning in seen), outside())


def left_by_a_successor():
    """The system gives the number of a thread that has ended to a new one, which was never inside."""
    scope, numbers, told = locked_heap(), [], []

    def enter():
        numbers.append(threading.get_ident())
        scope.__enter__()

    def leave():
        numbers.append(threading.get_ident())
        if numbers[-1] == numbers[0]:
            try:
                scope.__exit__(None, None, None)
            except RuntimeError as error:
                told.append("entered" in str(error))
            told.append(outside())

    for target in (enter, *[leave] * 100):
        thread = threading.Thread(target=target)
        thread.start()
        thread.join()
        if told:
            break
    print(*(told or ("no number was used twice",)))


def outlive_to_the_end():
    """The interpreter ends with blocks in its modules, in a cycle, and in what atexit and finalizers make."""
    import atexit

    class Cycle:
        def __init__(self):
            self.me, self.text = self, "x" * 100 + str(os.getpid())

        def __del__(self):
            self.text += "y" * 100

    with locked_heap():
        sys.modules[__name__].kept = work("abc")
        sys.modules[__name__].cycle = Cycle()
    atexit.register(lambda: work("at exit"))
    print("ends")
