/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Locks by address. (void *memory, size_t len) is what a language can promise not to move: the typemap of lang/<name>.i says what that is.
 * The caller keeps it alive until it is unlocked. (void *into, size_t n) is memory that may be written during the call.
 */

%inline %{
/** Locks memory of the program's own, as mlock(2) does: page by page, and nothing is counted. */
static void osmls_mlock(void *memory, size_t len)
{
	check(osml_mlock(memory, len));
}

/** Unlocks it, and all that shares its pages. */
static void osmls_munlock(void *memory, size_t len)
{
	check(osml_munlock(memory, len));
}

/** Keeps memory of the program's own out of core dumps. */
static void osmls_madvise_dontdump(void *memory, size_t len)
{
	check(osml_madvise_dontdump(memory, len));
}
%}

#ifndef OSMLS_IMMUTABLE_BYTES

%inline %{
/** Sets memory of the program's own to zero, and no compiler leaves that out. */
static void osmls_wipe(void *into, size_t n)
{
	check(osml_wipe(into, n));
}
%}
#endif
