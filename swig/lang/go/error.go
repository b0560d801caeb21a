// SPDX-License-Identifier: MIT OR Apache-2.0

// Package osmemlock keeps secrets in locked memory: never swapped, not in core dumps, wiped when closed.
// Each function returns what osmemlock.h says of the C function of that name.
package osmemlock

// #include <osmemlock.h>
import "C"

import (
	"strconv"
	"strings"
	"syscall"

	"example.org/osmemlock/internal/swig"
)

// Code is an error code of the library. errors.Is finds it in an error, and a syscall.Errno where the system refused.
type Code int

func (c Code) Error() string {
	return swig.Error_name(int(c))
}

// The library's own codes.
const (
	ErrUnsupported Code = C.OSML_EUNSUPPORTED
	ErrInvalid     Code = C.OSML_EINVAL
	ErrRange       Code = C.OSML_ERANGE
	ErrLimit       Code = C.OSML_ELIMIT
	ErrClosed      Code = C.OSML_ECLOSED
	ErrForked      Code = C.OSML_EFORKED
	ErrPinned      Code = C.OSML_EPINNED
	ErrAccess      Code = C.OSML_EACCESS
	ErrCorrupt     Code = C.OSML_ECORRUPT
	ErrTooBig      Code = C.OSML_ETOOBIG
	ErrEmpty       Code = C.OSML_EEMPTY
	ErrFormat      Code = C.OSML_EFORMAT
	ErrExposed     Code = C.OSML_EEXPOSED
	ErrCommand     Code = C.OSML_ECOMMAND
)

// Error is why a call was refused.
type Error struct {
	reason  error // a Code or a syscall.Errno
	message string
}

func (e *Error) Error() string {
	return e.message
}

func (e *Error) Unwrap() error {
	return e.reason
}

// refusal takes "-10002 OSML_EINVAL: what happened" apart.
func refusal(raised string) *Error {
	number, message, _ := strings.Cut(raised, " ")
	code, err := strconv.Atoi(number)
	if err != nil {
		panic(raised) // not of lang/go.i
	}
	if code <= swig.OSML_EUNSUPPORTED {
		return &Error{Code(code), message}
	}
	return &Error{syscall.Errno(-code), message}
}

// try makes an error of the panic by which SWIG raises. A panic of anything else goes on.
func try(call func()) (err error) {
	defer func() {
		switch raised := recover().(type) {
		case nil:
		case string:
			err = refusal(raised)
		default:
			panic(raised)
		}
	}()
	call()
	return nil
}
