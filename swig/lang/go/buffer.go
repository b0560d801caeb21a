// SPDX-License-Identifier: MIT OR Apache-2.0

package osmemlock

import (
	"fmt"
	"os"
	"runtime"

	"osmemlock/internal/swig"
)

// Protections, what to do when one cannot be had, and what Protect allows.
var (
	LOCKED              = swig.LOCKED
	NODUMP              = swig.NODUMP
	WIPEONFORK          = swig.WIPEONFORK
	NOFORK              = swig.NOFORK
	CANARY              = swig.CANARY
	GUARDED             = swig.GUARDED
	SECRETMEM           = swig.SECRETMEM
	DEFAULT_PROTECTIONS = swig.DEFAULT_PROTECTIONS

	POLICY_DEFAULT     = swig.POLICY_DEFAULT
	POLICY_STRICT      = swig.POLICY_STRICT
	POLICY_BEST_EFFORT = swig.POLICY_BEST_EFFORT

	ACCESS_NONE      = swig.ACCESS_NONE
	ACCESS_READ      = swig.ACCESS_READ
	ACCESS_READWRITE = swig.ACCESS_READWRITE
)

// LockedBuffer is a fixed number of bytes in locked memory, zero at first. Close wipes it; without Close that happens when the collector finds
// it. A nil buffer is refused like a closed one. All methods may be called from any goroutine.
type LockedBuffer struct {
	*handle // as in os.File: a copy of the struct is the same buffer, so the collector frees it once
}

type pointer = swig.LockedBuffer

// An interface has a pointer in it: finalizers of the smallest objects without any may never run (runtime.SetFinalizer).
type handle struct {
	pointer pointer
}

func (h *handle) free() {
	swig.DeleteLockedBuffer(h.pointer)
}

// own makes the object of what a constructor of the core answers.
func own(construct func() pointer) (*LockedBuffer, error) {
	h := new(handle)
	if err := try(func() { h.pointer = construct() }); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(h, (*handle).free)
	return &LockedBuffer{h}, nil
}

// owned is nil for a nil buffer, and its number NULL, which the core refuses.
func (b *LockedBuffer) owned() *handle {
	if b == nil {
		return nil
	}
	return b.handle
}

func (h *handle) number() pointer {
	if h == nil {
		return swig.SwigcptrLockedBuffer(0)
	}
	return h.pointer
}

// do calls the core, and keeps the collector away meanwhile: nobody else may hold the buffer.
func (b *LockedBuffer) do(call func(pointer)) error {
	h := b.owned()
	defer runtime.KeepAlive(h)
	return try(func() { call(h.number()) })
}

// NewLockedBuffer makes a buffer of size zeros.
func NewLockedBuffer(size int, options *Options) (*LockedBuffer, error) {
	want, policy := options.given()
	return own(func() pointer { return swig.NewLockedBuffer(int64(size), want, policy) })
}

// Close wipes the contents. What comes later is refused with ErrClosed, except another Close.
func (b *LockedBuffer) Close() error {
	return b.do(pointer.Close)
}

// Closed tells whether the contents are gone, as those of a nil buffer are.
func (b *LockedBuffer) Closed() bool {
	closed := true
	err := b.do(func(p pointer) { closed = p.Closed() })
	return closed || err != nil
}

// Size is known of a closed buffer too, and 0 of a nil one.
func (b *LockedBuffer) Size() (size int) {
	_ = b.do(func(p pointer) { size = int(p.Size()) }) // the core refuses it to nobody
	return size
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
	defer runtime.KeepAlive(other)
	return b.do(func(p pointer) { p.Copy(int64(offset), other.number(), int64(fromOffset), int64(n)) })
}

// Wipe sets all bytes to zero; the buffer stays open.
func (b *LockedBuffer) Wipe() error {
	return b.do(pointer.Wipe)
}

// Equal takes a time that depends on the lengths only.
func (b *LockedBuffer) Equal(with *LockedBuffer) (equal bool, err error) {
	other := with.owned()
	defer runtime.KeepAlive(other)
	err = b.do(func(p pointer) { equal = p.Equal(other.number()) })
	return equal, err
}

// Protect sets what this process may do with the contents of a GUARDED buffer: ACCESS_NONE, ACCESS_READ or ACCESS_READWRITE.
func (b *LockedBuffer) Protect(access uint) error {
	return b.do(func(p pointer) { p.Protect(access) })
}

// Protections are those that hold.
func (b *LockedBuffer) Protections() (bits uint, err error) {
	err = b.do(func(p pointer) { bits = p.Protections() })
	return bits, err
}

// Verify asks the kernel which protections hold, and looks for writes outside.
func (b *LockedBuffer) Verify() (bits uint, err error) {
	err = b.do(func(p pointer) { bits = p.Verify() })
	return bits, err
}

// DecodeHex replaces hex text by the bytes it means.
func (b *LockedBuffer) DecodeHex() error {
	return b.do(pointer.Decode_hex)
}

// DecodeBase64 does the same for base64.
func (b *LockedBuffer) DecodeBase64() error {
	return b.do(pointer.Decode_base64)
}

// WriteFd writes all contents to a file or pipe.
func (b *LockedBuffer) WriteFd(file *os.File) error {
	defer runtime.KeepAlive(file)
	return b.do(func(p pointer) { p.Write_fd(int(file.Fd())) })
}
