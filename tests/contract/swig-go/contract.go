// SPDX-License-Identifier: MIT OR Apache-2.0

// The contract of ../README.md, told in Go. With the argument "quota": the child of scenario 24.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"

	osml "osmemlock"
)

const huge = math.MaxInt

// require ends the scenario; the same for an error where none should be.
func require(holds bool, why ...interface{}) {
	if !holds {
		panic(fmt.Sprint("does not hold ", why))
	}
}

func fine(err error) {
	require(err == nil, err)
}

// sure is the value of a call that must not be refused.
func sure[T any](value T, err error) T {
	fine(err)
	return value
}

func refused(err error, by error) {
	require(errors.Is(err, by), "refused with ", err)
}

// failed is the error of a call that has a value too.
func failed[T any](_ T, err error) error {
	return err
}

func buffer(size int) *osml.LockedBuffer {
	return sure(osml.NewLockedBuffer(size, nil))
}

func holding(text string) *osml.LockedBuffer {
	b := buffer(len(text))
	fine(b.Write(0, []byte(text)))
	return b
}

func content(b *osml.LockedBuffer) string {
	return string(sure(b.Read(0, b.Size())))
}

func closeAll(buffers ...*osml.LockedBuffer) {
	for _, b := range buffers {
		fine(b.Close())
	}
}

func live() uint64 {
	return sure(osml.Info(osml.INFO_LIVE_BUFFERS))
}

// collect goes on until the finalizers' goroutine has done its work; the caller's time limit is the only clock.
func collect(until uint64) {
	for live() > until {
		runtime.GC()
	}
}

func bornZero() {
	b, none := buffer(32), buffer(0)
	defer b.Close()
	require(b.Size() == 32 && bytes.Equal(sure(b.Read(0, 32)), make([]byte, 32)))
	require(none.Size() == 0 && len(sure(none.Read(0, 0))) == 0)
	fine(none.Close())
}

func bytesGoInAndOut() {
	b := buffer(32)
	defer b.Close()
	fine(b.Write(5, []byte("\x00key\xff")))
	into := make([]byte, 3)
	fine(b.ReadInto(6, into))
	require(string(into) == "key")
	require(content(b) == strings.Repeat("\x00", 5)+"\x00key\xff"+strings.Repeat("\x00", 22))
	fine(b.SetByte(31, 200))
	require(sure(b.GetByte(9)) == 255 && sure(b.GetByte(31)) == 200)
	fine(b.Fill(0, 7, 2))
	fine(b.Copy(2, b, 0, 2))
	require(bytes.Equal(sure(b.Read(0, 5)), []byte{7, 7, 7, 7, 0}))
}

func positionsOutsideAreRefused() {
	b := buffer(8)
	defer b.Close()
	outside := map[int]error{-1: osml.ErrInvalid, math.MinInt: osml.ErrInvalid, 8: osml.ErrRange, 1 << 32: osml.ErrRange, huge: osml.ErrRange}
	for position, by := range outside {
		refused(failed(b.GetByte(position)), by)
		refused(b.SetByte(position, 1), by)
		refused(b.Write(position, []byte{1}), by)
		refused(failed(b.Read(position, 1)), by)
	}
	for _, ends := range [][2]int{{7, 2}, {0, 9}, {8, 1}, {1, huge}, {huge, 2}} {
		refused(failed(b.Read(ends[0], ends[1])), osml.ErrRange)
		refused(b.Fill(ends[0], 1, ends[1]), osml.ErrRange)
	}
	refused(failed(b.Read(0, -1)), osml.ErrRange)
	refused(b.Write(4, make([]byte, 5)), osml.ErrRange)
	require(content(b) == strings.Repeat("\x00", 8))
}

// Fractions and texts are refused by the compiler.
func wrongArgumentsAreRefused() {
	start := live()
	refused(failed(osml.NewLockedBuffer(-1, nil)), osml.ErrInvalid)
	refused(failed(osml.NewLockedBuffer(math.MinInt, nil)), osml.ErrInvalid)
	require(failed(osml.NewLockedBuffer(huge, nil)) != nil)
	for _, options := range []osml.Options{{Want: 1 << 31}, {Want: 1 << 32}, {Want: math.MaxUint}, {Policy: 99}} {
		refused(failed(osml.NewLockedBuffer(8, &options)), osml.ErrInvalid)
	}
	b := buffer(8)
	refused(failed(b.Equal(nil)), osml.ErrInvalid)
	refused(b.Copy(0, nil, 0, 1), osml.ErrInvalid)
	refused(b.WriteFd(nil), syscall.EBADF)
	refused(failed(osml.FromFd(nil, 9, 0, nil)), syscall.EBADF)
	refused(failed(osml.FromFile("with a NUL\x00inside", 9, 0, nil)), osml.ErrInvalid)
	fine(b.Write(0, nil))
	fine(b.Close())
	require(live() == start)
}

func closeWipes() {
	b := holding("key")
	before := live()
	require(!b.Closed())
	fine(b.Close())
	require(b.Closed() && live() == before-1)
}

func closeTwice() {
	b := buffer(8)
	fine(b.Close())
	fine(b.Close())
	require(b.Closed())
}

func closedIsRefused() {
	b, other := buffer(8), buffer(8)
	defer other.Close()
	fine(b.Close())
	one := make([]byte, 1)
	for number, err := range []error{
		b.Write(0, one), failed(b.Read(0, 1)), b.ReadInto(0, one), failed(b.GetByte(0)), b.SetByte(0, 1), b.Fill(0, 1, 1), b.Random(0, 8),
		b.Copy(0, other, 0, 1), other.Copy(0, b, 0, 1), b.Wipe(), failed(b.Equal(other)), failed(other.Equal(b)), b.Protect(osml.ACCESS_READ),
		failed(b.Protections()), failed(b.Verify()), b.DecodeHex(), b.DecodeBase64(), b.WriteFd(os.Stdout),
	} {
		require(errors.Is(err, osml.ErrClosed) && strings.HasPrefix(err.Error(), "OSML_ECLOSED"), number, err)
	}
	require(b.Closed() && b.Size() == 8)
}

func theScopeCloses() {
	var kept *osml.LockedBuffer
	func() {
		kept = buffer(8)
		defer kept.Close()
		require(!kept.Closed())
	}()
	require(kept.Closed())
	func() {
		defer func() { _ = recover() }()
		kept = buffer(8)
		defer kept.Close()
		panic("an error")
	}()
	require(kept.Closed())
}

func theUsersErrorSurvives() {
	mine := errors.New("mine")
	returned := func() error {
		b := buffer(8)
		defer b.Close()
		return mine
	}()
	require(returned == mine)
	defer func() { require(recover() == mine) }()
	b := buffer(8)
	defer b.Close()
	defer func() { refused(b.Write(9, nil), osml.ErrRange) }() // an error on the way out
	panic(mine)
}

func droppedIsCollected() {
	start := live()
	dropped := make([]*osml.LockedBuffer, 100)
	for i := range dropped {
		dropped[i] = buffer(32)
	}
	require(live() == start+100)
	runtime.KeepAlive(dropped)
	collect(start)
	require(live() == start)
}

func equal() {
	a, b, longer := holding("same bytes"), holding("same bytes"), holding("same bytes!")
	defer closeAll(a, b, longer)
	require(sure(a.Equal(b)) && !sure(a.Equal(longer)))
	fine(b.SetByte(9, sure(b.GetByte(9))^1))
	require(!sure(a.Equal(b)))
	fine(b.Close())
	refused(failed(a.Equal(b)), osml.ErrClosed)
}

func random() {
	a, b, zero := buffer(32), buffer(32), buffer(32)
	defer closeAll(a, b, zero)
	fine(a.Random(0, 32))
	fine(b.Random(0, 32))
	require(!sure(a.Equal(b)) && !sure(a.Equal(zero)) && !sure(b.Equal(zero)))
}

func wipe() {
	b := holding("key")
	defer b.Close()
	fine(b.Wipe())
	require(content(b) == "\x00\x00\x00" && !b.Closed())
}

func protectionsAreTrue() {
	wanted := osml.LOCKED | osml.NODUMP | osml.WIPEONFORK | osml.CANARY
	b := buffer(32)
	defer b.Close()
	require(wanted == osml.DEFAULT_PROTECTIONS)
	require(sure(b.Protections())&wanted == wanted && sure(b.Verify())&wanted == wanted)
}

func guardedBuffersCanBeShut() {
	b := sure(osml.NewLockedBuffer(8, &osml.Options{Want: osml.DEFAULT_PROTECTIONS | osml.GUARDED}))
	defer b.Close()
	fine(b.Protect(osml.ACCESS_READ))
	require(sure(b.GetByte(0)) == 0)
	refused(b.Write(0, []byte("x")), osml.ErrAccess)
	fine(b.Protect(osml.ACCESS_NONE))
	refused(failed(b.GetByte(0)), osml.ErrAccess)
	refused(b.Write(0, []byte("x")), osml.ErrAccess)
	fine(b.Protect(osml.ACCESS_READWRITE))
	fine(b.Write(0, []byte("x")))
	require(sure(b.GetByte(0)) == 'x')
	plain := buffer(8)
	defer plain.Close()
	refused(plain.Protect(osml.ACCESS_READ), osml.ErrUnsupported)
}

func fromAFile() {
	folder := sure(os.MkdirTemp("", "osmemlock"))
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "secret")
	fine(os.WriteFile(path, []byte("the key\n"), 0o600))
	whole, trimmed := sure(osml.FromFile(path, 100, 0, nil)), sure(osml.FromFile(path, 8, osml.TRIM_NEWLINE, nil))
	defer closeAll(whole, trimmed)
	require(content(whole) == "the key\n" && content(trimmed) == "the key")
	refused(failed(osml.FromFile(path, 7, 0, nil)), osml.ErrTooBig)
	missing := failed(osml.FromFile(path+".missing", 7, 0, nil))
	refused(missing, syscall.ENOENT)
	refused(missing, fs.ErrNotExist)
	refused(failed(osml.FromCredential("no-such-credential", 7, 0, nil)), syscall.ENOENT)
}

func fromADescriptorAndOutAgain() {
	reader, writer, err := os.Pipe()
	fine(err)
	defer reader.Close()
	b := holding("\x00through\x00a pipe\x00")
	defer b.Close()
	read := make(chan *osml.LockedBuffer)
	go func() { read <- sure(osml.FromFd(reader, 100, 0, nil)) }() // may wait while others run
	fine(b.WriteFd(writer))
	fine(writer.Close())
	c := <-read
	defer c.Close()
	require(sure(b.Equal(c)))
}

// Go has a copy of the environment; what getenv of the C library reads is what /proc shows.
func fromTheEnvironment() {
	const name = "OSML_CONTRACT_SECRET"
	value := os.Getenv(name)
	b := sure(osml.FromEnv(name, 100, 0, nil))
	defer b.Close()
	require(value != "" && content(b) == value)
	block := string(sure(os.ReadFile("/proc/self/environ")))
	require(strings.Contains(block, "PATH=") && !strings.Contains(block, value))
	refused(failed(osml.FromEnv(name, 100, 0, nil)), syscall.ENOENT)
}

func decode() {
	hex, base64, neither := holding("00ff6B"), holding("AP9r/w=="), holding("neither!")
	defer closeAll(hex, base64, neither)
	fine(hex.DecodeHex())
	fine(base64.DecodeBase64())
	require(content(hex) == "\x00\xffk" && content(base64) == "\x00\xffk\xff")
	refused(neither.DecodeHex(), osml.ErrInvalid)
	refused(neither.DecodeBase64(), osml.ErrInvalid)
	require(content(neither) == "neither!")
}

func vmlck() (kilobytes int) {
	line := regexp.MustCompile(`VmLck:.*`).Find(sure(os.ReadFile("/proc/self/status")))
	sure(fmt.Sscanf(string(line), "VmLck: %d", &kilobytes))
	return kilobytes
}

// One on the heap, whose pages hold nothing else, and one that comes from mmap.
func locksByAddress() {
	mapped := sure(syscall.Mmap(-1, 0, 1<<20, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE))
	for _, own := range [][]byte{make([]byte, 1<<20), mapped} {
		before := vmlck()
		fine(osml.Mlock(own))
		require(vmlck() >= before+1024)
		fine(osml.Munlock(own))
		require(vmlck() == before)
		fine(osml.MadviseDontdump(own))
		first, second := sure(osml.NewLockedRegion(own, osml.REGION_WIPE)), sure(osml.NewLockedRegion(own, 0))
		own[0], own[len(own)-1] = 1, 1
		fine(first.Close())
		fine(first.Close())
		require(bytes.Equal(own, make([]byte, 1<<20)) && vmlck() >= before+1024)
		fine(second.Close())
		require(vmlck() == before)
	}
	fine(syscall.Munmap(mapped))
	own := []byte("wipe me")
	fine(osml.Wipe(own))
	require(bytes.Equal(own, make([]byte, 7)))
}

func soft() uint64 {
	var limit syscall.Rlimit
	fine(syscall.Getrlimit(syscall.RLIMIT_CORE, &limit))
	return limit.Cur
}

func coreDumpsOffAndOn() {
	before := soft()
	require(before != 0, "the program must start with core dumps on")
	first, second := sure(osml.DisableCoreDumpsWithGuard()), sure(osml.DisableCoreDumpsWithGuard())
	fine(first.Close())
	require(soft() == 0)
	fine(second.Close())
	fine(second.Close())
	require(soft() == before)
	func() {
		guard := sure(osml.DisableCoreDumpsWithGuard())
		defer guard.Close()
		require(soft() == 0)
	}()
	require(soft() == before)
	fine(osml.DisableCoreDumpsForProcess())
	require(soft() == 0)
}

func windowsHelpers() {
	require(osml.SEM_FAILCRITICALERRORS == 1 && osml.SEM_NOGPFAULTERRORBOX == 2 && osml.SEM_NOOPENFILEERRORBOX == 0x8000)
	refused(failed(osml.SetWindowsErrorMode(1)), osml.ErrUnsupported)
	refused(failed(osml.SuppressWindowsErrorDialogsForProcess()), osml.ErrUnsupported)
}

func theReport() {
	collect(0)
	require(sure(osml.Info(osml.INFO_PAGE_SIZE)) == uint64(os.Getpagesize()))
	b := buffer(8)
	require(live() == 1)
	fine(b.Close())
	require(live() == 0 && osml.UNLIMITED == math.MaxUint64 && osml.ErrUnsupported.Error() == "OSML_EUNSUPPORTED")
	require(regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(osml.Version()))
	refused(failed(osml.Info(999)), osml.ErrInvalid)
	refused(failed(osml.Info(1<<32+1)), osml.ErrInvalid)
}

func theLockLimitIsExplained() {
	message := string(sure(exec.Command(os.Getenv("OSML_QUOTA"), sure(os.Executable()), "quota").Output()))
	require(strings.HasPrefix(message, "OSML_ELIMIT") && strings.Contains(message, "65536") && strings.Contains(message, "ulimit -l"), message)
}

var scenarios = []struct {
	name string
	tell func()
}{
	{"born zero", bornZero},
	{"bytes go in and out", bytesGoInAndOut},
	{"positions outside are refused", positionsOutsideAreRefused},
	{"wrong arguments are refused", wrongArgumentsAreRefused},
	{"close wipes", closeWipes},
	{"close twice", closeTwice},
	{"closed is refused", closedIsRefused},
	{"the scope closes", theScopeCloses},
	{"the user's error survives", theUsersErrorSurvives},
	{"dropped is collected", droppedIsCollected},
	{"equal", equal},
	{"random", random},
	{"wipe", wipe},
	{"protections are true", protectionsAreTrue},
	{"guarded buffers can be shut", guardedBuffersCanBeShut},
	{"from a file", fromAFile},
	{"from a descriptor, and out again", fromADescriptorAndOutAgain},
	{"from the environment", fromTheEnvironment},
	{"decode", decode},
	{"locks by address", locksByAddress},
	{"core dumps off and on", coreDumpsOffAndOn},
	{"Windows helpers", windowsHelpers},
	{"the report", theReport},
	{"the lock limit is explained", theLockLimitIsExplained},
}

func told(number int, name string, tell func()) {
	defer func() {
		if why := recover(); why != nil {
			fmt.Printf("not ok %d - %s\n# %v\n", number, name, why)
		}
	}()
	tell()
	fmt.Printf("ok %d - %s\n", number, name)
}

func main() {
	if len(os.Args) > 1 {
		err := failed(osml.NewLockedBuffer(1<<20, nil))
		refused(err, osml.ErrLimit)
		fmt.Println(err)
		return
	}
	fmt.Printf("1..%d\n", len(scenarios))
	for number, scenario := range scenarios {
		told(number+1, scenario.name, scenario.tell)
	}
}
