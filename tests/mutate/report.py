# SPDX-License-Identifier: MIT OR Apache-2.0
"""The survivors, and the score."""
import collections

from verdict import BROKEN, EQUIVALENT, KILLED, SAME, SURVIVED


def score(verdicts):
    """Per cent, of those that can be told from the original; 100 when there are none."""
    killed, survived = (sum(v.state == state for v in verdicts) for state in (KILLED, SURVIVED))
    return 100 * killed / (killed + survived) if killed + survived else 100.0


def survivor(verdict):
    m = verdict.mutant
    yield f"{m.name} in {m.function or 'no function'}  [{m.id}]  {m.rule}{': ' + m.breaks if m.breaks else ''}"
    yield f"    - {m.before}"
    yield f"    + {m.after}"


def by_file(verdicts):
    """The files with survivors, worst first, as (file, its verdicts)."""
    files = collections.defaultdict(list)
    for v in verdicts:
        files[v.mutant.file].append(v)
    alive = {name: part for name, part in files.items() if any(v.state == SURVIVED for v in part)}
    return sorted(alive.items(), key=lambda item: -sum(v.state == SURVIVED for v in item[1]))


def line_of_counts(what, verdicts):
    states = collections.Counter(v.state for v in verdicts)
    told = ", ".join(f"{states[state]} {state}" for state in (KILLED, SURVIVED, EQUIVALENT, SAME, BROKEN) if states[state])
    return f"{what}: {len(verdicts)} faults, {told or 'none'}: {score(verdicts):.1f} %"


def lines(verdicts):
    for name, part in by_file(verdicts):
        alive = sorted((v for v in part if v.state == SURVIVED), key=lambda v: v.mutant.start)
        yield f"== {name}: {len(alive)} of {len(part)} survive"
        for v in alive:
            yield from survivor(v)
    for v in verdicts:
        if v.mutant.by_hand and v.state in (BROKEN, SAME):
            yield f"security.toml: {v.mutant.id} {'does not build' if v.state == BROKEN else 'changes nothing'}"
    yield line_of_counts("by rule", [v for v in verdicts if not v.mutant.by_hand])
    yield line_of_counts("security", [v for v in verdicts if v.mutant.by_hand])


def good(verdicts, least, least_security):
    """Enough of either list is found, and each fault of security.toml builds and changes something."""
    by_hand, by_rule = ([v for v in verdicts if bool(v.mutant.by_hand) == hand] for hand in (True, False))
    return score(by_rule) >= least and score(by_hand) >= least_security and all(v.state in (KILLED, SURVIVED) for v in by_hand)
