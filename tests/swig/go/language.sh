# SPDX-License-Identifier: MIT OR Apache-2.0
# Go: to be sourced by run.sh. Nothing may come from the network.
# shellcheck shell=bash disable=SC2034,SC2154
packages=(go=golang-go)
kept="1 4" # Go's copy of the environment
lent="2 8" # what is lent is a copy, locked

go_run() { GOWORK=$modules/go.work GOPROXY=off "$@"; }
# Built, because `go run` tells no exit code but 1, and scenario 24 runs the program itself.
go_build() { go_run go build -o "$build/go-program" "$@"; }
contract() { go_build tests/contract/swig-go/contract.go && python3 tests/contract/check.py "swig-$1" "$build/go-program"; }
own() { go_build tests/swig/go/{safety,context}.go && "$build/go-program"; }
victim() { go_run go build -o "$build/go-victim" tests/swig/go/residue.go && "$build/go-victim" "$1"; }
clients() { go_run go build -o "$build/clients" tests/swig/go/clients.go && tests/swig/clients/table.py "$1" go "$build/clients"; }
examples() { go_run examples/swig/run.sh examples/swig/go go go run; }
bench() { go_run go run tests/bench/swig/go.go; }
