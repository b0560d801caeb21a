#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# run.sh FOLDER EXTENSION COMMAND...: runs the example programs of one language; hold_secret gets a secret on its stdin.
set -eu
folder=$1 extension=$2
shift 2
head -c 24 /dev/urandom | base64 | "$@" "$folder/hold_secret.$extension"
for program in lock_region key_pool no_core_dumps; do
	"$@" "$folder/$program.$extension"
done
