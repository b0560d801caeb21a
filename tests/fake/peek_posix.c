/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where a process cannot read its own memory as another's: a pipe takes what can be read, and says EFAULT of the rest. */
#include <unistd.h>

#include "scenery.h"

/* What fits into every pipe at once. */
#define PIECE ((size_t)512)

size_t fake_peek(void *to, const void *from, size_t n)
{
	size_t done = 0, piece;
	ssize_t got = 1;
	int ends[2];

	if (pipe(ends))
		return 0;
	while (done < n && got > 0) {
		piece = n - done < PIECE ? n - done : PIECE;
		got = write(ends[1], (const char *)from + done, piece);
		got = got > 0 ? read(ends[0], (char *)to + done, (size_t)got) : 0;
		done += got > 0 ? (size_t)got : 0;
	}
	close(ends[0]);
	close(ends[1]);
	return done;
}
