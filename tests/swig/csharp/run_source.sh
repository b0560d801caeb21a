#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# run_source.sh PROGRAM.cs ...: builds it with the osmemlock.dll that is in $MONO_PATH, and runs it.
set -eu
program=$MONO_PATH/example.exe
mcs -warnaserror -r:"$MONO_PATH/osmemlock.dll" -out:"$program" "$1"
shift
exec mono "$program" "$@"
