/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Before all others in the files of core/src/os that are compiled against the played Windows. */
#include "played.h"

#define VirtualLock                played_lock
#define VirtualUnlock              played_unlock
#define VirtualAlloc               played_allocate
#define VirtualFree                played_free
#define K32QueryWorkingSetEx       played_query
#define GetProcessWorkingSetSizeEx played_get_size
#define SetProcessWorkingSetSizeEx played_set_size
#define GetProcAddress             played_find
