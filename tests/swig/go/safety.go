// SPDX-License-Identifier: MIT OR Apache-2.0

// What must never crash: each runs in a process of its own, whose exit code is looked at. With an argument: that one.
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"

	osml "example.org/osmemlock"
)

// L9: nobody can assign to them, and each kind has a type; else this does not compile.
const (
	_ osml.Protections = osml.DefaultProtections | osml.Guarded
	_ osml.Policy      = osml.PolicyStrict
	_ osml.Access      = osml.AccessRead
	_ osml.Coding      = osml.Hex
	_ osml.Flags       = osml.TrimNewline
	_ osml.RegionFlags = osml.RegionWipe
	_ osml.Steps       = osml.HardenAll
	_ osml.Figure      = osml.InfoIdleBytes
	_ osml.ErrorMode   = osml.SemFailcriticalerrors
	_ osml.Code        = osml.ErrClosed
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
	for sure(osml.Info(osml.InfoLiveBuffers)) > 0 {
		runtime.GC()
	}
	require(sure(osml.Info(osml.InfoDoubleFrees)) == 0)
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
		b.Protect(osml.AccessRead), failed(b.Protections()), failed(b.Verify()), b.Decode(osml.Hex), b.WriteFd(os.Stdout),
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

// The message has the name of what was asked for, and constants as Go spells them.
func namedInMessages() {
	_, err := osml.FromFile("/dev/null", 8, 0, nil)
	require(strings.HasPrefix(err.Error(), "OSML_EEMPTY: /dev/null: ") && strings.HasSuffix(err.Error(), "The flag AllowEmpty takes an empty one."), err)
	_, err = osml.FromEnv("OSML_NONE", 8, 0, nil)
	require(errors.Is(err, syscall.ENOENT) && strings.HasPrefix(err.Error(), "ENOENT: OSML_NONE: "), err)
	_, err = osml.FromEnv("NAME=secret", 8, 0, nil)
	require(errors.Is(err, osml.ErrInvalid) && !strings.Contains(err.Error(), "secret"), err)
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

// L13: a closed buffer has given its handle back, and shares one with others.
func closedInGoroutines() {
	open := buffer()
	for size := 0; size < 200; size++ {
		b := sure(osml.NewLockedBuffer(size, nil))
		inGoroutines(4, func(number int) {
			require(b.Size() == size && b.Close() == nil && b.Closed() && b.Size() == size)
			require(errors.Is(open.Copy(0, b, 0, 0), osml.ErrClosed) && errors.Is(failed(b.Equal(b)), osml.ErrClosed))
		})
		require(sure(osml.Info(osml.InfoLiveBuffers)) == 1)
	}
	others := make([]*osml.LockedBuffer, 500)
	for i := range others {
		others[i] = holding("SECRET")
	}
	b := holding("secret")
	require(errors.Is(b.WithBytes(func([]byte) error { return b.Close() }), osml.ErrClosed) && b.Size() == 6)
	for _, other := range others {
		require(string(sure(other.Read(0, 6))) == "SECRET")
	}
	require(sure(osml.Info(osml.InfoDoubleFrees)) == 0)
}

var errMine = errors.New("mine")

func holding(text string) *osml.LockedBuffer {
	b := sure(osml.NewLockedBuffer(len(text), nil))
	require(b.Write(0, []byte(text)) == nil)
	return b
}

func sum(key []byte) string {
	mac := hmac.New(sha256.New, key)
	return fmt.Sprintf("%x", mac.Sum(nil))
}

// What options leave out is the default, and not nothing.
func optionsLeftOut() {
	bits := func(options *osml.Options) osml.Protections {
		command := sure(osml.FromCommand([]string{"echo", "x"}, 9, 0, options))
		b := sure(osml.NewLockedBuffer(8, options))
		require(sure(b.Protections()) == sure(command.Protections()))
		return sure(b.Protections())
	}
	defaults := bits(nil)
	require(defaults&osml.Locked != 0)
	for _, policy := range []osml.Policy{osml.PolicyDefault, osml.PolicyStrict, osml.PolicyBestEffort} {
		require(bits(&osml.Options{Policy: policy}) == defaults)
	}
	require(bits(&osml.Options{Want: osml.NoProtections})&osml.DefaultProtections&^osml.Canary == 0)
	require(errors.Is(failed(osml.NewLockedBuffer(8, &osml.Options{Want: osml.NoProtections | osml.Locked})), osml.ErrInvalid))
}

func usedInPlace() {
	for _, size := range []int{0, 1, 6, 512, 513, 5000, 1 << 20} {
		text := strings.Repeat("s", size)
		b := sure(osml.NewLockedBuffer(size, &osml.Options{Want: osml.DefaultProtections, Policy: osml.PolicyBestEffort}))
		require(b.Write(0, []byte(text)) == nil)
		require(b.WithBytes(func(key []byte) error {
			require(sum(key) == sum([]byte(text)) && errors.Is(b.Decode(osml.Hex), osml.ErrPinned))
			return b.WithBytes(func(inner []byte) error {
				require(bytes.Equal(key, inner))
				return nil
			})
		}) == nil)
	}
	b := holding("secret")
	osml.Scrub()
	require(b.WithBytes(func([]byte) error { return errMine }) == errMine)
	require(b.WithBytes(func([]byte) error { _ = b.Close(); return errMine }) == errMine)
	none := sure(osml.NewLockedBuffer(6, &osml.Options{Want: osml.DefaultProtections | osml.Guarded, Policy: osml.PolicyDefault}))
	require(none.Protect(osml.AccessNone) == nil)
	require(errors.Is(none.WithBytes(func([]byte) error { panic("lent") }), osml.ErrAccess))
	require(none.Protect(osml.AccessReadwrite) == nil)
}

func closedInTheScope() {
	for _, end := range []func(b *osml.LockedBuffer) error{(*osml.LockedBuffer).Close, func(*osml.LockedBuffer) error { return osml.Purge() }} {
		b := holding("secret")
		require(errors.Is(b.WithBytes(func([]byte) error { return end(b) }), osml.ErrClosed))
		require(errors.Is(b.WithBytes(func([]byte) error { panic("lent") }), osml.ErrClosed))
	}
	var none *osml.LockedBuffer
	require(errors.Is(none.WithBytes(func([]byte) error { panic("lent") }), osml.ErrInvalid))
}

func panicsInTheScope() {
	b, before := holding("secret"), vmlck()
	var kept []byte
	func() {
		defer func() { require(recover() == errMine) }()
		_ = b.WithBytes(func(key []byte) error { kept = key; panic(errMine) })
	}()
	inGoroutines(1, func(int) { _ = b.WithBytes(func([]byte) error { runtime.Goexit(); return nil }) })
	require(bytes.Equal(kept, make([]byte, 6)) && b.Decode(osml.Hex) != nil && vmlck() <= before+8)
}

// L9: what is kept of a slice reads as zeros, whatever secrets come after it.
func keptSlices() {
	var kept [][]byte
	for i := 0; i < 3000; i++ {
		b := holding("secret")
		require(b.WithBytes(func(key []byte) error { kept = append(kept, key, key[2:]); return nil }) == nil)
		if i%2 == 0 {
			require(b.Close() == nil)
		}
	}
	runtime.GC()
	inGoroutines(4, func(int) {
		for i := 0; i < 3000; i++ {
			require(holding("SECRET").WithBytes(func([]byte) error { return nil }) == nil)
		}
	})
	for _, slice := range kept {
		require(bytes.Count(slice, []byte{0}) == len(slice))
	}
}

func lentInGoroutines() {
	before := vmlck()
	inGoroutines(8, func(number int) {
		text := strings.Repeat(strconv.Itoa(number), 1+number*200)
		b := holding(text)
		for i := 0; i < 2000; i++ {
			require(b.WithBytes(func(key []byte) error { runtime.Gosched(); require(string(key) == text); return nil }) == nil)
		}
		require(b.Close() == nil)
	})
	require(osml.Trim() == nil && vmlck() <= before+8)
	collect()
}

// A finalizer that closes the buffer, while the last that refers to it is the scope.
func droppedInTheScope() {
	for i := 0; i < 50; i++ {
		require(holding("secret").WithBytes(func(key []byte) error {
			runtime.GC()
			runtime.GC()
			require(string(key) == "secret")
			return nil
		}) == nil)
	}
}

func lentAtExit() {
	_ = holding("secret").WithBytes(func([]byte) error { os.Exit(0); return nil })
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
		require(sure(osml.NewLockedRegion(empty, osml.RegionWipe)).Close() == nil)
	}
	require(vmlck() == before)
}

// shownByNoVerb: of what a verb does not fit, fmt writes all that it finds inside.
func shownByNoVerb() {
	region, b := sure(osml.NewLockedRegion([]byte("secret"), 0)), holding("secret")
	for verb := 'A'; verb <= 'z'; verb++ {
		for _, flags := range []string{"%", "%+", "%#", "% "} {
			shown := fmt.Sprintf(flags+string(verb), []interface{}{region, *region, b, *b})
			for _, form := range []string{"%s", "%d", "%x", "% x", "%#v", "%c", "%o", "%b"} {
				bytes := strings.Trim(fmt.Sprintf(form, []byte("secret")), "[]")
				require(!strings.Contains(shown, bytes), flags+string(verb), shown)
			}
		}
	}
	require(region.Close() == nil && b.Close() == nil)
}

// droppedRegions are unlocked and wiped while their memory is still there: other goroutines take all that the collector frees, and look at it.
func droppedRegions() {
	before := vmlck()
	inGoroutines(4, func(int) {
		for i := 0; i < 300; i++ {
			sure(osml.NewLockedRegion(make([]byte, 100000), osml.RegionDontdump|osml.RegionWipe))
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
		region := sure(osml.NewLockedRegion(memory, osml.RegionWipe))
		inGoroutines(4, func(int) { require(region.Close() == nil) })
	}
	require(vmlck() == before)
}

// Whose Close has come back may unmap: no other one still wipes.
func unmappedAfterClose() {
	for round := 0; round < 50; round++ {
		memory := sure(syscall.Mmap(-1, 0, 1<<24, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE))
		region := sure(osml.NewLockedRegion(memory, osml.RegionWipe))
		var once sync.Once
		inGoroutines(2, func(int) {
			require(region.Close() == nil)
			once.Do(func() { require(syscall.Munmap(memory) == nil) })
		})
	}
}

var leaked []interface{}

func aliveAtExit() {
	leaked = append(leaked, buffer(), sure(osml.NewLockedBuffer(100000, nil)), sure(osml.NewLockedRegion(make([]byte, 100000), osml.RegionWipe)),
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
	{"named in messages", namedInMessages},
	{"nil and the zero value", nilAndZero},
	{"a copied struct", copied},
	{"closed in a finalizer", closedInAFinalizer},
	{"leaked and collected while others work", collectedWhileOthersWork},
	{"closed and used in many goroutines", closedAndUsed},
	{"closed in many goroutines", closedInGoroutines},
	{"options that are left out", optionsLeftOut},
	{"used in place", usedInPlace},
	{"closed in the scope", closedInTheScope},
	{"panics in the scope", panicsInTheScope},
	{"L9: kept slices", keptSlices},
	{"lent in many goroutines", lentInGoroutines},
	{"dropped in the scope", droppedInTheScope},
	{"lent at os.Exit", lentAtExit},
	{"regions that are none", regionsThatAreNone},
	{"shown by no verb", shownByNoVerb},
	{"dropped regions", droppedRegions},
	{"regions closed in many goroutines", regionsClosedInGoroutines},
	{"memory unmapped after Close", unmappedAfterClose},
	{"deadlines", deadlines},
	{"cancelled by another goroutine", cancelledByAnother},
	{"a context that is over before", overBefore},
	{"no context", noContext},
	{"closed meanwhile", closedMeanwhile},
	{"cancelled in crowds", cancelledInCrowds},
	{"a prompt that is cancelled", cancelledPrompt},
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
	if len(os.Args) > 1 && os.Args[1] == "prompting" {
		prompting(os.Args[2])
		return
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
