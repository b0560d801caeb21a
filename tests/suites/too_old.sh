#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Each package where its language is too old: its manager must refuse, name the version that is needed, and install nothing. That is so on Debian 11,
# in a chroot; and there Tcl, which is not too old, is the control.
#   tests/suites/too_old.sh          takes what is in build/packages, makes what is not, and runs the next in the chroot
#   tests/suites/too_old.sh inside
# Exit code: 0 passed, 1 failed, 77 no chroot, or no network.
# shellcheck disable=SC2154 # `trees` is set by tests/suites/trees.sh, `work` by tests/tidy.sh
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
. tests/need.sh
. tests/tidy.sh
. tests/debian.sh
. tests/suites/trees.sh
languages=(ruby perl php go node python tcl)
needed='ruby ruby-dev nodejs npm perl libperl-dev php-cli php-dev golang-go python3-pip python3-dev tcl tcl-dev gcc g++ make'
made=$PWD/build/packages passed=0 failed=0

install_ruby() { gem install --no-document --user-install --local "$made"/ruby/osmemlock-*.gem; }
install_perl() { unpacked "$made"/perl/osmemlock-perl-*.tar.gz && perl Makefile.PL && make && make install "DESTDIR=$HOME/installed"; }
install_php() { unpacked "$made"/php/osmemlock-php-*.tgz && phpize && ./configure && make && make install "INSTALL_ROOT=$HOME/installed"; }
install_node() { echo '{}' >package.json && npm install --offline --foreground-scripts "$made"/node/osmemlock-*.tgz; }
install_python() { pip3 install --no-index --target installed "$made"/python/osmemlock-*.whl; }
install_tcl() { unpacked "$made"/tcl/osmemlock-tcl-*.tar.gz && make install "TCLLIBPATH=$HOME/installed"; }
install_go() {
	printf '%s\n' 'package main' 'import _ "example.org/osmemlock"' 'func main() { }' >main.go
	go mod init old && GOPROXY=file://$made/go GONOSUMDB=example.org go get example.org/osmemlock && go build -o installed/program
}

unpacked() { tar xf "$1" && cd osmemlock-*/ || return; }

# What could be taken for the installed package.
left() { find "$HOME" -path '*/installed/*' -o -path '*/node_modules/osmemlock/*' -o -name 'osmemlock*.gemspec' -o -name '*.so' -o -name '*.node'; }

# verdict INSTALLED MESSAGE: of a language whose `log` is there. The message is that of a refusal, or none where nothing is refused.
verdict() {
	case $2 in
	'') [ "$1" = yes ] && [ -n "$(left)" ] ;;
	*) [ "$1" = no ] && [ -z "$(left)" ] && grep -E "$2" log ;;
	esac
}

try() { # try LANGUAGE MESSAGE
	local HOME=$work/$1 installed=no
	export HOME
	mkdir "$HOME" && cd "$HOME" || exit 1
	("install_$1") >log 2>&1 && installed=yes
	if verdict "$installed" "$2"; then
		echo "ok    $1: ${2:+refused: }${2:-installed}" && passed=$((passed + 1))
	else
		echo "FAIL  $1: installed: $installed, not told: $2" && tail -n 30 log && left && failed=$((failed + 1))
	fi
	cd - >/dev/null || exit 1
}

inside() {
	try ruby 'requires Ruby version >= 3\.1'
	try perl 'Perl v5\.36\.0 required'
	try php 'PHP 8\.2 or later is needed'
	try go 'module requires Go 1\.18'
	try node 'Node 20 or later is needed'
	try python 'not a supported wheel'
	try tcl ''
	echo "too old: $passed passed, $failed failed"
	[ $failed = 0 ]
}

outside() {
	local reason tree=$trees/bullseye language
	mkdir -p "$trees"
	reason=$(can_have_trees) || { echo "SKIP: $reason" && return 77; }
	find_network
	for language in "${languages[@]}"; do
		[ -d "build/packages/$language" ] || tests/packages/run.sh "$language" || return 1
	done
	tree_of bullseye && chroot "$tree" sh -c "apt-get -qq update && apt-get -qq install -y --no-install-recommends $needed" || return 1
	export_sources "$tree/root/osmemlock" && mkdir -p "$tree/root/osmemlock/build" && cp -r build/packages "$tree/root/osmemlock/build" &&
		root_in "$tree" tests/suites/too_old.sh inside
}

work_folder too-old
"${1:-outside}" </dev/null
