// SPDX-License-Identifier: MIT OR Apache-2.0

// New and close of a buffer of 32 bytes beside Go's own slice of 32: the median of 21 rounds each, in turns, collections included.
package main

import (
	"fmt"
	"log"
	"sort"
	"time"

	"osmemlock"
)

const (
	rounds = 21
	count  = 20000
)

var kept []byte // so that the slice is made on the heap

func own() {
	kept = make([]byte, 32)
}

func locked() {
	b, err := osmemlock.NewLockedBuffer(32, nil)
	if err == nil {
		err = b.Close()
	}
	if err != nil {
		log.Fatal(err)
	}
}

func nanoseconds(work func()) float64 {
	start := time.Now()
	for i := 0; i < count; i++ {
		work()
	}
	return float64(time.Since(start).Nanoseconds()) / count
}

func main() {
	owns, lockeds := make([]float64, rounds), make([]float64, rounds)
	for i := range owns {
		owns[i], lockeds[i] = nanoseconds(own), nanoseconds(locked)
	}
	sort.Float64s(owns)
	sort.Float64s(lockeds)
	a, b := owns[rounds/2], lockeds[rounds/2]
	fmt.Printf("go: []byte of 32 %.0f ns, LockedBuffer %.0f ns, %.1fx\n", a, b, b/a)
}
