/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Of a file that is read in pieces into one room, from fake_record() on: however much of it is full already, no read goes past its end. */
#ifndef OSML_TEST_READS_H
#define OSML_TEST_READS_H

#include "os_fake.h"
#include "support.h"

static inline void check_reads_end_where_the_first_ends(void)
{
	const char *end = NULL;
	size_t reads = 0;

	for (size_t i = 0; i < fake_recorded(); i++) {
		const struct fake_call *call = fake_call(i);

		if (strcmp(call->function, "read"))
			continue;
		end = end ? end : (const char *)call->addr + call->len;
		CHECK((const char *)call->addr + call->len == end);
		reads++;
	}
	CHECK(reads > 1);
}

#endif
