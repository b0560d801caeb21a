# SPDX-License-Identifier: MIT OR Apache-2.0
# The package for NuGet: to be sourced by run.sh. There is no client of NuGet in Debian, so it is unpacked, for Mono.
# shellcheck shell=bash disable=SC2034,SC2153
packages=(mcs=mono-mcs mono=mono-runtime '/usr/lib/mono/4.5/System.Core.dll=libmono-system-core4.0-cil' /usr/lib/mono-cecil/Mono.Cecil.dll=libmono-cecil-cil unzip=unzip cmake=cmake ninja=ninja-build
	strip=binutils)

twice() { unzip -qo "$PACKAGES"/csharp/osmemlock.*.nupkg -d osmemlock; }
contract() {
	mcs -langversion:latest -r:osmemlock/lib/net472/osmemlock.dll -out:contract.exe "$SOURCE/tests/contract/swig-csharp/Contract.cs" &&
		python3 "$SOURCE/tests/contract/check.py" csharp mono contract.exe
}

# What NuGet wants of an archive: the manifest is where the relations say, and each part has a type. Where there is no library for the machine, the
# error has its name.
check() {
	python3 "$SOURCE/tests/packages/nupkg.py" "$PACKAGES"/csharp/osmemlock.*.nupkg &&
		! user env MONO_PATH=osmemlock/lib/net472 mono Hold.exe </dev/null 2>refusal && grep 'DllNotFoundException: osmemlock_csharp' refusal
}
