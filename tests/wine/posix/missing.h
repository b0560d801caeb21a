/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Names that the headers of mingw-w64 lack, for the core's tests. */
#ifndef WINE_MISSING_H
#define WINE_MISSING_H

#include <fcntl.h>
#include <io.h>

#define O_CLOEXEC 0
#define SIGPIPE   13 /* no such signal: signal() refuses it */

static inline int pipe(int ends[2])
{
	return _pipe(ends, 65536, _O_BINARY);
}

#endif
