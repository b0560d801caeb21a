# SPDX-License-Identifier: MIT OR Apache-2.0
# The sdist and the wheel: to be sourced by bindings/package.sh. tests/python/run.sh checks them further.
# shellcheck shell=bash disable=SC2154
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q build twine
"$work/venv/bin/python" -m build --outdir "$out" . >"$work/log" 2>&1 || { cat "$work/log" && exit 1; }
"$work/venv/bin/python" -m twine check --strict "$out"/*
