#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# What tests/run makes of its parts: a run that lost one is not a success, and says why (audit N2). The parts are stand-ins, in a tree of
# their own.
set -u
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
tests=$(dirname "$here")
. "$here/../tidy.sh"
work_folder verdicts
tree="$work/a tree"
failed=0

part() { mkdir -p "$tree/tests/$1" && printf '#!/bin/bash\n%s\n' "$2" >"$tree/tests/$1/run.sh" && chmod +x "$tree/tests/$1/run.sh"; }

# ends RC PART...: what the run says is in $work/said.
ends() {
	local wanted=$1 rc
	shift
	(umask 077 && CI=$ci "$tree/tests/run" "$@") >"$work/said" 2>&1
	rc=$?
	[ "$rc" = "$wanted" ] && echo "ok    $*${ci:+, CI=$ci}: $rc" && return
	failed=1
	cat "$work/said"
	echo "FAIL  $*${ci:+, CI=$ci}: $rc, expected $wanted"
}

says() { sed -n '/^== summary/,$p' "$work/said" | grep -q "$1" && echo "ok    says: $1" || { failed=1 && echo "FAIL  does not say: $1" && cat "$work/said"; }; }

mkdir -p "$tree/tests"
cp "$tests/run" "$tests/need.sh" "$tests/tidy.sh" "$tests/tidy.py" "$tree/tests/"
part python 'echo "all well"'
part swig 'echo "FAILED  a step"; exit 3'
# shellcheck disable=SC2016 # for the stand-in
part lua 'echo "missing: nothing-of-this-name"; echo its-package >>"$OSML_MISSING"; exit 77'

ci=''
ends 0 python
says "^parts: 1 passed, 0 failed, 0 skipped"
ends 77 lua
says "^  *missing: nothing-of-this-name"
says "apt-get install --no-install-recommends its-package$"
says "^Not everything was tested: lua "
ends 77 python lua
ends 1 swig lua
says "^  *FAILED  a step"
ends 2 nonsense

# A user who may lock so many KiB, soft and hard.
user=()
[ "$(id -u)" != 0 ] || user=(setpriv --reuid=65534 --bounding-set=-all --inh-caps=-all)
limited() { (ulimit -S -l "$1" && ulimit -H -l "$2" && exec "${user[@]}" "$tree/tests/run" python) >"$work/said" 2>&1; }
chmod -R a+rwX "$work"
limited 64 64
[ $? = 77 ] && grep -q "^missing: the tests lock up to 8192 KiB of memory, and the limit is 64 KiB.* ulimit -l 8192 " "$work/said" &&
	echo "ok    64 KiB of locked memory are too little, and it says what to type" || { failed=1 && cat "$work/said"; }
limited 64 8192 && echo "ok    a soft limit is raised" || { failed=1 && cat "$work/said"; }
ci=true
ends 0 python
ends 1 python lua
says "^Not everything was tested: lua "
exit "$failed"
