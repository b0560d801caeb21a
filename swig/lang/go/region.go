// SPDX-License-Identifier: MIT OR Apache-2.0

package osmemlock

// #include <osmemlock.h>
import "C"

import (
	"runtime"
	"sync"

	"example.org/osmemlock/internal/swig"
)

// RegionFlags are what NewLockedRegion does besides locking.
type RegionFlags uint

const (
	RegionDontdump RegionFlags = C.OSML_REGION_DONTDUMP
	RegionWipe     RegionFlags = C.OSML_REGION_WIPE
)

// LockedRegion is a lock on memory of the caller's, until Close. Locks are counted page by page: closing one never unlocks a neighbour.
type LockedRegion struct {
	*region
}

type region struct {
	pointer swig.LockedRegion
	mutex   sync.Mutex // whoever comes second waits: the first may still wipe
	keep    func()     // of the slice, nil once unlocked; it must be there until then, for the finalizer too. What prints a struct shows no closure
}

func (r *region) free() {
	swig.DeleteLockedRegion(r.pointer)
}

// NewLockedRegion locks a slice; flags are RegionDontdump, RegionWipe or both. Of memory that the collector does not know, as that of
// syscall.Mmap, close the region before it is unmapped. What refers to its own region is never collected (runtime.SetFinalizer): close that.
func NewLockedRegion(memory []byte, flags RegionFlags) (*LockedRegion, error) {
	r := &region{keep: func() { runtime.KeepAlive(memory) }}
	if err := try(func() { r.pointer = swig.NewLockedRegion(memory, uint(flags)) }); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(r, (*region).free)
	return &LockedRegion{r}, nil
}

// Close unlocks the pages that no other region holds; it may be called again.
func (l *LockedRegion) Close() error {
	if l == nil || l.region == nil {
		return ErrInvalid
	}
	r := l.region
	defer runtime.KeepAlive(r)
	r.mutex.Lock()
	defer r.mutex.Unlock()
	err := try(r.pointer.Unlock)
	r.keep = nil
	return err
}
