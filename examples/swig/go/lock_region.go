// SPDX-License-Identifier: MIT OR Apache-2.0

// Locks memory that the program has already. Two secrets share a page here, as they do on any heap; giving one back leaves the other locked.
package main

import (
	"fmt"
	"log"

	"example.org/osmemlock"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func show(when string) {
	used, err := osmemlock.Info(osmemlock.InfoProcessLockedBytes)
	must(err)
	fmt.Printf("%-28s %d KiB locked\n", when, used/1024)
}

func lock(memory []byte) *osmemlock.LockedRegion {
	region, err := osmemlock.NewLockedRegion(memory, osmemlock.RegionDontdump|osmemlock.RegionWipe)
	must(err)
	return region
}

func main() {
	secrets := make([]byte, 128)
	password, token := secrets[:64:64], secrets[64:] // with a capacity of its own, so that append cannot run into the other

	show("at the start:")
	lockOfPassword, lockOfToken := lock(password), lock(token)
	show("both locked, in one page:")
	// ... the program reads its secrets into the slices, as in io.ReadFull(file, password), and uses them there ...
	must(lockOfPassword.Close())
	show("password unlocked:")
	must(lockOfToken.Close())
	show("token unlocked too:")
}
