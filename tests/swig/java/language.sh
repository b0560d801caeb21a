# SPDX-License-Identifier: MIT OR Apache-2.0
# Java: to be sourced by run.sh.
# shellcheck shell=bash disable=SC2034,SC2154
packages=(javac=default-jdk-headless)

osml_java() { java -Xcheck:jni -Djava.library.path="$modules" -cp "$modules/osmemlock.jar" "$@"; }
contract() { python3 tests/contract/check.py "swig-$1" java -Djava.library.path="$modules" -cp "$modules/osmemlock.jar" tests/contract/swig-java/Contract.java; }
own() { osml_java tests/swig/java/Safety.java; }
examples() { examples/swig/run.sh examples/swig/java java java -Djava.library.path="$modules" -cp "$modules/osmemlock.jar"; }
bench() { java -Djava.library.path="$modules" -cp "$modules/osmemlock.jar" tests/swig/java/Bench.java; }
