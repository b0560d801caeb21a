// SPDX-License-Identifier: MIT OR Apache-2.0

//go:build !goexperiment.runtimesecret

// Apart from runtime/secret, because it switches off the core files of the process.

package main

import (
	"io"
	"runtime"

	"github.com/awnumar/memguard"
)

func holdBuffer(from io.Reader) func() {
	buffer, err := memguard.NewBufferFromReader(from, size)
	if err != nil {
		panic(err)
	}
	return buffer.Destroy
}

// Encrypted while nobody uses it.
func holdEnclave(from io.Reader) func() {
	buffer, err := memguard.NewBufferFromReader(from, size)
	if err != nil {
		panic(err)
	}
	enclave := buffer.Seal()
	return func() { runtime.KeepAlive(enclave) }
}

func init() {
	kinds["memguard"], kinds["enclave"] = holdBuffer, holdEnclave
}
