/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The files of proc(5), line by line. Implementation: proc-linux.c. */
#ifndef OSML_PROC_H
#define OSML_PROC_H

/*
 * Reads NAME of the calling thread's folder, and calls `take` for each line, without its end; of a line that is longer than 4094 bytes only the
 * beginning is given. The cancellation of the thread waits. 0, or -errno of open(2) or read(2); `take` may have been called before.
 */
int osml__os_proc_lines(const char *name, void (*take)(void *context, const char *line), void *context);

#endif
