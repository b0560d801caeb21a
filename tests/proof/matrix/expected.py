# SPDX-License-Identifier: MIT OR Apache-2.0
"""What stays open for this library, and why. Beyond it an open cell fails the run. docs/threat-model.md explains each key."""

SECRETMEM, HEAP = "C, SECRETMEM", "C, locked heap"
# Their own tables of the environment are made before any library is loaded.
KEEPS_ENVIRONMENT = {"Python", "SWIG: python", "SWIG: go", "SWIG: perl", "SWIG: php", "SWIG: tcl"}


def readable(name):
    return name != SECRETMEM


def heap(name):
    return name == HEAP


def never_swept(name):
    return name in (HEAP, "SWIG: go")


def keeps_environment(name):
    return name in KEEPS_ENVIRONMENT


ROOT_READS = "root and debuggers read every page but secretmem"
OPEN_FOR_OURS = {  # attack: (for whom, why)
    "gcore-all": (readable, ROOT_READS),
    "mem": (readable, ROOT_READS),
    "remote": (readable, ROOT_READS),
    "_exit": (readable, "nothing of the program runs any more; the kernel frees the pages, and wipes them under init_on_free=1"),
    "environment": (keeps_environment, "the language keeps a copy of its own of the environment"),
    "fork": (heap, "a child goes on using the blocks, which are locked anew"),
    "clone": (heap, "a child goes on using the blocks"),
    "exit": (never_swept, "the program runs on its heap until the end; one of Go ends without libc's handlers"),
    "over-1": (heap, "inside the slot, which is larger than the block"),
    "over-8": (heap, "inside the slot, which is larger than the block"),
    "cancelled": (heap, "the block is the program's to free"),
    "race": (heap, "the pointer is the program's: no call can tell that it is stale"),
}


def may_be_open(attack, name):
    who, _ = OPEN_FOR_OURS.get(attack, (lambda _: False, ""))
    return who(name)
