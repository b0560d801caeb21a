// SPDX-License-Identifier: MIT OR Apache-2.0

// The processor's time for new and close of a buffer of 32 bytes, Go's own slice of 32 and a call that does nothing: the median of 21 rounds each,
// that of all threads, the collector's too.
package main

import (
	"fmt"
	"log"
	"sort"
	"syscall"

	"example.org/osmemlock"
)

const (
	rounds = 21
	count  = 20000
)

var (
	kept []byte // so that the slice is made on the heap
	open *osmemlock.LockedBuffer
)

func own() {
	kept = make([]byte, 32)
}

func call() {
	if open.Size() != 32 {
		log.Fatal("the size")
	}
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

func now() int64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		log.Fatal(err)
	}
	return used.Utime.Nano() + used.Stime.Nano()
}

func nanoseconds(work func()) float64 {
	times := make([]float64, rounds)
	for round := range times {
		start := now()
		for i := 0; i < count; i++ {
			work()
		}
		times[round] = float64(now()-start) / count
	}
	sort.Float64s(times)
	return times[rounds/2]
}

func main() {
	var err error
	if open, err = osmemlock.NewLockedBuffer(32, nil); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("go: []byte of 32 %.0f ns, call %.0f ns, LockedBuffer %.0f ns\n", nanoseconds(own), nanoseconds(call), nanoseconds(locked))
}
