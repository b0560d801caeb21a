#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Every public function has a manual page, and mandoc has nothing to say about any, nor about that of the Python package. manual.sh SOURCE PYTHON
set -u
. "$(dirname "${BASH_SOURCE[0]}")/../tidy.sh"
work_folder manual
header=$1/core/include/osmemlock.h failed=0
fail() { failed=1 && echo "FAIL  $*"; }

"$2" -B "$1/docs/api/generate.py" "$header" man "$work/man" && "$2" -B "$1/docs/api/generate.py" "$header" html "$work/api.html" || exit 1
functions=$(sed -n 's/^\t*\(osml_[a-z_]*\);$/\1/p' "$1/core/osmemlock.map")
[ "$(wc -w <<<"$functions")" -gt 40 ] || fail "control: the symbol map names $(wc -w <<<"$functions") functions"
for function in $functions; do
	page=$work/man/man3/$function.3
	if [ ! -s "$page" ]; then
		fail "$function has no page"
	elif grep -q '^\.so ' "$page" && ! grep -q "^\.Fo $function\$" "$work/man/$(sed 's/^\.so //' "$page")"; then
		fail "the page of $function does not describe it"
	fi
	grep -q "id=\"$function\"" "$work/api.html" || fail "$function is not in the page of HTML"
done
constants=$(sed -nE 's/^#define (OSML_[A-Z0-9_]+) +[^ ].*/\1/p' "$header" | grep -vE '_INIT$|^OSML__|^OSML_(API|MUST_CHECK)$')
[ "$(wc -w <<<"$constants")" -gt 30 ] || fail "control: the header has $(wc -w <<<"$constants") constants"
for constant in $constants; do
	grep -qE "^\.It.* $constant( |$)" "$work"/man/man3/*.3 || fail "$constant is in no list of a page"
done
macros=$(grep -hoE 'OSML_(API|MUST_CHECK)[^.]*' "$work"/man/man3/*.3 "$work/api.html" | sort -u)
[ -z "$macros" ] || fail "a declaration has what is for the compiler: $macros"
if ! command -v mandoc >/dev/null; then
	echo "SKIP: there is no mandoc"
	[ "$failed" = 0 ] && exit 77
	exit 1
fi
export MANPATH=$work/man
lint() { mandoc -T lint -I os=Debian "$@" 2>&1 | grep -vE 'referenced manual not found|outdated mandoc.db'; }
printf '.Dd x\n.Sh WRONG\n' >"$work/wrong.3"
[ -n "$(lint "$work/wrong.3")" ] || fail "control: mandoc finds nothing wrong with a wrong page"
mapfile -t pages < <(grep -L '^\.so ' "$work"/man/man3/*.3 "$work"/man/man7/*.7)
pages+=("$1"/python/*.1)
said=$(lint "${pages[@]}")
[ -z "$said" ] || fail "mandoc: $said"
echo "${#pages[@]} pages, $(wc -w <<<"$functions") functions"
exit "$failed"
