# SPDX-License-Identifier: MIT OR Apache-2.0
# Python: to be sourced by run.sh.
# shellcheck shell=bash disable=SC2034,SC2154
packages=('/usr/include/python3*/Python.h=python3-dev')
kept="1 4" # os.environ
[ -z "$bench" ] || cmake_options=(-DOSML_BUILD_PYTHON=ON)

contract() { PYTHONPATH=$modules python3 tests/contract/check.py "swig-$1" python3 tests/contract/swig-python/contract.py; }
own() { PYTHONPATH=$modules python3 -m unittest discover -s tests/swig/python; }
victim() { PYTHONPATH=$modules python3 tests/swig/python/residue.py "$1"; }
examples() { PYTHONPATH=$modules examples/swig/run.sh examples/swig/python py python3; }
# The rival is the hand-written extension.
bench() { PYTHONPATH=$modules:${modules%/swig/python}/python python3 tests/bench/swig/python.py; }
