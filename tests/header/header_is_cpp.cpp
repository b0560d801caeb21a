// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise: the public header needs nothing before it, in every C++ since C++98, and its functions link from there.
#include <osmemlock.h>

int main()
{
	osml_buffer_options options = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b = NULL;
	uint64_t live = OSML_UNLIMITED;
	int rc = osml_buffer_new(&b, 16, &options);

	if (rc == OSML_OK && osml_info(OSML_INFO_LIVE_BUFFERS, &live) == OSML_OK && live != 1)
		return 1;
	osml_buffer_free(b);
	return rc == OSML_OK && osml_version()[0] == '0' + OSML_VERSION_MAJOR ? 0 : 1;
}
