# SPDX-License-Identifier: MIT OR Apache-2.0
"""What an attack on a subject came to."""
from dataclasses import dataclass

CLOSED, TOLD, OPEN, NONE, GAP = "closed", "told", "open", "n.a.", "gap"


@dataclass
class Cell:
    verdict: str
    detail: str = ""


def judged(found):
    """What is found is open. Nothing readable is no proof of anything."""
    if found is None:
        return Cell(GAP, "nothing could be scanned")
    return Cell(OPEN if found else CLOSED, str(found))
