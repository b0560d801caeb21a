# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the tables of all languages have in common: docs/*-clients.md."""
import platform

from client import RECOMMENDED
from measure import describe, measure, number

ROUNDS = 3


def advice(client):
    if client.kind != RECOMMENDED:
        return "no"
    return "with care" if client.most else "yes"


def system():
    """The lines about this machine among the versions."""
    yield " ".join(platform.libc_ver())
    yield f"{platform.system()} {'.'.join(platform.release().split('.')[:2])} {platform.machine()}"


def measured(client, victim):
    """Of another language's client, which must be right."""
    one = measure(client, victim=victim)
    if one.result != one.expected:
        raise RuntimeError(f"{client.name}: a wrong result")
    return one


def worst(measurements, copies):
    return describe(max(map(copies, measurements), key=number))


def tables(groups, columns, row):
    """Each group of clients as a section; `row` makes the cells of a client."""
    text = ""
    for title, clients in groups.items():
        lines = [columns, ("---",) * len(columns)]
        for client in clients:
            lines.append(row(client))
            print(client.name, flush=True)
        text += f"\n## {title}\n\n" + "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
    return text
