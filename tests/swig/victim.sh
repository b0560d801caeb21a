#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# victim.sh LANGUAGE MODULES KIND: becomes the victim of residue.sh.
set -eu
# shellcheck disable=SC2034
modules=$2 build=$(dirname "$(dirname "$(dirname "$2")")") bench='' cmake_options=()
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=/dev/null
source "tests/swig/$1/language.sh"
victim "$3"
