// SPDX-License-Identifier: MIT OR Apache-2.0

// Switches core dumps off for the time that they would hurt, and hardens the process for good.
package main

import (
	"fmt"
	"log"
	"syscall"

	"example.org/osmemlock"
)

func show(when string) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_CORE, &limit); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%-26s %d\n", when, limit.Cur)
}

func underGuard() {
	guard, err := osmemlock.DisableCoreDumpsWithGuard()
	if err != nil {
		log.Fatal(err)
	}
	defer guard.Close()
	show("under the guard:")
}

func main() {
	show("core dumps may have:")
	underGuard()
	show("the guard is gone:")

	// A dump that is piped to a handler, as systemd does, ignores the limit. The second step stops that too.
	done, err := osmemlock.Harden(osmemlock.HardenAll)
	if err != nil {
		log.Fatal(err)
	}
	show("hardened for good:")
	fmt.Printf("core limit: %v, undumpable: %v\n", done&osmemlock.HardenCoreLimit != 0, done&osmemlock.HardenUndumpable != 0)
}
