// SPDX-License-Identifier: MIT OR Apache-2.0

package osmemlock

import "sync"

// What f keeps of a slice cannot be taken back, and the collector alone knows when it is gone: so what is lent is memory of Go's own, locked in
// blocks. Each place in a block is used once and wiped, so what was kept reads as zeros and never as another secret.
const blockSize = 4096

type block struct {
	region *LockedRegion
	free   []byte // places that were never lent
	lent   int    // scopes that still run; the last one of a block that is not the current one unlocks it
}

var lending struct {
	sync.Mutex
	current *block
}

func newBlock(size int) (*block, error) {
	memory := make([]byte, size)
	region, err := NewLockedRegion(memory, RegionDontdump)
	return &block{region: region, free: memory}, err
}

func (l *block) take(n int) []byte {
	place := l.free[:n:n]
	l.free = l.free[n:]
	l.lent++
	return place
}

func (l *block) unused() error {
	if l == nil || l.lent > 0 || l == lending.current {
		return nil
	}
	return l.region.Close()
}

// lend finds a place of n bytes; large ones have a block of their own.
func lend(n int) (*block, []byte, error) {
	lending.Lock()
	defer lending.Unlock()
	if n <= blockSize/8 && lending.current != nil && len(lending.current.free) >= n {
		return lending.current, lending.current.take(n), nil
	}
	size := n
	if n <= blockSize/8 {
		size = blockSize
	}
	made, err := newBlock(size)
	if err != nil {
		return nil, nil, err
	}
	if size == blockSize {
		old := lending.current
		lending.current = made
		_ = old.unused()
	}
	return made, made.take(n), nil
}

func (l *block) end(place []byte) {
	for i := range place {
		place[i] = 0
	}
	lending.Lock()
	defer lending.Unlock()
	l.lent--
	_ = l.unused() // the error of the scope is what counts
}

// WithBytes lends the contents to f, as a copy in locked memory that is wiped when f returns or panics; what f writes to it is lost. It returns the
// error of f; else ErrClosed if the buffer was closed meanwhile. Nothing in f needs cgo, so runtime/secret.Do may be called inside, but
// never around: Go refuses cgo there.
func (b *LockedBuffer) WithBytes(f func(bytes []byte) error) (err error) {
	h := b.owned()
	number, _ := h.enter()
	defer h.leave()
	if err := try(number.Hold); err != nil {
		return err
	}
	defer func() {
		if closed := try(number.Let_go); err == nil {
			err = closed
		}
	}()
	place, bytes, err := lend(b.Size())
	if err != nil {
		return err
	}
	defer place.end(bytes)
	if err := b.ReadInto(0, bytes); err != nil {
		return err
	}
	return f(bytes)
}
