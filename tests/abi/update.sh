#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# update.sh: writes osmemlock-MAJOR.MINOR.abi anew. For a release, or when a change of the ABI is meant.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$here/../tidy.sh"
work_folder abi
number() { sed -n "s/^#define OSML_VERSION_$1 //p" "$root/core/include/osmemlock.h"; }
dump=$here/osmemlock-$(number MAJOR).$(number MINOR).abi
cmake -S "$root" -B "$work" -DOSML_BUILD_TESTS=ON -DOSML_BUILD_EXAMPLES=OFF >/dev/null
cmake --build "$work" --target abi_subject >/dev/null
# Not --no-show-locs: libabigail 2.2 cannot compare such a dump. Paths in it are relative to the repository.
abidw --no-corpus-path --no-comp-dir-path --exported-interfaces-only --drop-private-types --headers-dir "$root/core/include" --type-id-style hash \
	--out-file "$dump" "$work/tests/abi/libosmemlock.so"
echo "$dump: $(wc -c <"$dump") bytes"
