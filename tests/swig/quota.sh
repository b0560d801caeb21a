#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# quota.sh COMMAND...: runs it without CAP_IPC_LOCK, which lifts the limit, and with RLIMIT_MEMLOCK of 64 KiB.
set -eu
drop=()
[ "$(id -u)" != 0 ] || drop=(setpriv --bounding-set -ipc_lock --inh-caps -ipc_lock)
exec "${drop[@]}" prlimit --memlock=65536 "$@"
