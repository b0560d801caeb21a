#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# tests/need.sh promises an installation only where it can install, and else says what to type (audit N2). The commands apt-get, sudo and id
# are stand-ins.
set -u
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
. "$here/../tidy.sh"
work_folder need
export STUBS=$work/stubs OSML_MISSING=$work/missing
failed=0

stub() { printf '#!/bin/bash\n%s\n' "$2" >"$STUBS/$1" && chmod +x "$STUBS/$1"; }

# as USER: a machine with bash, env and flock alone, on which `id -u` says USER.
as() {
	rm -rf "$STUBS" "$OSML_MISSING" && mkdir "$STUBS"
	ln -s "$(command -v bash)" "$(command -v env)" "$(command -v flock)" "$STUBS/"
	stub id "echo $1"
}

# shellcheck disable=SC2016 # for the stub
apt_get() { stub apt-get 'echo "$*" >>"$STUBS/../asked"; '"$1"; }

# says RC LINE...: what `need` answers, the standard error with it, for a command that is not there.
says() {
	local wanted got
	wanted=$(printf '%s\n' "$@")
	# shellcheck disable=SC2016 # for the inner shell
	got=$(PATH=$STUBS env --default-signal=INT bash -c '. "$0" && need tool=package; echo "$?"' "$here/../need.sh" 2>&1)
	got=$(tail -n 1 <<<"$got" && head -n -1 <<<"$got")
	if [ "$got" = "$wanted" ]; then
		echo "ok    $case"
	else
		failed=1
		printf 'FAIL  %s: it says\n%s\nand not\n%s\n' "$case" "$got" "$wanted"
	fi
}

check() { "${@:2}" && echo "ok    $case: $1" || { failed=1 && echo "FAIL  $case: $1"; }; }

missing='missing: tool. To install on Debian or Ubuntu, as root: apt-get install --no-install-recommends package'

case="a user without sudo"
as 1000 && apt_get 'exit 0'
says 1 "$missing"
check "the package is noted" grep -qx package "$OSML_MISSING"
check "apt-get was not asked" test ! -e "$work/asked"

case="a user whom sudo would ask for a password"
as 1000 && apt_get 'exit 0' && stub sudo 'echo "sudo: a password is required" >&2; exit 1'
says 1 "$missing"
check "apt-get was not asked" test ! -e "$work/asked"

case="no apt-get"
as 0
says 1 "$missing"

case="root"
# shellcheck disable=SC2016 # for the stub
as 0 && apt_get '[[ $* != *install* ]] || { : >"$STUBS/tool" && /bin/chmod +x "$STUBS/tool"; }'
says 0 "installing: package"
check "apt-get was asked (control)" grep -q 'install -y --no-install-recommends package' "$work/asked"
check "nothing is noted" test ! -e "$OSML_MISSING"

case="root without a network"
as 0 && apt_get 'echo "E: cannot fetch" >&2; exit 100'
says 1 "installing: package" "E: cannot fetch" "$missing"

case="Ctrl-C, which apt-get catches" # the script must not go on: no line but the first (audit N3)
# shellcheck disable=SC2016 # for the stub
as 0 && apt_get 'kill -INT "$PPID"; exit 100'
says "installing: package"

exit "$failed"
