// SPDX-License-Identifier: MIT OR Apache-2.0

// Holds a secret of 64 bytes that comes on descriptor 3: by memguard, by runtime/secret, or as plain bytes that are cleared. It prints "ready PID", and a line makes it
// release the secret.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
)

const size = 64

func holdPlain(from io.Reader) func() {
	bytes := make([]byte, size)
	if _, err := io.ReadFull(from, bytes); err != nil {
		panic(err)
	}
	return func() { clear(bytes); runtime.KeepAlive(bytes) }
}

var kinds = map[string]func(io.Reader) func(){"bytes": holdPlain}

func main() {
	release := kinds[os.Args[1]](os.NewFile(3, "secret"))
	lines := bufio.NewReader(os.Stdin)
	fmt.Println("ready", os.Getpid())
	if _, err := lines.ReadString('\n'); err == nil {
		release()
		fmt.Println("ready 0")
		lines.ReadString('\n')
	}
}
