// SPDX-License-Identifier: MIT OR Apache-2.0

package osmemlock

// #cgo CFLAGS: -I${SRCDIR}/internal/swig
// #include <osmemlock.h>
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"

	"example.org/osmemlock/internal/swig"
)

// The constants are those of osmemlock.h: the name without OSML_, and in the place of each underscore a capital letter.

// Protections are bits, of those that a buffer is to have, or has.
type Protections uint

const (
	Locked             Protections = C.OSML_LOCKED
	Nodump             Protections = C.OSML_NODUMP
	Wipeonfork         Protections = C.OSML_WIPEONFORK
	Nofork             Protections = C.OSML_NOFORK
	Canary             Protections = C.OSML_CANARY
	Guarded            Protections = C.OSML_GUARDED
	Secretmem          Protections = C.OSML_SECRETMEM
	DefaultProtections Protections = C.OSML_DEFAULT_PROTECTIONS
)

// NoProtections asks for none of them, where 0 stands for DefaultProtections. The core has no such bit, so beside others it is refused.
const NoProtections Protections = 1 << 30

// Policy is what to do when a protection is unavailable.
type Policy uint

const (
	PolicyDefault    Policy = C.OSML_POLICY_DEFAULT
	PolicyStrict     Policy = C.OSML_POLICY_STRICT
	PolicyBestEffort Policy = C.OSML_POLICY_BEST_EFFORT
)

// Access is what Protect allows.
type Access uint

const (
	AccessNone      Access = C.OSML_ACCESS_NONE
	AccessRead      Access = C.OSML_ACCESS_READ
	AccessReadwrite Access = C.OSML_ACCESS_READWRITE
)

// Coding of Encode and Decode.
type Coding uint

const (
	Hex       Coding = C.OSML_HEX
	Base64    Coding = C.OSML_BASE64
	Base64url Coding = C.OSML_BASE64URL
	Base32    Coding = C.OSML_BASE32
)

// LockedBuffer is a fixed number of bytes in locked memory, zero at first. Close wipes it; without Close that happens when the collector finds
// it. A nil buffer is refused like a closed one. All methods may be called from any goroutine.
type LockedBuffer struct {
	*handle // as in os.File: a copy of the struct is the same buffer, so the collector frees it once
}

// own makes the object of what a constructor of the core returns.
func own(construct func() pointer) (*LockedBuffer, error) {
	h := new(handle)
	if err := try(func() { h.pointer = construct() }); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(h, (*handle).free)
	return &LockedBuffer{h}, nil
}

// owned is nil for a nil buffer.
func (b *LockedBuffer) owned() *handle {
	if b == nil {
		return nil
	}
	return b.handle
}

// do calls the core.
func (b *LockedBuffer) do(call func(pointer)) error {
	h := b.owned()
	number, _ := h.enter()
	defer h.leave()
	return try(func() { call(number) })
}

// NewLockedBuffer makes a buffer of size zeros.
func NewLockedBuffer(size int, options *Options) (*LockedBuffer, error) {
	want, policy := options.given()
	return own(func() pointer { return swig.NewLockedBuffer(int64(size), want, policy) })
}

// Close wipes the contents. What comes later is refused with ErrClosed, except another Close.
func (b *LockedBuffer) Close() error {
	return b.do(func(p pointer) { b.end(p.Finish()) })
}

// Closed reports whether the buffer was closed; a nil buffer counts as closed.
func (b *LockedBuffer) Closed() bool {
	closed := true
	err := b.do(func(p pointer) { closed = p.Closed() })
	return closed || err != nil
}

// Size is known of a closed buffer too, and 0 of a nil one.
func (b *LockedBuffer) Size() int {
	h := b.owned()
	number, closed := h.enter()
	defer h.leave()
	if closed {
		return int(atomic.LoadInt64(&h.size))
	}
	return int(number.Size()) // never fails
}

// String shows nothing of the contents.
func (b *LockedBuffer) String() string {
	return fmt.Sprintf("LockedBuffer of %d bytes", b.Size())
}

// Write copies bytes in.
func (b *LockedBuffer) Write(offset int, bytes []byte) error {
	return b.do(func(p pointer) { p.Write(int64(offset), bytes) })
}

// Read returns a copy that the caller looks after.
func (b *LockedBuffer) Read(offset, n int) ([]byte, error) {
	if n < 0 || n > b.Size() {
		n = b.Size() + 1 // is refused as well, and make() of anything may end the program
	}
	bytes := make([]byte, n)
	if err := b.ReadInto(offset, bytes); err != nil {
		return nil, err
	}
	return bytes, nil
}

// ReadInto fills memory of the caller's, which may be locked and can be wiped.
func (b *LockedBuffer) ReadInto(offset int, into []byte) error {
	return b.do(func(p pointer) { p.Read_into(int64(offset), into) })
}

// GetByte returns one byte.
func (b *LockedBuffer) GetByte(offset int) (value byte, err error) {
	err = b.do(func(p pointer) { value = byte(p.Get_byte(int64(offset))) })
	return value, err
}

// SetByte sets one byte.
func (b *LockedBuffer) SetByte(offset int, value byte) error {
	return b.do(func(p pointer) { p.Set_byte(int64(offset), uint(value)) })
}

// Fill sets n bytes to value.
func (b *LockedBuffer) Fill(offset int, value byte, n int) error {
	return b.do(func(p pointer) { p.Fill(int64(offset), uint(value), int64(n)) })
}

// Random fills n bytes from the system's random generator.
func (b *LockedBuffer) Random(offset, n int) error {
	return b.do(func(p pointer) { p.Random(int64(offset), int64(n)) })
}

// Copy copies n bytes from another buffer or within this one.
func (b *LockedBuffer) Copy(offset int, from *LockedBuffer, fromOffset, n int) error {
	other := from.owned()
	number, _ := other.enter()
	defer other.leave()
	return b.do(func(p pointer) { p.Copy(int64(offset), number, int64(fromOffset), int64(n)) })
}

// Wipe sets all bytes to zero; the buffer stays open.
func (b *LockedBuffer) Wipe() error {
	return b.do(pointer.Wipe)
}

// Equal takes a time that depends on the lengths only.
func (b *LockedBuffer) Equal(with *LockedBuffer) (equal bool, err error) {
	other := with.owned()
	number, _ := other.enter()
	defer other.leave()
	err = b.do(func(p pointer) { equal = p.Equal(number) })
	return equal, err
}

// Protect sets what this process may do with the contents of a Guarded buffer: AccessNone, AccessRead or AccessReadwrite.
func (b *LockedBuffer) Protect(access Access) error {
	return b.do(func(p pointer) { p.Protect(uint(access)) })
}

// Protections returns those in effect.
func (b *LockedBuffer) Protections() (bits Protections, err error) {
	err = b.do(func(p pointer) { bits = Protections(p.Protections()) })
	return bits, err
}

// Verify returns the protections that the kernel confirms now, and checks the canary.
func (b *LockedBuffer) Verify() (bits Protections, err error) {
	err = b.do(func(p pointer) { bits = Protections(p.Verify()) })
	return bits, err
}

// Decode replaces text by the bytes it means: Hex, Base64, Base64url or Base32. White space is passed over. What is something else stays as it
// is, and is refused with ErrFormat, whose message names the line.
func (b *LockedBuffer) Decode(coding Coding) error {
	return b.do(func(p pointer) { p.Decode(uint(coding)) })
}

// made owns the buffer that a call makes of this one.
func (b *LockedBuffer) made(construct func(pointer) pointer) (*LockedBuffer, error) {
	h := b.owned()
	number, _ := h.enter()
	defer h.leave()
	return own(func() pointer { return construct(number) })
}

// Take makes a buffer of bytes, which are zeros afterwards.
func Take(bytes []byte) (*LockedBuffer, error) {
	return own(func() pointer { return swig.LockedBufferTake(bytes) })
}

// Encode makes a buffer of the text that the coding writes for the bytes of this one.
func (b *LockedBuffer) Encode(coding Coding) (*LockedBuffer, error) {
	return b.made(func(p pointer) pointer { return p.Encode(uint(coding)) })
}

// Part makes a buffer of n bytes at the offset.
func (b *LockedBuffer) Part(offset, n int) (*LockedBuffer, error) {
	return b.made(func(p pointer) pointer { return p.Part(int64(offset), int64(n)) })
}

// Joined makes a buffer of the bytes of this one and those of the other behind them.
func (b *LockedBuffer) Joined(with *LockedBuffer) (*LockedBuffer, error) {
	other := with.owned()
	number, _ := other.enter()
	defer other.leave()
	return b.made(func(p pointer) pointer { return p.Joined(number) })
}

// Prefixed makes a buffer of bytes and those of this one behind them.
func (b *LockedBuffer) Prefixed(bytes []byte) (*LockedBuffer, error) {
	return b.made(func(p pointer) pointer { return p.Prefixed(bytes) })
}

// Suffixed makes a buffer of the bytes of this one and others behind them.
func (b *LockedBuffer) Suffixed(bytes []byte) (*LockedBuffer, error) {
	return b.made(func(p pointer) pointer { return p.Suffixed(bytes) })
}

// Find returns the first place at or after the offset where bytes stand, or -1. The time tells that place, and nothing else.
func (b *LockedBuffer) Find(offset int, bytes []byte) (at int, err error) {
	at = -1
	err = b.do(func(p pointer) { at = int(p.Find(int64(offset), bytes)) })
	return at, err
}

// EqualBytes takes a time that depends on the lengths only.
func (b *LockedBuffer) EqualBytes(bytes []byte) (equal bool, err error) {
	err = b.do(func(p pointer) { equal = p.Equal_bytes(bytes) })
	return equal, err
}

// ReadFd reads n bytes from a file or pipe to an offset, and nothing behind them. It returns how many came: fewer at the end of the input.
func (b *LockedBuffer) ReadFd(offset, n int, file *os.File) (got int, err error) {
	err = held(file, func(fd int) error {
		return b.do(func(p pointer) { got = int(p.Read_fd(int64(offset), int64(n), number(fd))) })
	})
	return got, err
}

// WriteFd writes all contents to a file or pipe.
func (b *LockedBuffer) WriteFd(file *os.File) error {
	return held(file, func(fd int) error {
		return b.do(func(p pointer) { p.Write_fd(number(fd)) })
	})
}
