// SPDX-License-Identifier: MIT OR Apache-2.0

package osmemlock

// #include <osmemlock.h>
import "C"

import (
	"runtime"

	"example.org/osmemlock/internal/swig"
)

// Figure is what Info reports.
type Figure int

const (
	InfoPageSize             Figure = C.OSML_INFO_PAGE_SIZE
	InfoLockLimitSoft        Figure = C.OSML_INFO_LOCK_LIMIT_SOFT
	InfoLockLimitHard        Figure = C.OSML_INFO_LOCK_LIMIT_HARD
	InfoProcessLockedBytes   Figure = C.OSML_INFO_PROCESS_LOCKED_BYTES
	InfoLiveBuffers          Figure = C.OSML_INFO_LIVE_BUFFERS
	InfoLibraryLockedBytes   Figure = C.OSML_INFO_LIBRARY_LOCKED_BYTES
	InfoSupportedProtections Figure = C.OSML_INFO_SUPPORTED_PROTECTIONS
	InfoSanitizer            Figure = C.OSML_INFO_SANITIZER
	InfoEmulator             Figure = C.OSML_INFO_EMULATOR
	InfoCorruptions          Figure = C.OSML_INFO_CORRUPTIONS
	InfoDoubleFrees          Figure = C.OSML_INFO_DOUBLE_FREES
	InfoIdleBytes            Figure = C.OSML_INFO_IDLE_BYTES
	InfoHeapBlocks           Figure = C.OSML_INFO_HEAP_BLOCKS
	InfoHeapBytes            Figure = C.OSML_INFO_HEAP_BYTES
	InfoForeignFrees         Figure = C.OSML_INFO_FOREIGN_FREES
	InfoLiveBytes            Figure = C.OSML_INFO_LIVE_BYTES
	InfoKeptLiveBytes        Figure = C.OSML_INFO_KEPT_LIVE_BYTES
	InfoKeptIdleBytes        Figure = C.OSML_INFO_KEPT_IDLE_BYTES
	InfoSecretmemLiveBytes   Figure = C.OSML_INFO_SECRETMEM_LIVE_BYTES
	InfoSecretmemIdleBytes   Figure = C.OSML_INFO_SECRETMEM_IDLE_BYTES
	InfoKeptCorruptions      Figure = C.OSML_INFO_KEPT_CORRUPTIONS
	InfoSecretmemCorruptions Figure = C.OSML_INFO_SECRETMEM_CORRUPTIONS
)

// Unlimited is a figure that has no limit.
const Unlimited uint64 = C.OSML_UNLIMITED

// ErrorMode of Windows.
type ErrorMode uint

const (
	SemFailcriticalerrors ErrorMode = C.OSML_SEM_FAILCRITICALERRORS
	SemNogpfaulterrorbox  ErrorMode = C.OSML_SEM_NOGPFAULTERRORBOX
	SemNoopenfileerrorbox ErrorMode = C.OSML_SEM_NOOPENFILEERRORBOX
)

// Steps of Harden.
type Steps uint

const (
	HardenCoreLimit  Steps = C.OSML_HARDEN_CORE_LIMIT
	HardenUndumpable Steps = C.OSML_HARDEN_UNDUMPABLE
	HardenAll        Steps = C.OSML_HARDEN_ALL
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
func SetWindowsErrorMode(mode ErrorMode) (previous ErrorMode, err error) {
	err = try(func() { previous = ErrorMode(swig.Set_windows_error_mode(uint(mode))) })
	return previous, err
}

// SuppressWindowsErrorDialogsForProcess returns the mode before.
func SuppressWindowsErrorDialogsForProcess() (previous ErrorMode, err error) {
	err = try(func() { previous = ErrorMode(swig.Suppress_windows_error_dialogs_for_process()) })
	return previous, err
}

// Harden does steps for the whole process, and returns those in effect. When one failed the others are done all the same, and the error's
// text names them.
func Harden(steps Steps) (done Steps, err error) {
	err = try(func() { done = Steps(swig.Harden(uint(steps))) })
	return done, err
}

// HardenUndo undoes steps that Harden did, and returns them.
func HardenUndo(steps Steps) (undone Steps, err error) {
	err = try(func() { undone = Steps(swig.Harden_undo(uint(steps))) })
	return undone, err
}

// Purge wipes and closes every buffer of the process, as its end does, and new ones can be made. Any goroutine may call it; in a forked child
// it is about the child's own buffers.
func Purge() error {
	return try(swig.Purge)
}

// Trim gives back the locked memory that is kept for buffers to come; what stays locked is the pages of open buffers.
func Trim() error {
	return try(swig.Trim)
}

// Scrub wipes what calls of this library left on C's stack and in vector registers, on the thread that it runs on: runtime.LockOSThread keeps a
// goroutine there.
func Scrub() {
	swig.Scrub()
}

// Info returns one figure of the library or the system.
func Info(what Figure) (value uint64, err error) {
	err = try(func() { value = swig.Info(int(what)) })
	return value, err
}

// Version of the library.
func Version() string {
	return swig.Version()
}
