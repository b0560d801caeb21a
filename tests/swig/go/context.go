// SPDX-License-Identifier: MIT OR Apache-2.0

// A context ends what waits, and nothing is left of the wait. The tests run as those of safety.go.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
	"unsafe"

	osml "example.org/osmemlock"
)

var pipes []*os.File // the collector would close them

func pipe() (reader, writer *os.File) {
	reader, writer, err := os.Pipe()
	require(err == nil, err)
	pipes = append(pipes, reader, writer)
	return reader, writer
}

// everyWait is what waits as long as nobody writes, reads or ends.
func everyWait() map[string]func(context.Context) error {
	reader, _ := pipe()
	fifo := filepath.Join(sure(os.MkdirTemp("", "osmemlock")), "fifo")
	require(syscall.Mkfifo(fifo, 0o600) == nil)
	large := sure(osml.NewLockedBuffer(200000, nil))
	_, writer := pipe()
	forever := []string{"sleep", "1000"}
	return map[string]func(context.Context) error{
		"FromFd":      func(c context.Context) error { return failed(osml.FromFdContext(c, reader, 100, 0, nil)) },
		"FromFile":    func(c context.Context) error { return failed(osml.FromFileContext(c, fifo, 100, 0, nil)) },
		"FromCommand": func(c context.Context) error { return failed(osml.FromCommandContext(c, forever, 100, 0, nil)) },
		"Piped":       func(c context.Context) error { return failed(large.PipedContext(c, forever, 100, 0, nil)) },
		"ReadFd":      func(c context.Context) error { return failed(large.ReadFdContext(c, 0, 100, reader)) },
		"WriteFd":     func(c context.Context) error { return large.WriteFdContext(c, writer) },
	}
}

type remains struct {
	goroutines, descriptors, locked int
	buffers                         uint64
}

func left() remains {
	require(osml.Trim() == nil)
	files := len(sure(os.ReadDir("/proc/self/fd")))
	return remains{runtime.NumGoroutine(), files, vmlck(), sure(osml.Info(osml.InfoLiveBuffers))}
}

func noChildren() bool {
	_, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
	return err == syscall.ECHILD
}

func isOver(err error, by error) {
	var mine *osml.Error
	require(errors.Is(err, by) && errors.As(err, &mine) && !errors.Is(err, syscall.EINTR), err)
}

func deadlines() {
	for name, wait := range everyWait() {
		before := left()
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		isOver(wait(ctx), context.DeadlineExceeded)
		cancel()
		require(left() == before && noChildren(), name, before, left())
	}
	_, writer := pipe() // the control: what is left is seen
	before := left()
	kept := buffer()
	require(writer.Close() == nil && left() != before && kept.Close() == nil)
}

func cancelledByAnother() {
	for name, wait := range everyWait() {
		before := left()
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { ended <- wait(ctx) }()
		for !waits() {
			runtime.Gosched()
		}
		cancel()
		isOver(<-ended, context.Canceled)
		runtime.Gosched()
		for runtime.NumGoroutine() != before.goroutines {
			runtime.Gosched() // the one above has sent, and ends
		}
		require(left() == before && noChildren(), name, before, left())
	}
}

// closedMeanwhile: the number of a file that was closed is the next one's, which gets nothing of a secret, and gives nothing.
func closedMeanwhile() {
	large := sure(osml.NewLockedBuffer(200000, nil))
	live, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, wait := range []func(reader, writer *os.File) (*os.File, func() error){
		func(r, _ *os.File) (*os.File, func() error) {
			return r, func() error { return failed(osml.FromFd(r, 9, 0, nil)) }
		},
		func(r, _ *os.File) (*os.File, func() error) {
			return r, func() error { return failed(large.ReadFd(0, 9, r)) }
		},
		func(_, w *os.File) (*os.File, func() error) { return w, func() error { return large.WriteFd(w) } },
		func(_, w *os.File) (*os.File, func() error) {
			return w, func() error { return large.WriteFdContext(live, w) }
		},
	} {
		file, call := wait(pipe())
		ended := make(chan error)
		go func() { ended <- call() }()
		for !waits() {
			runtime.Gosched()
		}
		require(file.Close() == nil)
		next := sure(os.CreateTemp("", "osmemlock"))
		require(errors.Is(<-ended, os.ErrClosed))
		require(sure(next.Stat()).Size() == 0 && os.Remove(next.Name()) == nil && next.Close() == nil)
	}
	require(large.Close() == nil)
}

// waits tells whether a thread of this process sits in poll(2), by the number of the call.
func waits() bool {
	poll := map[string]string{"amd64": "7 ", "arm64": "73 "}[runtime.GOARCH]
	for _, thread := range sure(os.ReadDir("/proc/self/task")) {
		call, err := os.ReadFile("/proc/self/task/" + thread.Name() + "/syscall")
		if err == nil && strings.HasPrefix(string(call), poll) {
			return true
		}
	}
	return false
}

func overBefore() {
	file := filepath.Join(sure(os.MkdirTemp("", "osmemlock")), "made")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	isOver(failed(osml.FromCommandContext(ctx, []string{"touch", file}, 100, 0, nil)), context.Canceled)
	require(errors.Is(failed(os.Stat(file)), os.ErrNotExist))
	reader, writer := pipe()
	sure(writer.Write([]byte("secret")))
	isOver(failed(osml.FromFdContext(ctx, reader, 100, 0, nil)), context.Canceled)
	require(writer.Close() == nil && sure(osml.FromFd(reader, 100, 0, nil)).Size() == 6)
}

// What another context of the same thread has ended ends nothing else.
func noContext() {
	runtime.LockOSThread()
	reader, writer := pipe()
	ended, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	isOver(failed(osml.FromFdContext(ended, reader, 100, 0, nil)), context.DeadlineExceeded)
	cancel()
	live, cancel := context.WithCancel(context.Background())
	defer cancel()
	b := buffer()
	for _, wait := range []func() (int, error){
		func() (int, error) { return b.ReadFd(0, 5, reader) },
		func() (int, error) { return b.ReadFdContext(context.Background(), 0, 5, reader) },
		func() (int, error) { return b.ReadFdContext(live, 0, 5, reader) },
	} {
		go func() {
			for !waits() {
				runtime.Gosched()
			}
			sure(writer.Write([]byte("bytes")))
		}()
		require(sure(wait()) == 5 && string(sure(b.Read(0, 5))) == "bytes" && b.Wipe() == nil)
	}
	//lint:ignore SA1012 a nil context is what is refused
	require(errors.Is(failed(osml.FromFdContext(nil, reader, 9, 0, nil)), osml.ErrInvalid))
}

func cancelledInCrowds() {
	before := left()
	reader, writer := pipe()
	inGoroutines(8, func(int) {
		for i := 0; i < 5; i++ {
			ctx, cancel := context.WithCancel(context.Background())
			go cancel()
			isOver(failed(osml.FromFdContext(ctx, reader, 100, 0, nil)), context.Canceled)
		}
	})
	require(reader.Close() == nil && writer.Close() == nil)
	collect()
	require(left().buffers == before.buffers && left().locked == before.locked)
}

func ioctl(file *os.File, request uintptr, argument unsafe.Pointer) {
	_, _, err := syscall.Syscall(syscall.SYS_IOCTL, file.Fd(), request, uintptr(argument))
	require(err == 0, err)
}

func echoes(terminal *os.File) bool {
	var settings syscall.Termios
	ioctl(terminal, syscall.TCGETS, unsafe.Pointer(&settings))
	return settings.Lflag&syscall.ECHO != 0
}

// newTerminal returns both ends of one that nobody uses.
func newTerminal() (master, terminal *os.File) {
	master = sure(os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0))
	var number, unlocked int32
	ioctl(master, syscall.TIOCSPTLCK, unsafe.Pointer(&unlocked))
	ioctl(master, syscall.TIOCGPTN, unsafe.Pointer(&number))
	return master, sure(os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0))
}

// cancelledPrompt has a child ask, which ends once echo is off: the child itself sees to that, or whoever types.
func cancelledPrompt() {
	for how, typed := range map[string]string{"cancels": "", "is interrupted": "\x03", "is killed": "\x03"} {
		master, terminal := newTerminal()
		var told bytes.Buffer
		// Started in the background this program may have been told to ignore SIGINT, and Go would do so.
		prompt := exec.Command("env", "--default-signal=INT", sure(os.Executable()), "prompting", how)
		prompt.Stdin, prompt.Stdout, prompt.Stderr = terminal, &told, &told
		prompt.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
		require(echoes(terminal) && prompt.Start() == nil)
		for typed != "" && echoes(terminal) {
			runtime.Gosched()
		}
		sure(master.Write([]byte(typed)))
		err := prompt.Wait()
		if how == "is killed" { // by Go's own handler of SIGINT, on another thread
			require(prompt.ProcessState.Sys().(syscall.WaitStatus).Signal() == syscall.SIGINT, err)
		} else {
			require(err == nil, how, told.String())
		}
		require(echoes(terminal), how)
		runtime.KeepAlive(master)
	}
}

func prompting(how string) {
	if how == "is killed" {
		failed(osml.Prompt("? ", 100, 0, nil))
		select {}
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	go func() {
		for !waits() || echoes(os.Stdin) {
			runtime.Gosched()
		}
		if how == "cancels" {
			cancel()
		}
	}()
	err := failed(osml.PromptContext(ctx, "? ", 100, 0, nil))
	if how == "cancels" || !errors.Is(err, syscall.EINTR) { // the prompt may see the signal before the context does
		isOver(err, context.Canceled)
	}
	require(echoes(os.Stdin))
}
