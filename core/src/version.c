/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "osmemlock.h"

#define TEXT(number)  TEXT_(number)
#define TEXT_(number) #number

const char *osml_version(void)
{
	return TEXT(OSML_VERSION_MAJOR) "." TEXT(OSML_VERSION_MINOR) "." TEXT(OSML_VERSION_PATCH) OSML_VERSION_LABEL;
}
