#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# What goes beside the packages of a release: the bill of materials, osmemlock.spdx, by the tool `reuse` of PyPI, from the SPDX lines of all files; and
# SHA256SUMS, which is what gets signed. Nothing of others is in the sources; node-addon-api, whose headers npm's package carries, names its own licence.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."
packages=build/packages tool=build/packages/parts/reuse
[ -d "$packages" ] || { echo "bindings/package.sh comes first" >&2 && exit 1; }
[ -x "$tool/bin/reuse" ] || { python3 -m venv "$tool" && "$tool/bin/pip" install -q reuse; }
"$tool/bin/reuse" spdx --creator-organization "the osmemlock authors" --output "$packages/osmemlock.spdx"
grep -q '^FileName: ./core/src/buffer.c' "$packages/osmemlock.spdx" || { echo "the bill of materials does not have the core" >&2 && exit 1; }
cd "$packages"
find . -type f ! -path './parts/*' ! -path './natives/*' ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum >SHA256SUMS
sha256sum --quiet -c SHA256SUMS && wc -l SHA256SUMS
