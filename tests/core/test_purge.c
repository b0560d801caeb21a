/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* osml_purge(): every buffer wiped and closed at once, from anywhere, a signal handler included (audit C1). */
#define _GNU_SOURCE
#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <unistd.h>

#include "scenery.h"

/* A purge wipes what others write and looks at handles that others take again: both tested here, and to ThreadSanitizer races. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
	return "race:osml__wipe\nrace:osml__copy\nrace:^memset$\nrace:close_and_wipe\n";
}

#define KEEP (OSML_LOCKED | OSML_NODUMP | OSML_CANARY)

static uint64_t info(enum osml_info what)
{
	uint64_t value = 0;

	CHECK_RC(osml_info(what, &value), 0);
	return value;
}

/* Through the kernel, so that a page that is gone is an answer and not a crash. */
static bool all_are(const void *data, unsigned char value, size_t n)
{
	unsigned char byte;

	for (size_t i = 0; i < n; i++)
		if (fake_peek(&byte, (const char *)data + i, 1) != 1 || byte != value)
			return false;
	return true;
}

enum { OPEN, SMALL, GUARDED, INACCESSIBLE, KEPT, PINNED, KINDS };

static void fill(osml_buffer **b, const void **data, const size_t *lengths)
{
	static const uint32_t wants[KINDS] = { [OPEN] = OSML_DEFAULT_PROTECTIONS,
		                               [SMALL] = OSML_DEFAULT_PROTECTIONS,
		                               [GUARDED] = OSML_DEFAULT_PROTECTIONS | OSML_GUARDED,
		                               [INACCESSIBLE] = OSML_DEFAULT_PROTECTIONS | OSML_GUARDED,
		                               [KEPT] = KEEP,
		                               [PINNED] = OSML_DEFAULT_PROTECTIONS };

	for (size_t i = 0; i < KINDS; i++) {
		b[i] = support_secret(lengths[i], wants[i]);
		data[i] = osml_buffer_data(b[i]);
		CHECK(all_are(data[i], 0xEE, lengths[i])); /* control */
	}
	CHECK_RC(osml_buffer_pin(b[PINNED], NULL, NULL), 0);
	CHECK_RC(osml_buffer_protect(b[INACCESSIBLE], OSML_ACCESS_NONE), 0);
}

static void a_purge_wipes_and_closes_every_kind_of_buffer_and_free_gives_the_memory_back(void **state)
{
	static const size_t lengths[KINDS] = { 5000, 32, 100, 100, 40, 2000 };
	struct support_snapshot before = support_snapshot();
	uint64_t live = info(OSML_INFO_LIVE_BUFFERS);
	const void *data[KINDS];
	osml_buffer *b[KINDS];

	(void)state;
	fill(b, data, lengths);
	CHECK_RC(osml_purge(), 0);
	CHECK_RC(osml_purge(), 0);
	CHECK(info(OSML_INFO_LIVE_BUFFERS) == live);
	for (size_t round = 0; round < 2; round++) /* a use that is refused changes nothing */
		for (size_t i = 0; i < KINDS; i++) {
			CHECK(all_are(data[i], 0, lengths[i]));
			CHECK_RC(osml_buffer_fill(b[i], 0, 1, 1), OSML_ECLOSED);
		}
	CHECK_RC(osml_buffer_unpin(b[PINNED]), OSML_ECLOSED);
	CHECK(all_are(data[PINNED], 0, lengths[PINNED]));
	for (size_t i = 0; i < KINDS; i++) {
		CHECK_RC(osml_buffer_close(b[i]), 0);
		osml_buffer_free(b[i]);
	}
	osml_buffer_free(support_secret(40, OSML_DEFAULT_PROTECTIONS)); /* new ones work */
	ASSERT_BACK_TO(before);
	CHECK(info(OSML_INFO_CORRUPTIONS) == 0);
}

/* ---- With others at work ---- */

static _Atomic unsigned purges, refused;
#define PURGES 1500u

static void purge(int signal)
{
	int before = errno; /* a handler's own duty */

	(void)signal;
	osml_purge();
	purges++;
	errno = before;
}

/* A caller of the thread's own choice; what it sees is its own bytes or the news that they are gone. */
static void *make_write_and_free(void *length)
{
	static const unsigned char bytes[20000] = { 1, 2, 3 };
	size_t len = *(size_t *)length;

	while (purges < PURGES) {
		osml_buffer *b;

		CHECK_RC(osml_buffer_new(&b, len, NULL), 0);
		for (int i = 0; i < 20; i++) {
			int rc = osml_buffer_write(b, 0, bytes, len);

			CHECK(rc == 0 || rc == OSML_ECLOSED);
			refused += rc != 0;
			CHECK(!rc || !osml_buffer_data(b));
		}
		osml_buffer_free(b);
	}
	return NULL;
}

static void purge_by_signal(void)
{
	struct itimerval often = { { 0, 300 }, { 0, 300 } }, never = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = purge, .sa_flags = SA_RESTART };
	size_t lengths[] = { 32, 1500, 20000 };
	pthread_t threads[3];

	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
	for (int i = 0; i < 3; i++)
		CHECK(pthread_create(&threads[i], NULL, make_write_and_free, &lengths[i]) == 0);
	make_write_and_free(&lengths[2]);
	for (int i = 0; i < 3; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
}

/* Handlers interrupt new, write and free, and free runs in other threads while a purge has the buffer. */
static void a_purge_in_a_signal_handler_neither_deadlocks_nor_loses_memory(void **state)
{
	struct support_snapshot before = support_snapshot();

	(void)state;
	purge_by_signal();
	CHECK(refused > 0);                                                /* control: some purges met open buffers */
	osml_buffer_free(support_secret(20000, OSML_DEFAULT_PROTECTIONS)); /* the next free finishes what a purge left */
	ASSERT_BACK_TO(before);
	CHECK(info(OSML_INFO_LIVE_BUFFERS) == 0);
	CHECK(info(OSML_INFO_CORRUPTIONS) == 0);
}

/* ---- While a source is read ---- */

static struct {
	int end;
	size_t rest;
	bool purges;
} meanwhile;

/* At the first question, which comes between two reads. */
static int bring_the_rest(void *context)
{
	static const unsigned char bytes[1000];

	(void)context;
	if (meanwhile.end < 0)
		return 0;
	if (meanwhile.purges)
		CHECK_RC(osml_purge(), 0);
	CHECK(write(meanwhile.end, bytes, meanwhile.rest) == (ssize_t)meanwhile.rest);
	close(meanwhile.end);
	meanwhile.end = -1;
	return 0;
}

static int read_in_two(osml_buffer **b, size_t first, size_t rest, bool purges)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	unsigned char bytes[1000];
	int ends[2], rc;

	o.interrupted = bring_the_rest;
	memset(bytes, 7, sizeof bytes);
	CHECK(pipe(ends) == 0);
	CHECK(write(ends[1], bytes, first) == (ssize_t)first);
	meanwhile.end = ends[1];
	meanwhile.rest = rest;
	meanwhile.purges = purges;
	rc = osml_buffer_from_fd(b, ends[0], 4096, &o, 0);
	CHECK(meanwhile.end < 0); /* control: it was asked */
	close(ends[0]);
	return rc;
}

/* Zeros and what came later are no secret. 504 bytes fill the first buffer; more are moved to a larger one. */
static void a_source_that_was_being_read_is_closed_by_a_purge(void **state)
{
	static const size_t parts[][2] = { { 16, 16 }, { 504, 0 }, { 504, 1 }, { 700, 100 } };
	struct support_snapshot before = support_snapshot();
	osml_buffer *b;

	(void)state;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		CHECK_RC(read_in_two(&b, parts[i][0], parts[i][1], false), 0); /* control */
		CHECK(osml_buffer_size(b) == parts[i][0] + parts[i][1]);
		osml_buffer_free(b);
		CHECK_RC(read_in_two(&b, parts[i][0], parts[i][1], true), OSML_ECLOSED);
		CHECK(!b);
	}
	ASSERT_BACK_TO(before);
}

static int purge_once(void *context)
{
	if (*(bool *)context)
		CHECK_RC(osml_purge(), 0);
	*(bool *)context = false;
	return 0;
}

static void what_a_command_wrote_is_closed_by_a_purge(void **state)
{
	static const char *const argv[] = { "echo", "hunter2", NULL };
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	osml_command command = OSML_COMMAND_INIT;
	bool purges = false;
	osml_buffer *b;

	(void)state;
	command.argv = argv;
	o.interrupted = purge_once;
	o.context = &purges;
	CHECK_RC(osml_buffer_from_command(&b, &command, 100, &o, 0), 0); /* control */
	osml_buffer_free(b);
	purges = true;
	CHECK_RC(osml_buffer_from_command(&b, &command, 100, &o, 0), OSML_ECLOSED);
	CHECK(!b && !purges);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_that_was_being_read_is_closed_by_a_purge),
		cmocka_unit_test(what_a_command_wrote_is_closed_by_a_purge),
		cmocka_unit_test(a_purge_wipes_and_closes_every_kind_of_buffer_and_free_gives_the_memory_back),
		cmocka_unit_test(a_purge_in_a_signal_handler_neither_deadlocks_nor_loses_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
