# SPDX-License-Identifier: MIT OR Apache-2.0
"""Attacks from within by mistake: writes beside the secret, use after free, frees too many, limits, and threads."""
from cell import CLOSED, NONE, OPEN, TOLD, Cell

from victim import Gone

QUOTA = 64 << 10
MANY = 2000
SECRET = 64


def poked(offset, count):
    """COUNT bytes from OFFSET are changed, then the secret is released: stopped at once, told at the release, or neither."""
    def attack(bench, subject):
        with bench.start(subject) as victim:
            try:
                victim.ask("poke", offset, count)
            except Gone as gone:
                return Cell(CLOSED, gone.how)
            try:
                return Cell(TOLD, "reported") if victim.ask("release") != "0" else Cell(OPEN, "silent")
            except Gone as gone:
                return Cell(TOLD, f"{gone.how} at release")
    return attack


def over(count):
    return poked(SECRET, count)


def under(count):
    return poked(-count, count)


def read_freed(bench, subject):
    with bench.start(subject) as victim:
        place = victim.ask("where")
        victim.ask("release")
        try:
            said = victim.ask("peek", place, SECRET)
        except Gone as gone:
            return Cell(CLOSED, gone.how)
        return Cell(OPEN, "what was there before") if victim.scan("mem") else Cell(CLOSED, said)


def write_freed(bench, subject):
    with bench.start(subject) as victim:
        place = victim.ask("where")
        victim.ask("release")
        try:
            return Cell(OPEN, "silent") if victim.ask("poke-freed", place, SECRET) == "0" else Cell(TOLD, "reported")
        except Gone as gone:
            return Cell(CLOSED, gone.how)


def double_free(bench, subject):
    with bench.start(subject) as victim:
        victim.ask("release")
        try:
            said = victim.ask("release-again")
        except Gone as gone:
            return Cell(TOLD, gone.how)
        verdicts = {"same": (OPEN, "the same memory twice"), "told": (TOLD, "ignored and counted"), "apart": (CLOSED, "ignored")}
        return Cell(*verdicts[said])


def neighbour(bench, subject):
    """Of two secrets on one page one is freed: is the other still locked?"""
    with bench.start(subject) as victim:
        place = int(victim.ask("pair"), 16)
        if not place:
            return Cell(NONE, "no two share a page")
        return Cell(CLOSED, "stays locked") if "lo" in victim.mapping(place)[2] else Cell(OPEN, "unlocked")


def quota(bench, subject):
    """As many as it takes, where 64 KiB may be locked: the one that does not fit is refused, or is not locked and nobody tells."""
    try:
        with bench.start(subject, words=(*subject.words, str(QUOTA)), quota=QUOTA) as victim:
            count = int(victim.ask("fill", MANY))
            locked = victim.status("VmLck") << 10
    except Gone as gone:
        return Cell(TOLD, gone.how)
    if count * SECRET > locked:
        return Cell(OPEN, f"{count} held, {locked >> 10} KiB locked")
    return Cell(TOLD if count < MANY else CLOSED, f"{count} fit")


def merged(bench, subject):
    """In a process under PR_SET_MEMORY_MERGE: may the kernel merge the page with another that is the same?"""
    with bench.start(subject, merge=True) as victim:
        if subject.commands:
            places = [int(victim.ask("where"), 16)]
        else:
            places = [at for at, _ in victim.scan("mem").places]
        flags = {flag for place in places for flag in (victim.mapping(place) or (0, 0, []))[2]}
        if not places:
            return Cell(NONE, "the secret is nowhere to be seen")
        return Cell(OPEN, "may be merged") if "mg" in flags else Cell(CLOSED, "")


def race(bench, subject):
    with bench.start(subject) as victim:
        try:
            said = victim.ask("race")
        except Gone as gone:
            return Cell(CLOSED, gone.how)
        return {"told": Cell(TOLD, "the reader is told"), "wrong": Cell(OPEN, "another key is read"), "whole": Cell(NONE, "the same bytes")}[said]
