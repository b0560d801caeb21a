/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "wait.h"

/* Options of an unknown size have no such field; osml_buffer_new() refuses them. */
bool osml__asks(const osml_buffer_options *o)
{
	return o && o->struct_size >= sizeof *o && o->interrupted;
}

bool osml__may_continue(const osml_buffer_options *o)
{
	return !osml__asks(o) || o->interrupted(o->context) == 0;
}

/*
 * A signal that another thread received does not end this wait; its handler only sets a flag of the program's (in Python the one that becomes
 * KeyboardInterrupt), and a deadline does not even that. So `interrupted` of the options is called at intervals, if there is one.
 */
int osml__wait(int fd, bool to_write, const osml_buffer_options *o)
{
	int rc;

	do
		rc = osml__os_wait(fd, to_write, osml__asks(o) ? OSML__BETWEEN_QUESTIONS : -1);
	while ((rc == -EAGAIN || rc == -EINTR) && osml__may_continue(o));
	return rc == -EAGAIN ? -EINTR : rc;
}
