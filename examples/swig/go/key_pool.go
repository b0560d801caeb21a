// SPDX-License-Identifier: MIT OR Apache-2.0

// Ten thousand keys at once. Small buffers share locked pages, so that the quota on locked memory (`ulimit -l`) goes a long way.
package main

import (
	"fmt"
	"log"

	"example.org/osmemlock"
)

func newKey() *osmemlock.LockedBuffer {
	key, err := osmemlock.NewLockedBuffer(32, nil)
	if err == nil {
		err = key.Random(0, 32)
	}
	if err != nil {
		log.Fatal(err)
	}
	return key
}

func info(what osmemlock.Figure) uint64 {
	value, err := osmemlock.Info(what)
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	keys := make([]*osmemlock.LockedBuffer, 10000)
	for i := range keys {
		keys[i] = newKey()
	}
	fmt.Printf("%d keys of 32 bytes are alive, %d KiB are locked for them\n", info(osmemlock.InfoLiveBuffers), info(osmemlock.InfoLibraryLockedBytes)/1024)
	fmt.Printf("with a page for each key it would be %d KiB\n", uint64(len(keys))*info(osmemlock.InfoPageSize)/1024)
	for _, key := range keys {
		if err := key.Close(); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("after Close: %d keys\n", info(osmemlock.InfoLiveBuffers))
}
