# SPDX-License-Identifier: MIT OR Apache-2.0
# The extension: to be sourced by run.sh. Its page says `make test`.
# shellcheck shell=bash disable=SC2034
packages=(php=php-cli phpize=php-dev pear=php-pear make=make)

# What its page says is a copy, so there is nothing to install twice.
contract() { python3 "$SOURCE/tests/contract/check.py" php php "$SOURCE/tests/contract/swig-php/contract.php"; }

# The date is that of the last commit. The validator, made for the day of a release, warns on every other day.
check() {
	user pear package-validate "$PACKAGES"/php/osmemlock-php-*.tgz | tee validated
	! grep -E '^(Error|Warning): |: (Error|Warning): ' validated | grep -v 'field "date" - Release Date .* is not today' &&
		grep -q '^Validation: 0 error(s)' validated
}

poor() {
	local build rc
	build=$(mktemp -d) && tar xf "$PACKAGES"/php/osmemlock-php-*.tgz -C "$build" && cd "$build"/osmemlock-*/ && phpize && ./configure
	rc=$?
	rm -r "$build"
	return $rc
}
