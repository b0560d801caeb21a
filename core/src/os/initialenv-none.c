/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where the environment was at the start of the process is unknown. What the program did not move is still there, and is wiped in place. */
#include "../os.h"

void osml__os_initial_strings(char **start, char **end)
{
	*start = *end = NULL;
}
