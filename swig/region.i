/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Counted locks on memory of the caller's, for the languages that define OSMLS_REGIONS (error.i). (void *held, size_t len) is memory that the
 * object keeps where it is until it is unlocked or collected; the typemap of lang/<name>.i sees to that. Memory that refers to its own region
 * is not collected everywhere.
 */
%constant unsigned int REGION_DONTDUMP = OSML_REGION_DONTDUMP;
%constant unsigned int REGION_WIPE = OSML_REGION_WIPE;

%{
#ifndef OSMLS_HOLDER
#define OSMLS_HOLDER
#define OSMLS_LET_GO(region)
#endif

/* The core's region ends with its unlock. This one stays, so that a second unlock is harmless. */
typedef struct LockedRegion {
	osml_region *region; /* NULL when unlocked */
	OSMLS_HOLDER
} LockedRegion;

static int unlock_region(LockedRegion *self)
{
	osml_region *region;
	int rc;

	if (!self)
		return OSML_EINVAL;
	/* Whoever takes it unlocks it: a finalizer may run beside an unlock(). */
	region = __atomic_exchange_n(&self->region, (osml_region *)NULL, __ATOMIC_ACQ_REL);
	rc = osml_region_unlock(region);
	if (region)
		OSMLS_LET_GO(self);
	return rc;
}
%}

/** A lock on memory of the program's own, which stays where it is meanwhile. */
typedef struct {
} LockedRegion;

%extend LockedRegion {
	/** Locks memory of the program's own, counted by page. */
	LockedRegion(void *held, size_t len, unsigned int options = OSML_REGION_DONTDUMP)
	{
		LockedRegion *made = (LockedRegion *)calloc(1, sizeof *made);

		if (check(made ? osml_region_lock(&made->region, held, len, options) : -ENOMEM) == 0)
			return made;
		free(made);
		return NULL;
	}

	~LockedRegion()
	{
		unlock_region($self);
		free($self);
	}

	/** Unlocks it, and may be called again. */
	void unlock()
	{
		check(unlock_region($self));
	}
}
