# SPDX-License-Identifier: MIT OR Apache-2.0
# The jar, by Maven: to be sourced by run.sh. javadoc with its lint is run where the jar is made.
# shellcheck shell=bash disable=SC2034,SC2154
packages=(javac=default-jdk-headless mvn=maven cmake=cmake ninja=ninja-build strip=binutils unzip=unzip)
m2=$PWD/build/m2

# with_checks: a pom without its last line, and what java.build.xml has Maven check.
with_checks() { sed '/^<\/project>$/d' && cat "$SOURCE/tests/packages/java.build.xml" && echo '</project>'; }

# What Maven itself needs for a program, and for the checks.
prepare() {
	[ -f "$m2/verified" ] && return
	mkdir -p "$work/any/src/main/java/any"
	printf '%s\n' '<project><modelVersion>4.0.0</modelVersion><groupId>any</groupId><artifactId>any</artifactId><version>1</version>' \
		'</project>' >"$work/any/plain.xml"
	printf '%s\n' 'package any;' '' '/** Any. */' 'public final class Any {' '  private Any() { }' '}' >"$work/any/src/main/java/any/Any.java"
	with_checks <"$work/any/plain.xml" >"$work/any/pom.xml"
	mvn -q -B -f "$work/any/plain.xml" "-Dmaven.repo.local=$m2" -Dmaven.compiler.source=11 -Dmaven.compiler.target=11 compile >"$work/log" 2>&1 &&
		mvn -q -B -f "$work/any/pom.xml" "-Dmaven.repo.local=$m2" verify >>"$work/log" 2>&1 && touch "$m2/verified"
}

# Java takes the home from /etc/passwd, so Maven is told of ours. A file whose checksum is wrong is an error.
furnish() { mkdir .m2 .mvn && cp -r "$m2" .m2/repository && printf '%s\n' -Dmaven.repo.local=.m2/repository --strict-checksums >.mvn/maven.config; }

twice() { mvn -q -U compile; }
contract() { python3 "$SOURCE/tests/contract/check.py" java java "$SOURCE/tests/contract/swig-java/Contract.java"; }

# To a program's build a pom that is invalid is one without dependencies, and no error. One without a version is.
valid() {
	cp "$PACKAGES"/java/org/example/osmemlock/*/osmemlock-*.pom valid.xml && user mvn -o -q -B -f valid.xml validate &&
		sed '/<artifactId>osm/{n;d}' valid.xml >invalid.xml && ! user mvn -o -q -B -f invalid.xml validate >invalid && grep "'version' is missing" invalid
}

# The sources and the pom that are published, built by Maven. With one parameter that is told nowhere, they would not have passed.
verified() {
	mkdir -p verify/src/main/java && cd verify && unzip -q "$PACKAGES"/java/org/example/osmemlock/*/osmemlock-*-sources.jar -d src/main/java &&
		cp -r ../.mvn . && sed -i 's|=\.m2/|=../.m2/|' .mvn/maven.config && with_checks <../valid.xml >pom.xml && user mvn -o -q -B verify &&
		unzip -l target/osmemlock-*-javadoc.jar | grep -q osmemlock/LockedBuffer.html &&
		sed -i '0,/@param offset/{/@param offset/d}' src/main/java/osmemlock/LockedBuffer.java &&
		! user mvn -o -B verify >refusal && grep 'no @param for offset' refusal
}

# Where there is no library for the machine, or the folder for it cannot be used, the error says so.
check() {
	local jar
	jar=$(echo .m2/repository/org/example/osmemlock/*/osmemlock-*.jar)
	python3 -m zipfile -l "$jar" | grep -q '^osmemlock/native/linux-' &&
		unzip -p "$PACKAGES"/java/org/example/osmemlock/*/osmemlock-*-javadoc.jar osmemlock/LockedBuffer.html | grep -q 'Returns one byte' &&
		valid && (verified) &&
		! user java -Dos.arch=vax -cp "target/classes:$jar" Hold </dev/null 2>refusal && grep 'no library for linux-vax' refusal &&
		! user java -Djava.io.tmpdir=/proc -cp "target/classes:$jar" Hold </dev/null 2>refusal && grep 'java.io.tmpdir must be a folder' refusal
}
