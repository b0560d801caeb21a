# SPDX-License-Identifier: MIT OR Apache-2.0
# The module for Go, in a folder that is a proxy: to be sourced by bindings/package.sh. The path of a module that `go get` takes has a dot.
# shellcheck shell=bash disable=SC2154
dist=$work/module
generate go "$dist/internal/swig" -go -cgo -intgosize 64
core_into "$dist/internal/swig"
sed "s|^module .*|module $home|" swig/lang/go/go.mod >"$dist/go.mod"
for file in swig/lang/go/*.go; do
	sed -e "s|\"example.org/osmemlock/internal/swig\"|\"$home/internal/swig\"|" -e '0,/^package /s|^package |//go:build cgo \&\& linux\n\n&|' "$file" >"$dist/$(basename "$file")"
done
cp swig/lang/go/package/absent.go "$dist"
sed -i -e 's|^#cgo CFLAGS: .*|& -fvisibility=hidden\n#cgo !ppc64,!ppc64le CFLAGS: -fno-plt|' -e 's|^#cgo LDFLAGS: .*|#cgo LDFLAGS: -pthread -ldl|' "$dist/internal/swig/swig.go"
cp LICENSE-MIT LICENSE-APACHE "$dist"
cp docs/bindings/go.md "$dist/README.md"
versions=$out/$home/@v
mkdir -p "$versions"
echo "v$version" >"$versions/list"
printf '{"Version":"v%s","Time":"%s"}\n' "$version" "$(date -u -d "@$SOURCE_DATE_EPOCH" +%FT%TZ)" >"$versions/v$version.info"
cp "$dist/go.mod" "$versions/v$version.mod"
python3 bindings/zipped.py "$dist" "$versions/v$version.zip" "$SOURCE_DATE_EPOCH" "$home@v$version/"
