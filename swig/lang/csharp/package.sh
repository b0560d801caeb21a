# SPDX-License-Identifier: MIT OR Apache-2.0
# The package for NuGet, with the library for this machine, and an assembly for Mono beside that for .NET: to be sourced by bindings/package.sh.
# shellcheck shell=bash disable=SC2154
case $(uname -m) in
x86_64) machine=linux-x64 ;;
aarch64) machine=linux-arm64 ;;
*) echo "no name of .NET is known for this machine" >&2 && exit 1 ;;
esac
native csharp
[ -f "$built/csharp/netstandard2.1/osmemlock.dll" ] || { echo "Mono.Cecil is needed (libmono-cecil-cil)" >&2 && exit 1; }
mkdir -p "$work"/package/lib/{net472,netstandard2.1}
cp "$built/csharp/osmemlock.dll" "$work/package/lib/net472"
cp "$built/csharp/netstandard2.1/osmemlock.dll" "$work/package/lib/netstandard2.1"
tee "$work"/package/lib/{net472,netstandard2.1}/osmemlock.xml <"$built/csharp/osmemlock.xml" >/dev/null
native_into "$work/package/runtimes" "$machine/native" "$built/csharp/libosmemlock_csharp.so"
filled swig/lang/csharp/package/osmemlock.nuspec "$work/package"
filled swig/lang/csharp/package/.rels "$work/package/_rels"
cp "swig/lang/csharp/package/[Content_Types].xml" LICENSE-MIT LICENSE-APACHE "$work/package"
cp docs/bindings/csharp.md "$work/package/README.md"
python3 bindings/zipped.py "$work/package" "$out/osmemlock.$version.nupkg" "$SOURCE_DATE_EPOCH"
