# SPDX-License-Identifier: MIT OR Apache-2.0
# Go: to be sourced by run.sh. Programs that stand outside a module are built as if they stood in the one of the current folder.
# shellcheck shell=bash disable=SC2034,SC2154
packages=(go=golang-go)

osml_go() { (cd "$modules/osmemlock" && go build -o "$build/go-program" "$root/$1") && shift && "$build/go-program" "$@"; }
contract() { (cd "$modules/osmemlock" && go build -o "$build/go-contract" "$root/tests/contract/swig-go/contract.go") && python3 tests/contract/check.py "swig-$1" "$build/go-contract"; }
