# SPDX-License-Identifier: MIT OR Apache-2.0
"""What test_demo.py runs in a process of its own."""
import limits

from osmemlock import _demo


def below(limit):
    limits.locked_memory(limit)
    print(_demo.main())
