# SPDX-License-Identifier: MIT OR Apache-2.0
# The wheel: to be sourced by run.sh. twine is run where it is made; the rest is the business of tests/python/run.sh.
# shellcheck shell=bash disable=SC2034,SC2154
packages=('python3:ensurepip=python3-venv' '/usr/include/python3*/Python.h=python3-dev')

prepare() { python3 -m pip download -q --retries 1 --no-deps --dest "$work" build; }

twice() { venv/bin/pip install --no-index --only-binary :all: --force-reinstall --find-links "$PACKAGES/python" osmemlock; }
contract() { python3 "$SOURCE/tests/contract/check.py" python venv/bin/python "$SOURCE/tests/contract/python/contract.py"; }
