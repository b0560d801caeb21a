/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "positions.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "os_fake.h"
#include "support.h"

#define DONE 2 /* exit status of a child in which no fault fired: all positions have been tried */

static int scripted_code;
static bool fired_elsewhere;

struct attempt {
	const struct scenario *scenario;
	unsigned position; /* 0: no fault, the control */
	int code;
};

int positions_documented(int rc)
{
	CHECK(rc == 0 || rc == scripted_code || rc == OSML_ELIMIT || rc == OSML_EUNSUPPORTED);
	return rc;
}

int positions_code(void)
{
	return scripted_code;
}

void positions_fired_elsewhere(void)
{
	fired_elsewhere = true;
}

/* The result is used, or the compiler drops the allocation. */
static void *allocate(void *unused)
{
	(void)unused;
	return malloc(1);
}

/* The C library keeps the stack and the heap of a thread that ended for the next one; they must not count as left behind. */
static void warm_up_threads(void)
{
	pthread_t thread;
	void *memory = NULL;

	CHECK(pthread_create(&thread, NULL, allocate, NULL) == 0);
	CHECK(pthread_join(thread, &memory) == 0 && memory);
	free(memory);
}

static void try_once(void *arg)
{
	const struct attempt *attempt = arg;
	struct support_snapshot before;
	bool fired, no_source;
	int rc;

	warm_up_threads();
	before = support_snapshot();
	scripted_code = attempt->code;
	fake_reset();
	fake_fail_at(attempt->position, attempt->code);
	rc = attempt->scenario->run();
	fired = fake_fired() || fired_elsewhere;
	CHECK(fired || rc == 0);
	/* A process that found no source of random bytes goes on without canaries, which STRICT then refuses. */
	no_source = attempt->code == OSML_EUNSUPPORTED && fake_fired() && !strcmp(fake_fired_function(), "random");
	fake_reset();
	fake_unmap_lost();
	ASSERT_BACK_TO(before);
	rc = attempt->scenario->run();
	CHECK(rc == 0 || (rc == OSML_EUNSUPPORTED && no_source));
	ASSERT_BACK_TO(before);
	if (!fired)
		_exit(DONE);
}

/* Forks are slow under valgrind: there it is a sample. */
static unsigned try_all(const struct scenario *scenario, int code)
{
	unsigned step = support_valgrind() ? 5 : 1, tried = 0;
	struct attempt attempt = { scenario, 0, code };
	int status = support_in_child(try_once, &attempt);

	if (status == DONE)
		do {
			attempt.position += attempt.position ? step : 1;
			tried++;
			status = support_in_child(try_once, &attempt);
		} while (status == 0);
	if (status != DONE)
		print_error("%s: call %u answers %d (%s): status %d\n", scenario->name, attempt.position, code, osml_error_name(code),
		            status);
	CHECK(status == DONE);
	return tried - 1;
}

void positions_try(const struct scenario *scenarios, unsigned count)
{
	static const int codes[] = { -ENOMEM, OSML_EUNSUPPORTED, -EPERM };
	size_t code_count = support_valgrind() || support_sanitized() ? 1 : sizeof codes / sizeof *codes; /* forks are slow there */

	for (unsigned i = 0; i < count; i++) {
		unsigned positions = 0;

		for (size_t code = 0; code < code_count; code++)
			positions += try_all(&scenarios[i], codes[code]);
		printf("%s: %u faults\n", scenarios[i].name, positions);
	}
}
