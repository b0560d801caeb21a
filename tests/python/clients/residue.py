# SPDX-License-Identifier: MIT OR Apache-2.0
"""
Counts the copies that clients leave: residue.py [CLIENT ...]. Prints what is found, bound at start (LD_BIND_NOW=1) and lazily (E6).
"""
import sys

from clients import CLIENTS, missing
from measure import describe, measure


def main(names):
    for name in names or CLIENTS:
        client = CLIENTS[name]
        if missing(client):
            print(f"SKIP: {name}: {missing(client)}")
            continue
        now, lazily = measure(client), measure(client, bind_now=False)
        right = "right" if now.result == now.expected and lazily.result == lazily.expected else "WRONG"
        print(f"{name:60} {right}  {describe(now.held):24} {describe(now.closed):24} lazily {describe(lazily.residue())}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
