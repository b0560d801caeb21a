# SPDX-License-Identifier: MIT OR Apache-2.0
# PHP: to be sourced by run.sh. The folder has an osmemlock.ini that loads the extension, also into the children of the programs.
# shellcheck shell=bash disable=SC2034,SC2154
packages=(openssl=openssl php=php-cli php-config=php-dev)
kept="1 4" # $_SERVER
lent="2 8" # the string is a copy, locked too

contract() { PHP_INI_SCAN_DIR=:$modules python3 tests/contract/check.py "swig-$1" php tests/contract/swig-php/contract.php; }
own() { PHP_INI_SCAN_DIR=:$modules php tests/swig/php/test_safety.php; }
victim() { PHP_INI_SCAN_DIR=:$modules php tests/swig/php/residue.php "$1"; }
clients() { tests/swig/clients/table.py "$1" php env "PHP_INI_SCAN_DIR=:$modules" php tests/swig/php/clients.php; }
examples() { PHP_INI_SCAN_DIR=:$modules examples/swig/run.sh examples/swig/php php php; }
bench() { PHP_INI_SCAN_DIR=:$modules php tests/bench/swig/php.php; }
