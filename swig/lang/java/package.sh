# SPDX-License-Identifier: MIT OR Apache-2.0
# A Maven repository with the jar, its sources, its Javadoc and the pom: to be sourced by bindings/package.sh. The library for this machine is inside.
# shellcheck shell=bash disable=SC2154
rm -rf "${built:?}/java" # of another version, it may have other files
native java
group=$(tr . '\n' <<<"${home%%/*}" | tac | paste -s -d .)
folder=$out/${group//.//}/osmemlock/$version
classes=$work/classes sources=$work/sources api=$work/api
mkdir -p "$folder" "$sources/osmemlock" "$classes/META-INF"
cp "$built"/java/*.java "$sources/osmemlock"
python3 bindings/comments.py swig/osmemlock.i "$sources"/osmemlock/*.java
javac --release 11 -Xlint:all -Werror -d "$classes" "$sources"/osmemlock/*.java
javadoc -quiet -notimestamp -Xdoclint:all -Werror --release 11 -d "$api" "$sources"/osmemlock/*.java >"$work/log" 2>&1 || { cat "$work/log" && exit 1; }
machine=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *os\.arch = //p')
native_into "$classes/osmemlock/native" "linux-$machine" "$built/java/libosmemlock_jni.so"
printf 'Manifest-Version: 1.0\nAutomatic-Module-Name: osmemlock\nImplementation-Title: osmemlock\nImplementation-Version: %s\n' "$version" \
	>"$classes/META-INF/MANIFEST.MF"
cp LICENSE-MIT LICENSE-APACHE "$classes/META-INF"
python3 bindings/zipped.py "$classes" "$folder/osmemlock-$version.jar" "$SOURCE_DATE_EPOCH"
python3 bindings/zipped.py "$sources" "$folder/osmemlock-$version-sources.jar" "$SOURCE_DATE_EPOCH"
python3 bindings/zipped.py "$api" "$folder/osmemlock-$version-javadoc.jar" "$SOURCE_DATE_EPOCH"
filled swig/lang/java/package/pom.xml "$work"
sed "s|@GROUP@|$group|" "$work/pom.xml" >"$folder/osmemlock-$version.pom"
for file in "$folder"/*; do sha1sum <"$file" | cut -d ' ' -f 1 >"$file.sha1"; done
