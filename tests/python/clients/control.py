# SPDX-License-Identifier: MIT OR Apache-2.0
"""Bytes that a process makes from a number, one by one, so that they are nowhere but where they are put."""


def fill(buffer, seed):
    state = seed
    for index in range(len(buffer)):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        buffer[index] = state >> 56


def control(seed):
    made = bytearray(32)
    fill(made, seed)
    return bytes(made)
