// SPDX-License-Identifier: MIT OR Apache-2.0

package osmemlock

// #include <osmemlock.h>
import "C"

import (
	"errors"
	"os"
	"strings"
	"syscall"

	"example.org/osmemlock/internal/swig"
)

// Flags of sources; osmemlock.h says what they do.
type Flags uint

const (
	TrimNewline Flags = C.OSML_TRIM_NEWLINE
	TrimSpace   Flags = C.OSML_TRIM_SPACE
	FirstLine   Flags = C.OSML_FIRST_LINE
	AllowEmpty  Flags = C.OSML_ALLOW_EMPTY
	Private     Flags = C.OSML_PRIVATE
)

// Options of a new buffer; nil stands for the zero value.
type Options struct {
	Want   Protections // 0 stands for DefaultProtections; NoProtections asks for none
	Policy Policy      // 0 is PolicyDefault
}

func (o *Options) given() (want, policy uint) {
	switch {
	case o == nil:
		return uint(DefaultProtections), uint(PolicyDefault)
	case o.Want == 0:
		return uint(DefaultProtections), uint(o.Policy)
	case o.Want == NoProtections:
		return 0, uint(o.Policy)
	}
	return uint(o.Want), uint(o.Policy)
}

// number stands for a file in C: its descriptor, or on Windows its handle.
func number(fd int) int {
	if fd >= 0 {
		return swig.Fd_from_os_handle(fd)
	}
	return -1
}

// held makes a call on a file's descriptor, or on -1 if the file is closed. Nobody else gets the number meanwhile, who might then read the secret: a
// Close in another goroutine waits, and ends the call.
func held(file *os.File, call func(fd int) error) error {
	raw, err := file.SyscallConn()
	if err != nil {
		return call(-1)
	}
	isClosed := func() bool { return raw.Control(func(uintptr) {}) != nil }
	if raw.Control(func(fd uintptr) { until(isClosed, func() { err = call(int(fd)) }) }) != nil {
		return call(-1)
	}
	if errors.Is(err, syscall.EINTR) && isClosed() {
		return &Error{os.ErrClosed, "the file was closed meanwhile"}
	}
	return err
}

// FromFd makes a buffer of what is left to read in a file or pipe.
func FromFd(file *os.File, max int, flags Flags, options *Options) (b *LockedBuffer, err error) {
	want, policy := options.given()
	err = held(file, func(fd int) (err error) {
		b, err = own(func() pointer { return swig.LockedBufferFrom_fd(number(fd), int64(max), uint(flags), want, policy) })
		return err
	})
	return b, err
}

// FromFile makes a buffer of the contents of a file.
func FromFile(path string, max int, flags Flags, options *Options) (*LockedBuffer, error) {
	want, policy := options.given()
	return own(func() pointer { return swig.LockedBufferFrom_file(path, int64(max), uint(flags), want, policy) })
}

// FromEnv takes a variable out of the environment that the process was started with, and out of Go's, which os.Getenv reads and child processes get.
// The copy that Go made of it at its start stays in memory.
func FromEnv(name string, max int, flags Flags, options *Options) (*LockedBuffer, error) {
	want, policy := options.given()
	b, err := own(func() pointer { return swig.LockedBufferFrom_env(name, int64(max), uint(flags), want, policy) })
	if err == nil {
		err = os.Unsetenv(name)
	}
	return b, err
}

// FromCredential makes a buffer of a credential of systemd.
func FromCredential(name string, max int, flags Flags, options *Options) (*LockedBuffer, error) {
	want, policy := options.given()
	return own(func() pointer {
		return swig.LockedBufferFrom_credential(name, int64(max), uint(flags), want, policy)
	})
}

// words ends each with a NUL, which none may have inside.
func words(argv []string) ([]byte, error) {
	var bytes []byte
	for _, word := range argv {
		if strings.IndexByte(word, 0) >= 0 {
			return nil, ErrInvalid
		}
		bytes = append(append(bytes, word...), 0)
	}
	return bytes, nil
}

// FromCommand makes a buffer of what a program writes, which is run without a shell.
func FromCommand(argv []string, max int, flags Flags, options *Options) (*LockedBuffer, error) {
	bytes, err := words(argv)
	if err != nil {
		return nil, err
	}
	want, policy := options.given()
	return own(func() pointer { return swig.LockedBufferFrom_command(bytes, int64(max), uint(flags), want, policy) })
}

// Piped does the same, and the program reads this buffer.
func (b *LockedBuffer) Piped(argv []string, max int, flags Flags, options *Options) (*LockedBuffer, error) {
	bytes, err := words(argv)
	if err != nil {
		return nil, err
	}
	h := b.owned()
	number, _ := h.enter()
	defer h.leave()
	want, policy := options.given()
	return own(func() pointer { return number.Piped(bytes, int64(max), uint(flags), want, policy) })
}

// Prompt asks on the terminal, without echo.
func Prompt(text string, max int, flags Flags, options *Options) (*LockedBuffer, error) {
	want, policy := options.given()
	return own(func() pointer { return swig.LockedBufferPrompt(text, int64(max), uint(flags), want, policy) })
}
