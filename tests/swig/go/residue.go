// SPDX-License-Identifier: MIT OR Apache-2.0

// The victim of ../residue.sh: residue from-fd|from-env.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"

	"osmemlock"
)

func ready(input *bufio.Reader) {
	fmt.Println("ready", os.Getpid())
	_, _ = input.ReadString('\n') // the end of it is an answer too
}

func secret() (*osmemlock.LockedBuffer, error) {
	if os.Args[1] == "from-fd" {
		return osmemlock.FromFd(os.NewFile(3, "pipe"), 4096, 0, nil)
	}
	return osmemlock.FromEnv("OSML_PROOF_SECRET", 4096, 0, nil)
}

func main() {
	input := bufio.NewReader(os.Stdin)
	b, err := secret()
	if err != nil {
		log.Fatal(err)
	}
	ready(input)
	if err := b.Close(); err != nil {
		log.Fatal(err)
	}
	ready(input)
}
