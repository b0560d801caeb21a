// SPDX-License-Identifier: MIT OR Apache-2.0

package osmemlock

import (
	"os"
	"runtime"

	"osmemlock/internal/swig"
)

// TRIM_NEWLINE drops one newline at the end of what a source gives.
var TRIM_NEWLINE = swig.TRIM_NEWLINE

// Options of a new buffer; nil stands for DEFAULT_PROTECTIONS and POLICY_DEFAULT.
type Options struct {
	Want   uint // protections
	Policy uint // what to do when one cannot be had
}

func (o *Options) given() (want, policy uint) {
	if o == nil {
		return DEFAULT_PROTECTIONS, POLICY_DEFAULT
	}
	return o.Want, o.Policy
}

// FromFd makes a buffer of what is left to read in a file or pipe.
func FromFd(file *os.File, max int, flags uint, options *Options) (*LockedBuffer, error) {
	defer runtime.KeepAlive(file)
	want, policy := options.given()
	return own(func() pointer {
		return swig.LockedBufferFrom_fd(int(file.Fd()), int64(max), flags, want, policy)
	})
}

// FromFile makes a buffer of the contents of a file.
func FromFile(path string, max int, flags uint, options *Options) (*LockedBuffer, error) {
	want, policy := options.given()
	return own(func() pointer { return swig.LockedBufferFrom_file(path, int64(max), flags, want, policy) })
}

// FromEnv takes a variable out of the environment that the process was started with. Go has a copy of that: os.Getenv may still know it.
func FromEnv(name string, max int, flags uint, options *Options) (*LockedBuffer, error) {
	want, policy := options.given()
	return own(func() pointer { return swig.LockedBufferFrom_env(name, int64(max), flags, want, policy) })
}

// FromCredential makes a buffer of a credential of systemd.
func FromCredential(name string, max int, flags uint, options *Options) (*LockedBuffer, error) {
	want, policy := options.given()
	return own(func() pointer {
		return swig.LockedBufferFrom_credential(name, int64(max), flags, want, policy)
	})
}

// Prompt asks on the terminal, without echo.
func Prompt(text string, max int, options *Options) (*LockedBuffer, error) {
	want, policy := options.given()
	return own(func() pointer { return swig.LockedBufferPrompt(text, int64(max), want, policy) })
}
