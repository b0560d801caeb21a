# SPDX-License-Identifier: MIT OR Apache-2.0
# Ruby: to be sourced by run.sh.
# shellcheck shell=bash disable=SC2034,SC2154
packages=(openssl=openssl ruby=ruby '/usr/include/ruby-*/ruby.h=ruby-dev')
lent="2 8" # its own copy is locked too

contract() { RUBYLIB=$modules python3 tests/contract/check.py "swig-$1" ruby tests/contract/swig-ruby/contract.rb; }
own() { RUBYLIB=$modules ruby tests/swig/ruby/test_safety.rb; }
victim() { RUBYLIB=$modules ruby tests/swig/ruby/residue.rb "$1"; }
clients() { tests/swig/clients/table.py "$1" ruby env "RUBYLIB=$modules" ruby tests/swig/ruby/clients.rb; }
examples() { RUBYLIB=$modules examples/swig/run.sh examples/swig/ruby rb ruby; }
bench() { RUBYLIB=$modules ruby tests/bench/swig/ruby.rb; }
