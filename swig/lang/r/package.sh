# SPDX-License-Identifier: MIT OR Apache-2.0
# The source package of R: to be sourced by bindings/package.sh.
# shellcheck shell=bash disable=SC2154
dist=$work/osmemlock
generate r "$dist/src" -r
core_into "$dist/src"
sed -n 's/^%constant .* \([A-Z0-9_]*\) = \([A-Z0-9_]*\);.*/OSMLS_CONSTANT(\1, \2)/p' swig/*.i >"$dist/src/r_constants.h"
mv "$dist/src/error.def" "$dist/src/error_def.h" # R CMD check knows no other names
sed -i 's|#include ".*error\.def"|#include "error_def.h"|' "$dist/src"/*.[ch]
mkdir -p "$dist/R" "$dist/man" "$dist/tests"
mv "$dist/src/osmemlock.R" "$dist/R"
sed "s/@PROJECT_VERSION@/$version/" swig/lang/r/DESCRIPTION.in >"$dist/DESCRIPTION"
cp swig/lang/r/NAMESPACE "$dist"
cp swig/lang/r/package/Makevars "$dist/src"
cp swig/lang/r/package/hold.R "$dist/tests"
cp swig/lang/r/package/configure "$dist"
printf 'YEAR: 2026\nCOPYRIGHT HOLDER: the osmemlock authors\n' >"$dist/LICENSE"

# What is exported: the functions, and the constants.
names() {
	sed -n 's/^`\{0,1\}\(\(LockedBuffer\|LockedRegion\|CoreDumpsGuard\)[A-Za-z_]*\)`\{0,1\} *\(<-\|=\).*/\1/p' "$dist/R/osmemlock.R"
	sed -n 's/^export(\(.*\))$/\1/p' "$dist/NAMESPACE" | tr -d ' ' | tr , '\n'
	sed -n 's/^OSMLS_CONSTANT(\([^,]*\),.*/\1/p' "$dist/src/r_constants.h"
}
{ cat swig/lang/r/package/osmemlock.Rd && names | sort -u | sed 's/.*/\\alias{&}/'; } >"$dist/man/osmemlock.Rd"
(cd "$work" && R CMD build --no-manual --no-build-vignettes osmemlock >log 2>&1 || { cat log && exit 1; })
# R writes the time of the building and the user's name into the archive.
mkdir "$work/again"
tar -C "$work/again" -xf "$work/osmemlock_$version.tar.gz"
sed -i "s/^Packaged: .*/Packaged: $(date -u -d "@$SOURCE_DATE_EPOCH" '+%F %T') UTC; osmemlock/" "$work/again/osmemlock/DESCRIPTION"
archive "$work/again/osmemlock" "$out/osmemlock_$version.tar.gz"
