# SPDX-License-Identifier: MIT OR Apache-2.0
# The distribution for CPAN: to be sourced by run.sh. Its page says `make test`.
# shellcheck shell=bash disable=SC2034
packages=(perl=perl '/usr/lib/*/perl/5.*/CORE/perl.h=libperl-dev' /usr/include/crypt.h=libcrypt-dev make=make
	perlcritic=libperl-critic-perl)

twice() { make -C osmemlock-*/ install; }
contract() { python3 "$SOURCE/tests/contract/check.py" perl perl "$SOURCE/tests/contract/swig-perl/contract.pl"; }

check() {
	tar xf "$PACKAGES"/perl/osmemlock-perl-*.tar.gz && cd osmemlock-*/ && podchecker lib/osmemlock.pod &&
		perlcritic --gentle lib t Makefile.PL && sed '/^use strict/d' lib/osmemlock.pm >lax.pm && ! perlcritic --gentle lax.pm &&
		! perl -e '$^O = "vax"; do "./Makefile.PL" or die $@' 2>refusal && grep 'this distribution is for Linux' refusal
}
poor() { tar xf "$PACKAGES"/perl/osmemlock-perl-*.tar.gz && cd osmemlock-*/ && perl Makefile.PL; }
