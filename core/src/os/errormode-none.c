/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* No error mode: the dialogs that it switches off exist on Windows only. */
#include "../os.h"

int osml__os_error_mode(uint32_t *previous, uint32_t mode)
{
	(void)previous;
	(void)mode;
	return OSML_EUNSUPPORTED;
}
