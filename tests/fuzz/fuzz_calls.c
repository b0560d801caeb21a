/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n);

/* New ones go to the end: the corpus is written in these numbers. */
static fuzz_op *const ops[] = {
	op_new,      op_write,       op_read,          op_fill,         op_random,      op_copy,          op_wipe,   op_equal,
	op_pin,      op_unpin,       op_close,         op_free,         op_protect,     op_overrun,       op_verify, op_from_fd,
	op_write_fd, op_decode_hex,  op_decode_base64, op_write_text,   op_region_lock, op_region_unlock, op_purge,  op_trim,
	op_scrub,    op_malloc,      op_realloc,       op_heap_free,    op_decode,      op_encode,        op_join,   op_take,
	op_find,     op_equal_bytes, op_read_fd,       op_from_command,
};

#define MOST_CALLS 64u
#define MOST_SLOW  2u               /* a verify reads smaps, a command is a process: milliseconds */
#define MOST_KEPT  (4u * 64 * 4096) /* what the pool may keep locked when no buffer is left: idle pages and a cache */

static uint64_t info(enum osml_info what)
{
	uint64_t value = 0;

	EXPECT_RC(osml_info(what, &value), 0);
	return value;
}

static uint64_t open_subjects(void)
{
	uint64_t n = 0;

	for (size_t i = 0; i < SUBJECTS; i++)
		n += subjects[i].life == OPEN;
	return n;
}

static void run(struct input *in)
{
	unsigned slow = 0;

	for (unsigned calls = 0; in->left && calls < MOST_CALLS; calls++) {
		fuzz_op *op = ops[fuzz_byte(in) % (sizeof ops / sizeof *ops)];
		if ((op == op_verify || op == op_from_command) && ++slow > MOST_SLOW)
			continue;
		op(in);
		for (size_t i = 0; i < SUBJECTS; i++)
			subject_check(&subjects[i]);
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n)
{
	struct input in = { bytes, n };

	regions_start();
	run(&in);
	EXPECT(info(OSML_INFO_LIVE_BUFFERS) == open_subjects());
	for (size_t i = 0; i < SUBJECTS; i++)
		subject_drop(&subjects[i]);
	regions_end();
	heap_end();
	EXPECT(info(OSML_INFO_LIVE_BUFFERS) == 0);
	EXPECT(info(OSML_INFO_LIBRARY_LOCKED_BYTES) <= MOST_KEPT);
	return 0;
}
