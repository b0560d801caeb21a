// SPDX-License-Identifier: MIT OR Apache-2.0

// The process that is searched: clients CLIENT SEED SEED SOCKET PATH. What it says is told in tests/python/clients/victim.py. Which result a
// client must have, and what may be left of it, is in ../clients/clients.py.
package main

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"runtime"
	"strconv"

	osml "example.org/osmemlock"
)

const message = "a message that everybody may read"

var (
	input  = bufio.NewReader(os.Stdin)
	socket *os.File
	path   string
	alive  any // what a client wants to be alive while its process is searched
)

func say(text string) {
	fmt.Println(text)
	_, _ = input.ReadString('\n') // the end of it is an answer too
}

func sure[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

// As tests/python/clients/control.py.
func control(seed string) []byte {
	state, bytes := sure(strconv.ParseUint(seed, 10, 64)), make([]byte, 32)
	for i := range bytes {
		state = state*6364136223846793005 + 1442695040888963407
		bytes[i] = byte(state >> 56)
	}
	return bytes
}

func lent(use func(s []byte) []byte) func(*osml.LockedBuffer) any {
	return func(b *osml.LockedBuffer) any {
		var result []byte
		if err := b.WithBytes(func(s []byte) error { result = use(s); return nil }); err != nil {
			log.Fatal(err)
		}
		return result
	}
}

func mac(key []byte, text string) []byte {
	of := hmac.New(sha256.New, key)
	of.Write([]byte(text))
	return of.Sum(nil)
}

func encrypted(key, text []byte) []byte {
	result := make([]byte, len(text))
	cipher.NewCTR(sure(aes.NewCipher(key)), make([]byte, 16)).XORKeyStream(result, text)
	return result
}

func stored(bytes []byte) *osml.LockedBuffer {
	b := sure(osml.NewLockedBuffer(len(bytes), nil))
	if err := b.Write(0, bytes); err != nil {
		log.Fatal(err)
	}
	return b
}

func words(b *osml.LockedBuffer) any {
	header := sure(b.Prefixed([]byte("Bearer ")))
	return sure(header.Part(sure(header.Find(0, []byte(" ")))+1, 32))
}

func coded(b *osml.LockedBuffer) any {
	text := sure(b.Encode(osml.Base64))
	if err := text.Decode(osml.Base64); err != nil {
		log.Fatal(err)
	}
	return text
}

func keep(bytes []byte) []byte {
	alive = bytes
	return bytes
}

var sources = map[string]func() *osml.LockedBuffer{
	"FromFd":      func() *osml.LockedBuffer { return sure(osml.FromFd(socket, 4096, 0, nil)) },
	"FromFile":    func() *osml.LockedBuffer { return sure(osml.FromFile(path, 4096, 0, nil)) },
	"os.ReadFile": func() *osml.LockedBuffer { return stored(keep(sure(os.ReadFile(path)))) },
}

var uses = map[string]func(*osml.LockedBuffer) any{
	"hmac.New":                    lent(func(s []byte) []byte { return mac(s, message) }),
	"sha256.Sum256":               lent(func(s []byte) []byte { sum := sha256.Sum256(s); return sum[:] }),
	"cipher.NewCTR, as plaintext": lent(func(s []byte) []byte { return encrypted(make([]byte, 32), s) }),
	"aes.NewCipher":               lent(func(s []byte) []byte { return encrypted(s, []byte("hello")) }),
	"subtle.ConstantTimeCompare": lent(func(s []byte) []byte {
		return []byte(strconv.FormatBool(subtle.ConstantTimeCompare(s, make([]byte, 32)) == 1))
	}),
	"b.Equal": func(b *osml.LockedBuffer) any {
		return []byte(strconv.FormatBool(sure(b.Equal(sure(b.Part(0, 32)))) && !sure(b.EqualBytes(make([]byte, 32)))))
	},
	"b.Prefixed, Find, Part": words,
	"b.Encode, Decode":       coded,
	"b.WriteFd": func(b *osml.LockedBuffer) any {
		if err := b.WriteFd(socket); err != nil {
			log.Fatal(err)
		}
		return []byte{}
	},
	"b.Read":          func(b *osml.LockedBuffer) any { return keep(sure(b.Read(0, b.Size()))) },
	"string(s)":       lent(func(s []byte) []byte { text := string(s); alive = &text; return []byte(text) }),
	"append(x, s...)": lent(func(s []byte) []byte { return keep(append([]byte("Bearer "), s...)) }),
	"json.Marshal":    lent(func(s []byte) []byte { return sure(json.Marshal([]string{string(s)})) }),
}

// Of a buffer not its content but an HMAC of it, so that no copy is made to be compared.
func bytesOf(result any) []byte {
	if b, is := result.(*osml.LockedBuffer); is {
		return lent(func(s []byte) []byte { return mac(s, "fingerprint") })(b).([]byte)
	}
	return result.([]byte)
}

func open(name string) *osml.LockedBuffer {
	if sources[name] != nil {
		return sure(osml.NewLockedBuffer(0, nil))
	}
	return sure(osml.FromFd(socket, 4096, 0, nil))
}

func answer(name string, key *osml.LockedBuffer) string {
	if source := sources[name]; source != nil {
		return fmt.Sprintf("%x", bytesOf(source()))
	}
	return fmt.Sprintf("%x", bytesOf(uses[name](key)))
}

func main() {
	name := os.Args[1]
	socket, path = os.NewFile(uintptr(sure(strconv.Atoi(os.Args[4]))), "socket"), os.Args[5]
	locked, ordinary := stored(control(os.Args[2])), control(os.Args[3])
	key := open(name)
	told := answer(name, key)
	runtime.GC()
	say("used " + told)
	alive = nil
	runtime.GC()
	if err := key.Close(); err != nil {
		log.Fatal(err)
	}
	say("closed")
	runtime.KeepAlive(locked)
	runtime.KeepAlive(ordinary)
}
