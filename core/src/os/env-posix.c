/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "../internal.h"

#include <stdlib.h>

int osml__os_env(char **value, const char *name)
{
	*value = getenv(name);
	return *value ? 0 : -ENOENT;
}

void osml__os_env_end(char *value)
{
	(void)value;
}

int osml__os_env_remove(const char *name)
{
	return unsetenv(name) ? -errno : 0;
}
