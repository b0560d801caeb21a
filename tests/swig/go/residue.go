// SPDX-License-Identifier: MIT OR Apache-2.0

// The victim of ../residue.sh and ../../proof/run: residue from-fd|from-env. It obeys commands.
package main

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"log"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"

	"example.org/osmemlock"
)

var (
	lines  = bufio.NewScanner(os.Stdin)
	b      *osmemlock.LockedBuffer
	others []*osmemlock.LockedBuffer
	kept   []byte
)

func sure[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func ready(answer any) bool {
	fmt.Println("ready", answer)
	return lines.Scan()
}

func secret() (*osmemlock.LockedBuffer, error) {
	if os.Args[1] == "from-fd" {
		return osmemlock.FromFd(os.NewFile(3, "pipe"), 4096, 0, nil)
	}
	return osmemlock.FromEnv("OSML_PROOF_SECRET", 4096, 0, nil)
}

func sum() int {
	sum := 0
	for i := 0; i < b.Size(); i++ {
		sum += int(sure(b.GetByte(i)))
	}
	return sum & 0xff
}

// Finalizers run on a goroutine of their own.
func collect() {
	b = nil
	for round := 0; round < 1000 && sure(osmemlock.Info(osmemlock.InfoLiveBuffers)) > 0; round++ {
		runtime.GC()
		runtime.Gosched()
	}
}

func leavePanicking() {
	defer func() { _ = recover() }()
	defer b.Close()
	_ = b.WithBytes(func([]byte) error { panic("enough") })
}

func more(most int) string {
	other, err := osmemlock.FromFd(os.NewFile(4, "pipe"), most, 0, nil)
	if err != nil {
		return "refused"
	}
	others = append(others, other)
	return "held"
}

func fill(count int) int {
	for len(others) < count {
		other, err := osmemlock.NewLockedBuffer(64, nil)
		if err != nil {
			break
		}
		others = append(others, other)
	}
	return len(others)
}

func execute() int {
	cat := exec.Command("cat")
	cat.Stdin = os.Stdin
	if err := cat.Start(); err != nil {
		log.Fatal(err)
	}
	return cat.Process.Pid
}

func lend() error {
	return b.WithBytes(func(key []byte) error {
		kept = key
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte("message"))
		mac.Sum(nil)
		ready(os.Getpid())
		return nil
	})
}

func obey(command string, words ...string) any {
	var err error
	switch command {
	case "release":
		err = b.Close()
	case "use":
		return sum()
	case "collect":
		collect()
	case "raise":
		leavePanicking()
	case "refuse":
		return more(32)
	case "more":
		return more(4096)
	case "fill":
		return fill(sure(strconv.Atoi(words[0])))
	case "exec":
		return execute()
	case "lend":
		err = lend()
	case "copy":
		kept, err = b.Read(0, b.Size())
	case "exit":
		os.Exit(0)
	}
	return sure(os.Getpid(), err)
}

func main() {
	b = sure(secret())
	for answer := any(os.Getpid()); ready(answer); {
		words := strings.Fields(lines.Text())
		answer = obey(words[0], words[1:]...)
	}
	runtime.KeepAlive(kept)
}
