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

	osml "example.org/osmemlock"
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
	return sure(osml.Info(osml.InfoLiveBuffers))
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
		b.Copy(0, other, 0, 1), other.Copy(0, b, 0, 1), b.Wipe(), failed(b.Equal(other)), failed(other.Equal(b)), b.Protect(osml.AccessRead),
		failed(b.Protections()), failed(b.Verify()), b.Decode(osml.Hex), failed(b.Encode(osml.Hex)), failed(b.Part(0, 1)),
		failed(b.Joined(b)), failed(b.Prefixed([]byte("x"))), failed(b.Suffixed([]byte("x"))), failed(b.Find(0, []byte("x"))),
		failed(b.EqualBytes([]byte("x"))), b.WriteFd(os.Stdout), failed(b.ReadFd(0, 1, os.Stdin)), failed(b.Piped([]string{"cat"}, 9, 0, nil)),
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
	wanted := osml.Locked | osml.Nodump | osml.Wipeonfork | osml.Canary
	b := buffer(32)
	defer b.Close()
	require(wanted == osml.DefaultProtections)
	require(sure(b.Protections())&wanted == wanted && sure(b.Verify())&wanted == wanted)
}

func guardedBuffersCanBeShut() {
	b := sure(osml.NewLockedBuffer(8, &osml.Options{Want: osml.DefaultProtections | osml.Guarded}))
	defer b.Close()
	fine(b.Protect(osml.AccessRead))
	require(sure(b.GetByte(0)) == 0)
	refused(b.Write(0, []byte("x")), osml.ErrAccess)
	fine(b.Protect(osml.AccessNone))
	refused(failed(b.GetByte(0)), osml.ErrAccess)
	refused(b.Write(0, []byte("x")), osml.ErrAccess)
	fine(b.Protect(osml.AccessReadwrite))
	fine(b.Write(0, []byte("x")))
	require(sure(b.GetByte(0)) == 'x')
	plain := buffer(8)
	defer plain.Close()
	refused(plain.Protect(osml.AccessRead), osml.ErrUnsupported)
}

func fromAFile() {
	folder := sure(os.MkdirTemp("", "osmemlock"))
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "secret")
	fine(os.WriteFile(path, []byte("the key\n"), 0o600))
	whole, trimmed := sure(osml.FromFile(path, 100, 0, nil)), sure(osml.FromFile(path, 8, osml.TrimNewline, nil))
	defer closeAll(whole, trimmed)
	require(content(whole) == "the key\n" && content(trimmed) == "the key")
	refused(failed(osml.FromFile(path, 7, 0, nil)), osml.ErrTooBig)
	refused(failed(osml.FromFile("/dev/null", 7, 0, nil)), osml.ErrEmpty)
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
	part := sure(osml.NewLockedBuffer(20, nil))
	defer part.Close()
	read := make(chan *osml.LockedBuffer)
	go func() { // may wait while others run
		require(sure(part.ReadFd(2, 16, reader)) == 16)
		read <- sure(osml.FromFd(reader, 100, 0, nil))
	}()
	fine(b.WriteFd(writer))
	fine(b.WriteFd(writer))
	fine(writer.Close())
	c := <-read
	defer c.Close()
	require(sure(b.Equal(c)) && strings.HasPrefix(content(part), "\x00\x00\x00t"))
	_, err = part.ReadFd(19, 2, reader)
	refused(err, osml.ErrRange)
}

func fromACommand() {
	run := func(most int, argv ...string) (*osml.LockedBuffer, error) { return osml.FromCommand(argv, most, 0, nil) }
	b := sure(run(100, "printf", "%s", "$HOME; `id`"))
	defer b.Close()
	require(content(b) == "$HOME; `id`")
	long := sure(osml.NewLockedBuffer(300000, nil))
	defer long.Close()
	c := sure(long.Piped([]string{"cat"}, 300000, 0, nil))
	defer c.Close()
	require(sure(long.Equal(c)))
	err := failed(long.Piped([]string{"sh", "-c", "exit 3"}, 9, 0, nil))
	refused(err, osml.ErrCommand)
	require(strings.Contains(err.Error(), "exit status was 3"))
	refused(failed(run(3, "echo", "long")), osml.ErrTooBig)
	refused(failed(run(3, "true")), osml.ErrEmpty)
	refused(failed(run(3, "/nonexistent/program")), syscall.ENOENT)
	refused(failed(run(3, "a\x00b")), osml.ErrInvalid)
}

// What getenv of the C library reads is what /proc shows; what child processes get is Go's own.
func fromTheEnvironment() {
	const name = "OSML_CONTRACT_SECRET"
	value := os.Getenv(name)
	b := sure(osml.FromEnv(name, 100, 0, nil))
	defer b.Close()
	require(value != "" && content(b) == value)
	block := string(sure(os.ReadFile("/proc/self/environ")))
	require(strings.Contains(block, "PATH=") && !strings.Contains(block, value))
	require(!strings.Contains(string(sure(exec.Command("env").Output())), value) && os.Getenv(name) == "")
	refused(failed(osml.FromEnv(name, 100, 0, nil)), syscall.ENOENT)
}

func decode() {
	hex, base64, base32, neither := holding("00ff6B"), holding("AP9r/w=="), holding("ad7w x7y\n"), holding("neither!")
	defer closeAll(hex, base64, base32, neither)
	fine(hex.Decode(osml.Hex))
	fine(base64.Decode(osml.Base64))
	fine(base32.Decode(osml.Base32))
	require(content(hex) == "\x00\xffk" && content(base64) == "\x00\xffk\xff" && content(base32) == "\x00\xffk\xff")
	refused(neither.Decode(osml.Hex), osml.ErrFormat)
	require(strings.Contains(neither.Decode(osml.Hex).Error(), "Line 1"))
	refused(neither.Decode(osml.Base64), osml.ErrFormat)
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
		first, second := sure(osml.NewLockedRegion(own, osml.RegionWipe)), sure(osml.NewLockedRegion(own, 0))
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
	require(osml.SemFailcriticalerrors == 1 && osml.SemNogpfaulterrorbox == 2 && osml.SemNoopenfileerrorbox == 0x8000)
	refused(failed(osml.SetWindowsErrorMode(1)), osml.ErrUnsupported)
	refused(failed(osml.SuppressWindowsErrorDialogsForProcess()), osml.ErrUnsupported)
}

func theReport() {
	collect(0)
	require(sure(osml.Info(osml.InfoPageSize)) == uint64(os.Getpagesize()))
	b := buffer(8)
	require(live() == 1)
	fine(b.Close())
	require(live() == 0 && osml.Unlimited == math.MaxUint64 && osml.ErrUnsupported.Error() == "OSML_EUNSUPPORTED")
	require(regexp.MustCompile(`^\d+\.\d+\.\d+(-\w+)?$`).MatchString(osml.Version()))
	refused(failed(osml.Info(999)), osml.ErrInvalid)
	refused(failed(osml.Info(1<<32+1)), osml.ErrInvalid)
}

func theLockLimitIsExplained() {
	message := string(sure(exec.Command(os.Getenv("OSML_QUOTA"), sure(os.Executable()), "quota").Output()))
	require(strings.HasPrefix(message, "OSML_ELIMIT") && strings.Contains(message, "65536") && strings.Contains(message, "ulimit -l"), message)
}

func purgeClosesEverything() {
	ended := []*osml.LockedBuffer{holding("secret"), buffer(100000)}
	fine(osml.Purge())
	require(live() == 0)
	for _, b := range ended {
		refused(failed(b.GetByte(0)), osml.ErrClosed)
		fine(b.Close())
	}
	fresh := holding("new")
	require(live() == 1 && content(fresh) == "new")
	fine(osml.Purge())
}

func encode() {
	b := holding("\x00\xffk\xff")
	defer b.Close()
	texts := map[osml.Coding]string{osml.Hex: "00ff6bff", osml.Base64: "AP9r/w==", osml.Base64url: "AP9r_w", osml.Base32: "AD7WX7Y="}
	for coding, text := range texts {
		encoded := sure(b.Encode(coding))
		require(content(encoded) == text)
		fine(encoded.Decode(coding))
		require(sure(encoded.Equal(b)))
		closeAll(encoded)
	}
	refused(failed(b.Encode(0)), osml.ErrInvalid)
}

func wordsAroundASecret() {
	b := holding("t0k3n")
	before := sure(b.Prefixed([]byte("Bearer ")))
	header, twice := sure(before.Suffixed([]byte("\r\n"))), sure(b.Joined(b))
	part := sure(header.Part(7, 5))
	defer closeAll(b, before, header, twice, part)
	require(content(b) == "t0k3n" && content(header) == "Bearer t0k3n\r\n" && content(part) == "t0k3n" && content(twice) == "t0k3nt0k3n")
	find := func(in *osml.LockedBuffer, offset int, text string) int { return sure(in.Find(offset, []byte(text))) }
	require(find(header, 0, "t0k3n") == 7 && find(header, 8, "t0k3n") == -1 && find(twice, 1, "t0") == 5)
	equal := func(text string) bool { return sure(b.EqualBytes([]byte(text))) }
	require(equal("t0k3n") && !equal("t0k3N") && !equal("t0k3"))
	refused(failed(b.Part(1, 5)), osml.ErrRange)
	memory := []byte("taken")
	taken := sure(osml.Take(memory))
	defer taken.Close()
	require(content(taken) == "taken" && string(memory) == "\x00\x00\x00\x00\x00")
}

func trimGivesIdleMemoryBack() {
	figures := func() (uint64, uint64) {
		return sure(osml.Info(osml.InfoIdleBytes)), sure(osml.Info(osml.InfoLibraryLockedBytes))
	}
	stays, made := holding("stays"), make([]*osml.LockedBuffer, 100)
	for i := range made {
		made[i] = buffer(1000)
	}
	closeAll(made...)
	idle, locked := figures()
	fine(osml.Trim())
	idleNow, lockedNow := figures()
	require(idleNow < idle && lockedNow < locked && content(stays) == "stays")
	closeAll(stays)
}

func usedInPlace() {
	b, mine := holding("secret"), errors.New("mine")
	var kept []byte
	require(b.WithBytes(func(bytes []byte) error { kept = bytes; require(string(bytes) == "secret"); return nil }) == nil)
	require(b.WithBytes(func([]byte) error { return mine }) == mine)
	require(string(kept) == "\x00\x00\x00\x00\x00\x00")
	refused(b.WithBytes(func([]byte) error { return b.Close() }), osml.ErrClosed)
	refused(b.WithBytes(func([]byte) error { panic("lent") }), osml.ErrClosed)
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
	{"purge closes everything", purgeClosesEverything},
	{"trim gives idle memory back", trimGivesIdleMemoryBack},
	{"encode", encode},
	{"words around a secret", wordsAroundASecret},
	{"used in place", usedInPlace},
	{"from a command", fromACommand},
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
