# SPDX-License-Identifier: MIT OR Apache-2.0
# The package of R: to be sourced by run.sh.
# shellcheck shell=bash disable=SC2034,SC2153
packages=(R=r-base-core /usr/share/R/include/Rinternals.h=r-base-core make=make /usr/lib/R/site-library/openssl/DESCRIPTION=r-cran-openssl)

twice() { echo "CFLAGS = -O0 -std=c99" >quick && R_MAKEVARS_USER=quick R CMD INSTALL --library=R "$PACKAGES"/r/osmemlock_*.tar.gz; }
contract() { python3 "$SOURCE/tests/contract/check.py" r Rscript "$SOURCE/tests/contract/swig-r/contract.R"; }

check() {
	user env LC_ALL=C.UTF-8 R CMD check --no-manual "$PACKAGES"/r/osmemlock_*.tar.gz | tee checked
	tail -n 3 checked | grep -q '^Status: OK' && tar xf "$PACKAGES"/r/osmemlock_*.tar.gz && mkdir vax && ln -s "$(type -P echo)" vax/uname &&
		! PATH=$PWD/vax:$PATH osmemlock/configure 2>refusal && grep 'this package is for Linux' refusal
}

poor() { mkdir library && R CMD INSTALL --library=library "$PACKAGES"/r/osmemlock_*.tar.gz; }
