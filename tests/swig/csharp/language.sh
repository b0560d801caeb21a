# SPDX-License-Identifier: MIT OR Apache-2.0
# C#: to be sourced by run.sh. Each program runs on Mono; the contract, the own tests and the benchmark also on .NET's runtime, which PyPI has.
# shellcheck shell=bash disable=SC2034,SC2154
packages=(mcs=mono-mcs mono=mono-runtime '/usr/lib/mono/4.5/System.Core.dll=libmono-system-core4.0-cil'
	/usr/lib/mono-cecil/Mono.Cecil.dll=libmono-cecil-cil python3:pip=python3-pip)
lent="1 4"
dotnet=$build/coreclr/dotnetcore2/bin/dotnet

prepare() { [ -x "$dotnet" ] || python3 -m pip install -q --no-deps --only-binary=:all: --target "$build/coreclr" dotnetcore2; }

# csharp_build SOURCE: the program beside the assembly, where the runtime looks for it and for the library.
csharp_build() { mcs -warnaserror -unsafe -langversion:latest -r:"$modules/osmemlock.dll" -out:"$modules/program.exe" "$1"; }

# for_net: the program that was built, beside the assembly that the package has for .NET. Whole at once: a loop would be compiled twice in a benchmark.
for_net() {
	net=(env COMPlus_TieredCompilation=0 "$dotnet" "$modules/netstandard2.1/program.exe")
	mono "$modules/Retarget.exe" "$modules/program.exe" "${net[-1]}" && cp "$modules/libosmemlock_csharp.so" "${net[-1]%/*}" &&
		echo '{"runtimeOptions": {"framework": {"name": "Microsoft.NETCore.App", "version": "3.1.0"},
			"configProperties": {"System.Globalization.Invariant": true}}}' >"${net[-1]%exe}runtimeconfig.json"
}
contract() {
	csharp_build tests/contract/swig-csharp/Contract.cs && python3 tests/contract/check.py "swig-$1" mono "$modules/program.exe" &&
		for_net && python3 tests/contract/check.py "swig-$1-coreclr" "${net[@]}"
}
own() { csharp_build tests/swig/csharp/Safety.cs && mono "$modules/program.exe" && for_net && "${net[@]}"; }
victim() { csharp_build tests/swig/csharp/Residue.cs && mono "$modules/program.exe" "$1"; }
clients() { csharp_build tests/swig/csharp/Clients.cs && tests/swig/clients/table.py "$1" csharp mono "$modules/program.exe"; }
examples() { MONO_PATH=$modules examples/swig/run.sh examples/swig/csharp cs tests/swig/csharp/run_source.sh; }
bench() { csharp_build tests/bench/swig/csharp.cs && mono "$modules/program.exe" && for_net && "${net[@]}"; }
