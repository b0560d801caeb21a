/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A purge in a signal handler that interrupts what prepares a forked child. */
#include "support.h"

#include <unistd.h>

#include "os_fake.h"

#define KEPT (OSML_LOCKED | OSML_NODUMP | OSML_CANARY)

static unsigned interruptions;

static void interrupt(void)
{
	fake_hook("thread_id", NULL);
	interruptions++;
	alarm(20); /* a handler that waits for the thread which it has interrupted */
	CHECK_RC(osml_purge(), 0);
	alarm(0);
}

static void the_child_goes_on(void *unused)
{
	(void)unused;
	osml_buffer_free(support_secret(40, OSML_DEFAULT_PROTECTIONS)); /* prepares the child, if the fork handler has not */
	CHECK(interruptions == 1);
	osml_buffer_free(support_secret(40, KEPT));
}

static void a_purge_while_a_child_is_prepared_returns(void **state)
{
	static const char *const moments[] = { "thread_id", "mutexes_renew", "mutex_lock" };
	osml_buffer *kept = support_secret(40, KEPT);

	(void)state;
	for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
		interruptions = 0;
		fake_hook(moments[i], interrupt);
		IN_CHILD(the_child_goes_on, NULL);
		fake_reset();
	}
	osml_buffer_free(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_purge_while_a_child_is_prepared_returns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
