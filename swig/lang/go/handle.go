// SPDX-License-Identifier: MIT OR Apache-2.0

package osmemlock

import (
	"runtime"
	"sync"
	"sync/atomic"

	"example.org/osmemlock/internal/swig"
)

type pointer = swig.LockedBuffer

// A handle of the core, freed by Close when no call is under way, which costs less than the finalizer; or by that, without Close. An interface has a
// pointer in it: finalizers of the smallest objects without any may never run (runtime.SetFinalizer).
type handle struct {
	calls   int64 // under way, and closing or freed
	size    int64 // of a closed one
	pointer pointer
}

const (
	closing = 1 << 32
	freed   = 1 << 33
)

// One that is closed, which closed buffers share: the first, which is never freed.
var ended struct {
	sync.Once
	pointer pointer
}

func (h *handle) free() {
	swig.DeleteLockedBuffer(h.pointer)
}

// enter begins a call of the core. The number of a nil buffer is NULL, which the core refuses.
func (h *handle) enter() (number pointer, closed bool) {
	if h == nil {
		return swig.SwigcptrLockedBuffer(0), false
	}
	if atomic.AddInt64(&h.calls, 1) >= closing {
		return ended.pointer, true
	}
	return h.pointer, false
}

// leave ends the call, and keeps the collector away until then: nobody else may hold the buffer.
func (h *handle) leave() {
	if h != nil && atomic.AddInt64(&h.calls, -1) == closing && atomic.CompareAndSwapInt64(&h.calls, closing, freed) {
		runtime.SetFinalizer(h, nil)
		if h.pointer != ended.pointer {
			h.free()
		}
	}
}

// end is called between the two, with the size that it had, by whoever closed it.
func (h *handle) end(size int64) {
	ended.Do(func() { ended.pointer = h.pointer })
	for {
		calls := atomic.LoadInt64(&h.calls)
		if calls >= closing {
			return
		}
		atomic.StoreInt64(&h.size, size)
		if atomic.CompareAndSwapInt64(&h.calls, calls, calls+closing) {
			return
		}
	}
}
