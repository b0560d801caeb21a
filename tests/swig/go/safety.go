// SPDX-License-Identifier: MIT OR Apache-2.0

// What must never crash: each runs in a process of its own, whose exit code is looked at. With an argument: that one.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"sync"
	"syscall"

	osml "osmemlock"
)

func require(holds bool, why ...interface{}) {
	if !holds {
		panic(fmt.Sprint("does not hold ", why))
	}
}

func sure[T any](value T, err error) T {
	require(err == nil, err)
	return value
}

func failed[T any](_ T, err error) error {
	return err
}

func buffer() *osml.LockedBuffer {
	return sure(osml.NewLockedBuffer(64, nil))
}

// collect goes on until all buffers are gone; the caller's time limit is the only clock.
func collect() {
	for sure(osml.Info(osml.INFO_LIVE_BUFFERS)) > 0 {
		runtime.GC()
	}
	require(sure(osml.Info(osml.INFO_DOUBLE_FREES)) == 0)
}

func inGoroutines(count int, told func(number int)) {
	var all sync.WaitGroup
	for number := 0; number < count; number++ {
		all.Add(1)
		go func(number int) {
			defer all.Done()
			told(number)
		}(number)
	}
	all.Wait()
}

// everyMethod returns what each answers that can be refused.
func everyMethod(b, other *osml.LockedBuffer) []error {
	one := make([]byte, 1)
	return []error{
		b.Write(0, one), failed(b.Read(0, 1)), failed(b.Read(0, 0)), b.ReadInto(0, one), failed(b.GetByte(0)), b.SetByte(0, 1), b.Fill(0, 1, 1),
		b.Random(0, 1), b.Copy(0, other, 0, 1), other.Copy(0, b, 0, 1), b.Wipe(), failed(b.Equal(other)), failed(other.Equal(b)),
		b.Protect(osml.ACCESS_READ), failed(b.Protections()), failed(b.Verify()), b.DecodeHex(), b.DecodeBase64(), b.WriteFd(os.Stdout),
	}
}

func useAfterClose() {
	b := buffer()
	require(b.Close() == nil && b.Close() == nil)
	for number, err := range everyMethod(b, buffer()) {
		require(errors.Is(err, osml.ErrClosed), number, err)
	}
	guard := sure(osml.DisableCoreDumpsWithGuard())
	require(guard.Close() == nil && guard.Close() == nil)
}

func nilAndZero() {
	for _, b := range []*osml.LockedBuffer{nil, {}} {
		for number, err := range everyMethod(b, buffer()) {
			require(errors.Is(err, osml.ErrInvalid), number, err)
		}
		require(errors.Is(b.Close(), osml.ErrInvalid) && b.Closed() && b.Size() == 0 && b.String() != "")
	}
	for _, guard := range []*osml.CoreDumpsGuard{nil, {}} {
		require(errors.Is(guard.Close(), osml.ErrInvalid))
	}
	require(osml.Mlock(nil) == nil || errors.Is(osml.Mlock(nil), osml.ErrInvalid))
	require(osml.Wipe(nil) == nil && buffer().Write(0, nil) == nil)
}

// A copy of the struct is the same buffer, and stays usable when the first is gone.
func copied() {
	second := *buffer()
	runtime.GC()
	require(second.Random(0, 64) == nil && second.Close() == nil)
	collect()
}

type keeper struct {
	secret *osml.LockedBuffer
}

// A program's own finalizer runs on the finalizers' goroutine, before that of the buffer.
func closedInAFinalizer() {
	done := make(chan error, 100)
	for i := 0; i < 100; i++ {
		k := &keeper{buffer()}
		runtime.SetFinalizer(k, func(k *keeper) { done <- k.secret.Close() })
	}
	for i := 0; i < 100; {
		select {
		case err := <-done:
			require(err == nil, err)
			i++
		default:
			runtime.GC()
		}
	}
	collect()
}

func collectedWhileOthersWork() {
	inGoroutines(4, func(int) {
		for i := 0; i < 5000; i++ {
			require(buffer().Random(0, 64) == nil) // nobody else holds it during the call
			if i%100 == 0 {
				runtime.GC()
			}
		}
	})
	collect()
}

func closedAndUsed() {
	for round := 0; round < 200; round++ {
		b := buffer()
		inGoroutines(4, func(number int) {
			for i := 0; i < 20; i++ {
				err := b.Write(0, make([]byte, 64))
				require(err == nil || errors.Is(err, osml.ErrClosed), err)
				if number == 0 && i == round%20 {
					require(b.Close() == nil)
				}
			}
		})
	}
	collect()
}

func vmlck() int {
	status := sure(os.ReadFile("/proc/self/status"))
	return sure(strconv.Atoi(string(regexp.MustCompile(`VmLck:\s+(\d+)`).FindSubmatch(status)[1])))
}

func regionsThatAreNone() {
	before := vmlck()
	require(errors.Is(failed(osml.NewLockedRegion(make([]byte, 8), 4)), osml.ErrInvalid))
	for _, none := range []*osml.LockedRegion{nil, {}} {
		require(errors.Is(none.Close(), osml.ErrInvalid))
	}
	for _, empty := range [][]byte{nil, {}} {
		require(sure(osml.NewLockedRegion(empty, osml.REGION_WIPE)).Close() == nil)
	}
	require(vmlck() == before)
}

// droppedRegions are unlocked and wiped while their memory is still there: other goroutines take all that the collector frees, and look at it.
func droppedRegions() {
	before := vmlck()
	inGoroutines(4, func(int) {
		for i := 0; i < 300; i++ {
			sure(osml.NewLockedRegion(make([]byte, 100000), osml.REGION_DONTDUMP|osml.REGION_WIPE))
			mine := bytes.Repeat([]byte{1}, 100000)
			runtime.Gosched()
			require(bytes.Count(mine, []byte{1}) == len(mine))
		}
	})
	for vmlck() > before {
		runtime.GC()
	}
}

func regionsClosedInGoroutines() {
	memory, before := make([]byte, 1<<20), vmlck()
	for round := 0; round < 100; round++ {
		region := sure(osml.NewLockedRegion(memory, osml.REGION_WIPE))
		inGoroutines(4, func(int) { require(region.Close() == nil) })
	}
	require(vmlck() == before)
}

// Whose Close has come back may unmap: no other one still wipes.
func unmappedAfterClose() {
	for round := 0; round < 50; round++ {
		memory := sure(syscall.Mmap(-1, 0, 1<<24, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE))
		region := sure(osml.NewLockedRegion(memory, osml.REGION_WIPE))
		var once sync.Once
		inGoroutines(2, func(int) {
			require(region.Close() == nil)
			once.Do(func() { require(syscall.Munmap(memory) == nil) })
		})
	}
}

var leaked []interface{}

func aliveAtExit() {
	leaked = append(leaked, buffer(), sure(osml.NewLockedBuffer(100000, nil)), sure(osml.NewLockedRegion(make([]byte, 100000), osml.REGION_WIPE)),
		sure(osml.DisableCoreDumpsWithGuard()))
}

func aliveAtOsExit() {
	aliveAtExit()
	os.Exit(0)
}

func crash() {
	require(syscall.Kill(os.Getpid(), syscall.SIGKILL) == nil)
	select {}
}

var tests = []struct {
	name string
	tell func()
}{
	{"use after close, close twice", useAfterClose},
	{"nil and the zero value", nilAndZero},
	{"a copied struct", copied},
	{"closed in a finalizer", closedInAFinalizer},
	{"leaked and collected while others work", collectedWhileOthersWork},
	{"closed and used in many goroutines", closedAndUsed},
	{"regions that are none", regionsThatAreNone},
	{"dropped regions", droppedRegions},
	{"regions closed in many goroutines", regionsClosedInGoroutines},
	{"memory unmapped after Close", unmappedAfterClose},
	{"alive at the end of main", aliveAtExit},
	{"alive at os.Exit", aliveAtOsExit},
}

func child(name string) bool {
	output, err := exec.Command(sure(os.Executable()), name).CombinedOutput()
	if err != nil {
		fmt.Printf("%s: %v\n%s", name, err, output)
	}
	return err == nil
}

func main() {
	for _, test := range tests {
		if len(os.Args) > 1 && test.name == os.Args[1] {
			test.tell()
			return
		}
	}
	if len(os.Args) > 1 {
		crash()
	}
	if child("the control, which crashes") {
		panic("a crash was not seen")
	}
	bad := 0
	for _, test := range tests {
		verdict := "ok    "
		if !child(test.name) {
			verdict, bad = "FAILED", bad+1
		}
		fmt.Println(verdict, test.name)
	}
	fmt.Printf("%d tests, %d failed\n", len(tests), bad)
	os.Exit(bad)
}
