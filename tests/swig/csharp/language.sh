# SPDX-License-Identifier: MIT OR Apache-2.0
# C#: to be sourced by run.sh.
# shellcheck shell=bash disable=SC2034,SC2154
packages=(mcs=mono-mcs mono=mono-runtime '/usr/lib/mono/4.5/System.Core.dll=libmono-system-core4.0-cil')

# csharp_build SOURCE: the program beside the assembly, where the runtime looks for it and for the library.
csharp_build() { mcs -warnaserror -r:"$modules/osmemlock.dll" -out:"$modules/program.exe" "$1"; }
contract() { csharp_build tests/contract/swig-csharp/Contract.cs && python3 tests/contract/check.py "swig-$1" mono "$modules/program.exe"; }
own() { csharp_build tests/swig/csharp/Safety.cs && mono "$modules/program.exe"; }
victim() { csharp_build tests/swig/csharp/Residue.cs && mono "$modules/program.exe" "$1"; }
examples() { MONO_PATH=$modules examples/swig/run.sh examples/swig/csharp cs tests/swig/csharp/run_source.sh; }
bench() { MONO_PATH=$modules tests/swig/csharp/run_source.sh tests/bench/swig/csharp.cs; }
