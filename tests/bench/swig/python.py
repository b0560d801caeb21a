# SPDX-License-Identifier: MIT OR Apache-2.0
"""
The processor's time for new and close of 32 bytes: through SWIG, by the hand-written extension, and a bytearray, in turns in one run; the best of each
counts. Exit code 1 when SWIG takes more than LIMIT of the hand-written extension.
"""
import sys
import time
import timeit

import osmemlock
import osmemlock_swig

ROUNDS, CALLS, LIMIT = 9, 50000, 4


def churn(new):
    def run():
        new(32).close()
    return run


subjects = [churn(osmemlock_swig.LockedBuffer), churn(osmemlock.LockedBuffer), lambda: bytearray(32), osmemlock_swig.LockedBuffer(32).size]
rounds = [[timeit.timeit(subject, timer=time.process_time, number=CALLS) / CALLS * 1e9 for subject in subjects] for _ in range(ROUNDS)]
swig, by_hand, own, call = map(min, zip(*rounds))
print(f"python: bytearray(32) {own:.0f} ns, call {call:.0f} ns, LockedBuffer {swig:.0f} ns")
figure = f"{swig / by_hand:.2f} ({swig:.0f} ns over {by_hand:.0f} ns)"
print(f"  {f'SWIG <= {LIMIT} x the hand-written extension':62} | {figure:44} | {'reached' if swig <= LIMIT * by_hand else 'missed'}")
sys.exit(swig > LIMIT * by_hand)
