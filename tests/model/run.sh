#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# The protocol of a handle's word in the interleavings of a few threads with few preemptions (src/main.rs).
# Exit code 77: what it is built from cannot be fetched.
set -eu
cd "$(dirname "$0")"
CARGO_TARGET_DIR=$(cd ../.. && pwd)/build/model
export CARGO_TARGET_DIR
cargo fetch --quiet --locked || { echo "SKIP: its crates cannot be fetched from crates.io" && exit 77; }
cargo build --quiet --release --locked --offline
timeout 600 "$CARGO_TARGET_DIR/release/osmemlock-model"
