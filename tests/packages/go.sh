# SPDX-License-Identifier: MIT OR Apache-2.0
# The module of Go: to be sourced by run.sh.
# shellcheck shell=bash disable=SC2034,SC2153
packages=(go=golang-go)

twice() { GOPROXY="file://$PACKAGES/go" GONOSUMDB=example.org GOFLAGS=-modcacherw go get example.org/osmemlock; }
contract() { go build -o contract "$SOURCE/tests/contract/swig-go/contract.go" && python3 "$SOURCE/tests/contract/check.py" go ./contract; }

# Only where it is already: Go takes a minute to make it.
staticcheck() { PATH=$SOURCE/build/go:$PATH type -P staticcheck; }
prepare() {
	staticcheck >/dev/null || echo "not run: staticcheck. To have it: GOBIN=$SOURCE/build/go go install honnef.co/go/tools/cmd/staticcheck@v0.8.2"
}

lint() {
	local tool
	tool=$(staticcheck) || return 0
	mkdir faulty && printf 'package faulty\n\nfunc F(i int) { i = i }\n' >faulty/faulty.go
	user "$tool" example.org/osmemlock && ! user "$tool" ./faulty >told && grep SA4018 told
}

check() {
	user go vet example.org/osmemlock && lint &&
		! user env CGO_ENABLED=0 go build . 2>stub && grep -q 'is_for_Linux_and_needs_cgo__set_CGO_ENABLED_to_1' stub &&
		user env GOOS=darwin CGO_ENABLED=1 go list -f '{{.GoFiles}}' example.org/osmemlock | grep -x '\[absent\.go\]' # only that error
}

poor() { cp ../go.mod ../go.sum ../hold.go . && HOME=${PWD%/*} go build; }
