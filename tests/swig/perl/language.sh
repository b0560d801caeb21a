# SPDX-License-Identifier: MIT OR Apache-2.0
# Perl: to be sourced by run.sh.
# shellcheck shell=bash disable=SC2034,SC2154
packages=(perl=perl '/usr/lib/*/perl/5.*/CORE/perl.h=libperl-dev' /usr/include/crypt.h=libcrypt-dev)
kept="1 4" # %ENV
lent="1 4"

contract() { python3 tests/contract/check.py "swig-$1" perl -I"$modules" tests/contract/swig-perl/contract.pl; }
own() { perl -I"$modules" tests/swig/perl/safety.t; }
victim() { perl -I"$modules" tests/swig/perl/residue.pl "$1"; }
clients() { tests/swig/clients/table.py "$1" perl perl -I"$modules" tests/swig/perl/clients.pl; }
examples() { examples/swig/run.sh examples/swig/perl pl perl -I"$modules"; }
bench() { perl -I"$modules" tests/bench/swig/perl.pl; }
