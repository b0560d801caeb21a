# SPDX-License-Identifier: MIT OR Apache-2.0
"""python -m osmemlock doctor | demo"""
import argparse
import os
import sys

from osmemlock import __version__, _demo, _doctor


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m osmemlock", description="Memory for secrets, version " + __version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    doctor = commands.add_parser("doctor", help=_doctor.HELP, description=_doctor.HELP, epilog=_doctor.EXIT_STATUS)
    doctor.add_argument("--json", action="store_true", help="for programs")
    doctor.set_defaults(run=lambda given: _doctor.main(as_json=given.json))
    demo = commands.add_parser("demo", help=_demo.HELP, description=_demo.HELP, epilog=_demo.EXIT_STATUS)
    demo.set_defaults(run=lambda given: _demo.main())
    given = parser.parse_args()
    try:
        status: int = given.run(given)
        if sys.stdout is not None:  # It was closed by `>&-`: only the exit status is wanted.
            sys.stdout.flush()
    except OSError as error:
        # The interpreter flushes once more at its end, then to /dev/null (signal, "Note on SIGPIPE").
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # That is the reader who has gone, as in `| head`.
            print(f"cannot write: {error}", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
