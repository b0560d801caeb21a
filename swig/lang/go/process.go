// SPDX-License-Identifier: MIT OR Apache-2.0

package osmemlock

import (
	"runtime"

	"osmemlock/internal/swig"
)

// What Info can tell, the modes of Windows, and the steps of Harden.
var (
	INFO_PAGE_SIZE       = swig.INFO_PAGE_SIZE
	INFO_LOCK_LIMIT_SOFT = swig.INFO_LOCK_LIMIT_SOFT
	INFO_LOCK_LIMIT_HARD = swig.INFO_LOCK_LIMIT_HARD
	INFO_LOCK_USED       = swig.INFO_LOCK_USED
	INFO_LIVE_BUFFERS    = swig.INFO_LIVE_BUFFERS
	INFO_LOCKED_BYTES    = swig.INFO_LOCKED_BYTES
	INFO_OFFERED         = swig.INFO_OFFERED
	INFO_SANITIZER       = swig.INFO_SANITIZER
	INFO_EMULATOR        = swig.INFO_EMULATOR
	INFO_CORRUPTIONS     = swig.INFO_CORRUPTIONS
	INFO_DOUBLE_FREES    = swig.INFO_DOUBLE_FREES
	UNLIMITED            = swig.UNLIMITED

	SEM_FAILCRITICALERRORS = swig.SEM_FAILCRITICALERRORS
	SEM_NOGPFAULTERRORBOX  = swig.SEM_NOGPFAULTERRORBOX
	SEM_NOOPENFILEERRORBOX = swig.SEM_NOOPENFILEERRORBOX

	HARDEN_CORE_LIMIT = swig.HARDEN_CORE_LIMIT
	HARDEN_UNDUMPABLE = swig.HARDEN_UNDUMPABLE
	HARDEN_ALL        = swig.HARDEN_ALL
)

// Mlock locks the pages of memory of the caller's, which must be kept until Munlock.
func Mlock(memory []byte) error {
	return try(func() { swig.Mlock(memory) })
}

// Munlock unlocks them, with whatever else is in these pages.
func Munlock(memory []byte) error {
	return try(func() { swig.Munlock(memory) })
}

// MadviseDontdump keeps the pages out of core dumps.
func MadviseDontdump(memory []byte) error {
	return try(func() { swig.Madvise_dontdump(memory) })
}

// Wipe sets memory of the caller's to zero, and no compiler leaves that out.
func Wipe(into []byte) error {
	return try(func() { swig.Wipe(into) })
}

// CoreDumpsGuard keeps core dumps off until Close.
type CoreDumpsGuard struct {
	*guard
}

type guard struct {
	pointer swig.CoreDumpsGuard
}

func (g *guard) free() {
	swig.DeleteCoreDumpsGuard(g.pointer)
}

// DisableCoreDumpsForProcess switches core dumps off for good.
func DisableCoreDumpsForProcess() error {
	return try(swig.Disable_core_dumps_for_process)
}

// DisableCoreDumpsWithGuard switches core dumps off until the last guard is closed.
func DisableCoreDumpsWithGuard() (*CoreDumpsGuard, error) {
	g := new(guard)
	if err := try(func() { g.pointer = swig.Disable_core_dumps_with_guard() }); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(g, (*guard).free)
	return &CoreDumpsGuard{g}, nil
}

// Close releases the guard; it may be called again.
func (c *CoreDumpsGuard) Close() error {
	if c == nil || c.guard == nil {
		return ErrInvalid
	}
	g := c.guard
	defer runtime.KeepAlive(g)
	return try(g.pointer.Release)
}

// SetWindowsErrorMode returns the mode before.
func SetWindowsErrorMode(mode uint) (previous uint, err error) {
	err = try(func() { previous = swig.Set_windows_error_mode(mode) })
	return previous, err
}

// SuppressWindowsErrorDialogsForProcess returns the mode before.
func SuppressWindowsErrorDialogsForProcess() (previous uint, err error) {
	err = try(func() { previous = swig.Suppress_windows_error_dialogs_for_process() })
	return previous, err
}

// Harden does steps for the whole process, and returns those that hold even when another failed.
func Harden(steps uint) (done uint, err error) {
	err = try(func() { done = swig.Harden(steps) })
	return done, err
}

// HardenUndo undoes steps that Harden did, and returns them.
func HardenUndo(steps uint) (undone uint, err error) {
	err = try(func() { undone = swig.Harden_undo(steps) })
	return undone, err
}

// Info tells one figure of the library or the system.
func Info(what int) (value uint64, err error) {
	err = try(func() { value = swig.Info(what) })
	return value, err
}

// Version of the library.
func Version() string {
	return swig.Version()
}
