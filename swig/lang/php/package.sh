# SPDX-License-Identifier: MIT OR Apache-2.0
# The extension for phpize, PECL and PIE: to be sourced by bindings/package.sh.
# shellcheck shell=bash disable=SC2154
dist=$work/osmemlock-$version
generate php "$dist" -php
python3 bindings/arginfo.py "$dist/osmemlock_php.c" .
core_into "$dist"
python3 bindings/describe.py php . >"$dist/osmemlock.stub.php"
mkdir -p "$dist/tests"
sources=$(cd "$dist" && echo ./*.c)
filled swig/lang/php/package/config.m4 "$work"
sed "s|@SOURCES@|${sources//.\//}|" "$work/config.m4" >"$dist/config.m4"
filled swig/lang/php/package/composer.json "$dist"
cp swig/lang/php/package/hold.phpt "$dist/tests"
cp LICENSE-MIT LICENSE-APACHE "$dist"
cp docs/bindings/php.md "$dist/README.md"

# role FILE: what PECL calls it.
role() {
	case $1 in
	tests/*) echo test ;;
	*.md | LICENSE*) echo doc ;;
	*) echo src ;;
	esac
}
(
	cd "$dist" || exit 1
	find . -type f -printf '%P\n' | sort | while read -r file; do printf '   <file name="%s" role="%s"/>\n' "$file" "$(role "$file")"; done
) >"$work/contents"
filled swig/lang/php/package/package.xml "$work/xml"
sed -e "/@CONTENTS@/{r $work/contents" -e 'd}' -e "s/@DATE@/$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)/" "$work/xml/package.xml" >"$work/package.xml"
# PECL wants package.xml beside the folder, and not in it.
tar -C "$work" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u+rw,go+r,go-w -cf - \
	package.xml "osmemlock-$version" | gzip -9n >"$out/osmemlock-php-$version.tgz"
