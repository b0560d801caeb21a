// SPDX-License-Identifier: MIT OR Apache-2.0

package osmemlock

import (
	"context"
	"errors"
	"os"
	"runtime"
	"runtime/cgo"
	"syscall"

	"example.org/osmemlock/internal/swig"
)

// over is the error of a context that has ended: errors.Is finds context.Canceled or context.DeadlineExceeded in it.
func over(ctx context.Context) error {
	return &Error{ctx.Err(), "the wait is over: " + ctx.Err().Error()}
}

// until makes a call that waits until isOver says so, or what is asked around it. The goroutine stays on its thread, because that is what knows whom
// to ask.
func until(isOver func() bool, call func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var around int64
	handle := cgo.NewHandle(func() bool { return isOver() || around != 0 && cgo.Handle(around).Value().(func() bool)() })
	defer handle.Delete()
	around = swig.Within(int64(handle))
	defer swig.Within(around)
	call()
}

// during makes a call that may wait.
func during[T any](ctx context.Context, call func() (T, error)) (result T, err error) {
	switch {
	case ctx == nil:
		return result, ErrInvalid
	case ctx.Err() != nil:
		return result, over(ctx)
	case ctx.Done() == nil:
		return call()
	}
	until(func() bool { return ctx.Err() != nil }, func() { result, err = call() })
	if errors.Is(err, syscall.EINTR) && ctx.Err() != nil {
		err = over(ctx)
	}
	return result, err
}

// FromFdContext is FromFd, until the context ends: that is looked at five times a second, and what was read by then is wiped.
func FromFdContext(ctx context.Context, file *os.File, max int, flags Flags, options *Options) (*LockedBuffer, error) {
	return during(ctx, func() (*LockedBuffer, error) { return FromFd(file, max, flags, options) })
}

// FromFileContext is FromFile, until the context ends: a FIFO waits for who writes to it.
func FromFileContext(ctx context.Context, path string, max int, flags Flags, options *Options) (*LockedBuffer, error) {
	return during(ctx, func() (*LockedBuffer, error) { return FromFile(path, max, flags, options) })
}

// FromCommandContext is FromCommand, until the context ends, which kills the program.
func FromCommandContext(ctx context.Context, argv []string, max int, flags Flags, options *Options) (*LockedBuffer, error) {
	return during(ctx, func() (*LockedBuffer, error) { return FromCommand(argv, max, flags, options) })
}

// PipedContext is Piped, until the context ends, which kills the program.
func (b *LockedBuffer) PipedContext(ctx context.Context, argv []string, max int, flags Flags, options *Options) (*LockedBuffer, error) {
	return during(ctx, func() (*LockedBuffer, error) { return b.Piped(argv, max, flags, options) })
}

// PromptContext is Prompt, until the context ends, which gives the terminal back as it was.
func PromptContext(ctx context.Context, text string, max int, flags Flags, options *Options) (*LockedBuffer, error) {
	return during(ctx, func() (*LockedBuffer, error) { return Prompt(text, max, flags, options) })
}

// ReadFdContext is ReadFd, until the context ends. What was read by then stays in the buffer, and nobody knows how much it is.
func (b *LockedBuffer) ReadFdContext(ctx context.Context, offset, n int, file *os.File) (got int, err error) {
	return during(ctx, func() (int, error) { return b.ReadFd(offset, n, file) })
}

// WriteFdContext is WriteFd, until the context ends; nobody knows how much was written by then.
func (b *LockedBuffer) WriteFdContext(ctx context.Context, file *os.File) error {
	_, err := during(ctx, func() (struct{}, error) { return struct{}{}, b.WriteFd(file) })
	return err
}
