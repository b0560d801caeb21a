/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * No environment: taking a secret out of it means overwriting the original.
 */
#include "../os.h"

int osml__os_env(char **value, const char *name)
{
	(void)value;
	(void)name;
	return OSML_EUNSUPPORTED;
}

void osml__os_env_end(char *value)
{
	(void)value;
}

int osml__os_env_remove(const char *name)
{
	(void)name;
	return OSML_EUNSUPPORTED;
}
