# SPDX-License-Identifier: MIT OR Apache-2.0
# The distribution for CPAN: to be sourced by bindings/package.sh.
# shellcheck shell=bash disable=SC2154
dist=$work/osmemlock-$version
generate perl "$dist" -perl5
core_into "$dist"
mkdir -p "$dist/lib" "$dist/t"
# SWIG asks for no strictures, and declares no variables.
sed "0,/^package osmemlock;/s||&\nuse strict;\nno strict 'vars'; ## no critic (ProhibitNoStrict)|" "$dist/osmemlock.pm" >"$dist/lib/osmemlock.pm"
rm "$dist/osmemlock.pm"
python3 bindings/describe.py perl . >"$dist/lib/osmemlock.pod"
filled swig/lang/perl/package/Makefile.PL "$dist"
cp swig/lang/perl/package/hold.t "$dist/t"
cp LICENSE-MIT LICENSE-APACHE "$dist"
cp docs/bindings/perl.md "$dist/README.md"
(cd "$dist" && find . -type f -printf '%P\n' | sort >../MANIFEST && mv ../MANIFEST . && echo MANIFEST >>MANIFEST)
archive "$dist" "$out/osmemlock-perl-$version${label:+-TRIAL}.tar.gz"
