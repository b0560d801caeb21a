/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "../internal.h"

int osml__os_child_start(struct osml__child *child, const osml_command *command)
{
	(void)command;
	*child = (struct osml__child){ 0, -1, -1, -1 };
	return OSML_EUNSUPPORTED;
}

int osml__os_child_wait(const struct osml__child *child, unsigned *ready, int milliseconds)
{
	(void)child;
	(void)milliseconds;
	*ready = 0;
	return OSML_EUNSUPPORTED;
}

int osml__os_child_feed(struct osml__child *child, const void *bytes, size_t n, size_t *wrote)
{
	(void)child;
	(void)bytes;
	(void)n;
	*wrote = 0;
	return OSML_EUNSUPPORTED;
}

void osml__os_child_shut(struct osml__child *child, unsigned way)
{
	(void)child;
	(void)way;
}

const int osml__os_child_signals = 0;

int osml__os_child_end(struct osml__child *child, int *status, int milliseconds)
{
	(void)child;
	(void)status;
	(void)milliseconds;
	return OSML_EUNSUPPORTED;
}

void osml__os_child_close(struct osml__child *child)
{
	(void)child;
}

void osml__os_children_forget(void)
{
}
