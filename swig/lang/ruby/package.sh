# SPDX-License-Identifier: MIT OR Apache-2.0
# The gem: to be sourced by bindings/package.sh.
# shellcheck shell=bash disable=SC2154
generate ruby "$work/ext" -ruby
core_into "$work/ext"
cp swig/lang/ruby/package/extconf.rb "$work/ext"
mkdir "$work/sig" && python3 bindings/describe.py ruby . >"$work/sig/osmemlock.rbs"
filled swig/lang/ruby/package/osmemlock.gemspec "$work"
cp LICENSE-MIT LICENSE-APACHE docs/bindings/ruby.md "$work"
(cd "$work" && gem build --strict --silent --output "$out/osmemlock-$version.gem" osmemlock.gemspec)
