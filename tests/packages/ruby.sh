# SPDX-License-Identifier: MIT OR Apache-2.0
# The gem: to be sourced by run.sh. `gem build --strict` is its check.
# shellcheck shell=bash disable=SC2034,SC2153
packages=(ruby=ruby '/usr/include/ruby-*/ruby.h=ruby-dev' make=make)

# To root, gem 3.3 makes the extension of what is installed already in the system's folder, unless the user's is named.
twice() { GEM_HOME=$(ruby -e 'print Gem.user_dir') gem install --no-document --local "$PACKAGES"/ruby/osmemlock-*.gem -- "--with-cflags=-O0 -std=c99"; }
contract() { python3 "$SOURCE/tests/contract/check.py" ruby ruby "$SOURCE/tests/contract/swig-ruby/contract.rb"; }

check() {
	user gem unpack "$PACKAGES"/ruby/osmemlock-*.gem && ! ruby -W0 -e 'RUBY_PLATFORM = "vax"; load ARGV[0]' osmemlock-*/ext/extconf.rb 2>refusal &&
		grep 'this gem is for Linux' refusal
}

poor() { gem install --install-dir poor --local "$PACKAGES"/ruby/osmemlock-*.gem; }
