// SPDX-License-Identifier: MIT OR Apache-2.0

//go:build goexperiment.runtimesecret

package main

import (
	"io"
	"runtime"
	"runtime/secret"
)

// What is made inside of Do is wiped when it is collected.
func holdRuntimeSecret(from io.Reader) func() {
	var bytes []byte
	var err error
	secret.Do(func() {
		bytes = make([]byte, size)
		_, err = io.ReadFull(from, bytes)
	})
	if err != nil {
		panic(err)
	}
	return func() {
		bytes = nil
		runtime.GC()
		runtime.GC()
	}
}

func init() {
	kinds["runtime/secret"] = holdRuntimeSecret
}
