# SPDX-License-Identifier: MIT OR Apache-2.0
# Java: to be sourced by run.sh.
# shellcheck shell=bash disable=SC2034,SC2154
packages=(javac=default-jdk-headless)
lent="1 4"

# Where System.loadLibrary() looks.
in_modules() { LD_LIBRARY_PATH=$modules "$@"; }
contract() { in_modules python3 tests/contract/check.py "swig-$1" java -cp "$modules/osmemlock.jar" tests/contract/swig-java/Contract.java; }
own() { MALLOC_PERTURB_=165 in_modules java -Xmx64m -Xcheck:jni -cp "$modules/osmemlock.jar" tests/swig/java/Safety.java; }
victim() { in_modules java -Xmx64m -cp "$modules/osmemlock.jar" tests/swig/java/Residue.java "$1"; }
clients() { tests/swig/clients/table.py "$1" java env "LD_LIBRARY_PATH=$modules" java -Xmx64m -cp "$modules/osmemlock.jar" tests/swig/java/Clients.java; }
examples() { in_modules examples/swig/run.sh examples/swig/java java java -cp "$modules/osmemlock.jar"; }
# The collector and its threads are no matter of the machine.
bench() { in_modules java -Xmx64m -XX:+UseG1GC -XX:ActiveProcessorCount=2 -cp "$modules/osmemlock.jar" tests/bench/swig/Bench.java; }
