/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A library that is wrong in every respect that check_symbols.py looks at. */
#include <math.h>

char osml_undeclared[200000] = { 1 };
static volatile double angle; /* so that no compiler works it out beforehand and drops the constructor */

__attribute__((constructor)) static void at_load_time(void)
{
	osml_undeclared[0] = (char)cos(angle);
}
