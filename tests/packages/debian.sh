# SPDX-License-Identifier: MIT OR Apache-2.0
# The packages of Debian: to be sourced by run.sh. They are built and installed in a copy of this system, and built once more.
# shellcheck shell=bash disable=SC2034,SC2154
packages=()
for package in build-essential cmake debhelper dh-python libpython3-dev libssl-dev lintian man-db ninja-build pkg-config python3 \
	lua5.{1,2,3,4} liblua5.{1-0,2,3,4}-dev; do
	packages+=("/var/lib/dpkg/info/${package}[.:]*list=$package")
done
document=docs/packaging.md heading=Debian
folder=$work/debian # flags for the compiler name it, and can have no space
cut=(env DEB_BUILD_OPTIONS=noautodbgsym "$SOURCE/tests/packages/apart.sh" "$folder" "$PACKAGES" --)

prepare() { tests/packages/apart.sh -- true || { echo "SKIP: debian: a copy of this system needs root, unshare(1) and an overlay" && return 1; }; }

# In another folder, at another time, under another umask.
built_again() {
	umask 077 && mkdir again && cd again && dpkg-source --extract "$PACKAGES"/debian/*.dsc osmemlock && cd osmemlock && dpkg-buildpackage -b -us -uc
}

clean() { lintian --display-info --pedantic --fail-on error,warning,info,pedantic "$@"; }

check() {
	local build rc=0
	user bash -c "$(declare -f built_again) && built_again" >again.log 2>&1 &
	build=$!
	clean ./*.changes "$PACKAGES"/debian/*.dsc && ! clean --no-override "$PACKAGES"/debian/*.dsc || rc=1 # the second one is a control
	wait $build || { cat again.log && return 1; }
	for package in again/*.deb; do cmp "$package" "${package#again/}" || rc=1; done
	return $rc
}
