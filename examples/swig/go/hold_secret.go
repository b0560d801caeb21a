// SPDX-License-Identifier: MIT OR Apache-2.0

// The main job: a secret goes from a file or a pipe straight into locked memory, is used there, and is gone afterwards. hold_secret [FILE]
package main

import (
	"fmt"
	"log"
	"os"

	"example.org/osmemlock"
)

var protections = []struct {
	bit   osmemlock.Protections
	words string
}{
	{osmemlock.Locked, "locked in RAM"},
	{osmemlock.Nodump, "left out of core dumps"},
	{osmemlock.Wipeonfork, "zeros in a forked child"},
}

func readSecret() (*osmemlock.LockedBuffer, error) {
	if len(os.Args) > 1 {
		return osmemlock.FromFile(os.Args[1], 65536, osmemlock.TrimNewline, nil)
	}
	return osmemlock.FromFd(os.Stdin, 65536, osmemlock.TrimNewline, nil)
}

// checksum stands for the real use, byte by byte, because a slice would be a second secret to look after (FNV-1a).
func checksum(secret *osmemlock.LockedBuffer) (uint32, error) {
	total := uint32(2166136261)
	for position := 0; position < secret.Size(); position++ {
		value, err := secret.GetByte(position)
		if err != nil {
			return 0, err
		}
		total = (total ^ uint32(value)) * 16777619
	}
	return total, nil
}

func show(secret *osmemlock.LockedBuffer) error {
	said, err := secret.Protections()
	if err != nil {
		return err
	}
	seen, err := secret.Verify()
	if err != nil {
		return err
	}
	for _, p := range protections {
		fmt.Printf("  %-24s library: %-6v kernel: %v\n", p.words, said&p.bit != 0, seen&p.bit != 0)
	}
	return nil
}

func hold() error {
	secret, err := readSecret()
	if err != nil {
		return err
	}
	defer secret.Close()
	total, err := checksum(secret)
	if err != nil {
		return err
	}
	fmt.Printf("a secret of %d bytes, checksum %08x\n", secret.Size(), total)
	return show(secret)
}

func main() {
	if err := hold(); err != nil {
		log.Fatal(err)
	}
	live, err := osmemlock.Info(osmemlock.InfoLiveBuffers)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("secrets alive afterwards:", live)
}
