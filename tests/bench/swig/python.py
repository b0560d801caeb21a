# SPDX-License-Identifier: MIT OR Apache-2.0
"""New and close of 32 bytes: through SWIG, by the hand-written extension, and a bytearray, in turns in one run; the best of each counts."""
import timeit

import osmemlock
import osmemlock_swig

ROUNDS, CALLS = 9, 50000


def churn(new):
    def run():
        new(32).close()
    return run


subjects = {
    "SWIG": churn(osmemlock_swig.LockedBuffer),
    "hand-written": churn(osmemlock.LockedBuffer),
    "bytearray(32)": lambda: bytearray(32),
}
best = {name: float("inf") for name in subjects}
for _ in range(ROUNDS):
    for name, subject in subjects.items():
        best[name] = min(best[name], timeit.timeit(subject, number=CALLS) / CALLS * 1e9)
for name, nanoseconds in best.items():
    print(f"{name:<14} {nanoseconds:6.0f} ns, SWIG takes {best['SWIG'] / nanoseconds:.2f} of it")
