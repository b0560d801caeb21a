/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <osmemlock.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	osml_buffer *b;
	char version[40];

	snprintf(version, sizeof version, "%d.%d.%d%s", OSML_VERSION_MAJOR, OSML_VERSION_MINOR, OSML_VERSION_PATCH, OSML_VERSION_LABEL);
	if (strcmp(osml_version(), version) != 0 || osml_buffer_new(&b, 32, NULL) != 0)
		return 1;
	osml_buffer_free(b);
	return 0;
}
