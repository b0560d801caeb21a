# SPDX-License-Identifier: MIT OR Apache-2.0
# The source package of Debian: to be sourced by bindings/package.sh. The changelog is written here, because it is where Debian's tools find the
# version. Revision 0upstream1 comes before every one that Debian itself may have, and upstream's news are docs/changelog.md.
# shellcheck shell=bash disable=SC2154
dist=$work/osmemlock-$version
sources_into "$dist"
archive "$dist" "$work/osmemlock_$version.orig.tar.gz"
cp -r packaging/debian "$dist/debian"
rm "$dist/debian/package.sh"
filled packaging/debian/control "$dist/debian"
cat >"$dist/debian/changelog" <<END
osmemlock ($version-0upstream1) unstable; urgency=medium

  * What is new: /usr/share/doc/libosmemlock1/changelog.gz.

 -- The osmemlock authors <nobody@example.org>  $(date --utc --rfc-email --date="@$SOURCE_DATE_EPOCH")
END
(cd "$work" && dpkg-source --build "$dist" >log 2>&1 || { cat log && exit 1; })
cp "$work"/osmemlock_* "$out"
