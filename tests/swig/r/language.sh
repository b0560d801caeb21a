# SPDX-License-Identifier: MIT OR Apache-2.0
# R: to be sourced by run.sh.
# shellcheck shell=bash disable=SC2034,SC2154
packages=(openssl=openssl R=r-base-core /usr/share/R/include/Rinternals.h=r-base-core mkfifo=coreutils make=make
	/usr/lib/R/site-library/openssl/DESCRIPTION=r-cran-openssl)
lent="1 4"

contract() { R_LIBS=$modules/library python3 tests/contract/check.py "swig-$1" Rscript tests/contract/swig-r/contract.R; }
own() { R_LIBS=$modules/library Rscript tests/swig/r/test_safety.R; }
victim() { R_LIBS=$modules/library Rscript tests/swig/r/residue.R "$1"; }
clients() { tests/swig/clients/table.py "$1" r env "R_LIBS=$modules/library" Rscript tests/swig/r/clients.R; }
examples() { R_LIBS=$modules/library examples/swig/run.sh examples/swig/r R Rscript; }
bench() { R_LIBS=$modules/library Rscript tests/bench/swig/r.R; }
