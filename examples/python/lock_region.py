# SPDX-License-Identifier: MIT OR Apache-2.0
"""Locks memory that the program has already. Two secrets share a page here, as they do on any heap; giving one back leaves the other locked."""
import mmap

from osmemlock import info, locked


def show(when: str) -> None:
    print(f"{when:28} {info().get('process_locked_bytes', 0) // 1024} KiB locked")


def main() -> None:
    # Two halves of one page. Any writable buffer will do: bytearray, array, numpy.
    page = memoryview(mmap.mmap(-1, mmap.PAGESIZE))
    password, token = page[:64], page[64:128]

    show("at the start:")
    with locked(token, wipe=True):
        with locked(password, wipe=True):
            show("both locked, in one page:")
            # ... the program reads its secrets into the memory, as in file.readinto(password), and uses them there ...
        show("password unlocked:")
    show("token unlocked too:")


if __name__ == "__main__":
    main()
