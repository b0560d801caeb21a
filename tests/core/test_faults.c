/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Buffers, while the system refuses one call or another. */
#include "support.h"

#include <pthread.h>
#include <unistd.h>

#include "os_fake.h"
#include "positions.h"

static int documented(int rc)
{
	return positions_documented(rc);
}

#define LARGE      70000u
#define ALL_WIPED  (OSML_LOCKED | OSML_NODUMP | OSML_WIPEONFORK)
#define KEPT       (OSML_LOCKED | OSML_NODUMP | OSML_CANARY)
#define NOT_FORKED (OSML_LOCKED | OSML_NODUMP | OSML_NOFORK | OSML_CANARY)

/* A protection that is reported must be in the kernel's own table. */
static void check_truth(osml_buffer *b, const osml_buffer_options *options)
{
	static const struct {
		uint32_t bit;
		const char *flag;
	} known[] = { { OSML_LOCKED, "lo" }, { OSML_NODUMP, "dd" }, { OSML_WIPEONFORK, "wf" }, { OSML_NOFORK, "dc" } };
	uint32_t held = 0, verified = 0, shown;
	const unsigned char *data = osml_buffer_data(b);
	size_t len = osml_buffer_size(b);

	CHECK_RC(osml_buffer_protections(b, &held), 0);
	shown = held & OSML_SECRETMEM ? held & ~OSML_LOCKED : held; /* newer kernels do not call that locked (R2) */
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		CHECK(!(shown & known[i].bit) || support_all_have(data, len + 1, known[i].flag));
	if (documented(osml_buffer_verify(b, &verified)) == 0)
		CHECK((verified & held) == held);
	if (options->policy == OSML_POLICY_STRICT)
		CHECK(!(options->want & ~(held | (held & OSML_NOFORK ? OSML_WIPEONFORK : 0))));
	if (options->policy == OSML_POLICY_DEFAULT && positions_code() != OSML_EUNSUPPORTED)
		CHECK(held & OSML_LOCKED || !(options->want & OSML_LOCKED));
}

static int use(const osml_buffer_options *options, size_t len)
{
	static const char text[] = "the bytes of a secret";
	char back[sizeof text] = "";
	osml_buffer *b;
	int closed, rc = documented(osml_buffer_new(&b, len, options));

	if (rc) {
		CHECK(!b);
		return rc;
	}
	check_truth(b, options);
	CHECK_RC(osml_buffer_write(b, len - sizeof text, text, sizeof text), 0);
	CHECK_RC(osml_buffer_read(b, len - sizeof text, back, sizeof back), 0);
	CHECK(!memcmp(text, back, sizeof text));
	closed = documented(osml_buffer_close(b));
	CHECK_RC(osml_buffer_read(b, 0, back, 1), OSML_ECLOSED);
	osml_buffer_free(b);
	return closed;
}

/* ---- Buffers ---- */

#define BUFFER_SCENARIO(name, length, wanted, how)                                                                        \
	static int name(void)                                                                                             \
	{                                                                                                                 \
		const osml_buffer_options options = { .struct_size = sizeof options, .want = (wanted), .policy = (how) }; \
		return use(&options, (length));                                                                           \
	}
BUFFER_SCENARIO(small_default, 40, OSML_DEFAULT_PROTECTIONS, OSML_POLICY_DEFAULT)
BUFFER_SCENARIO(small_strict, 40, OSML_DEFAULT_PROTECTIONS, OSML_POLICY_STRICT)
BUFFER_SCENARIO(small_best_effort, 40, OSML_DEFAULT_PROTECTIONS, OSML_POLICY_BEST_EFFORT)
BUFFER_SCENARIO(large_default, LARGE, OSML_DEFAULT_PROTECTIONS, OSML_POLICY_DEFAULT)
BUFFER_SCENARIO(large_strict, LARGE, OSML_DEFAULT_PROTECTIONS, OSML_POLICY_STRICT)
BUFFER_SCENARIO(large_best_effort, LARGE, OSML_DEFAULT_PROTECTIONS, OSML_POLICY_BEST_EFFORT)
BUFFER_SCENARIO(not_forked, 40, NOT_FORKED, OSML_POLICY_DEFAULT)
BUFFER_SCENARIO(secret_default, 40, OSML_SECRETMEM, OSML_POLICY_DEFAULT)
BUFFER_SCENARIO(secret_best_effort, 40, OSML_SECRETMEM | ALL_WIPED | OSML_GUARDED, OSML_POLICY_BEST_EFFORT)
BUFFER_SCENARIO(guarded_strict, 40, ALL_WIPED | OSML_GUARDED, OSML_POLICY_STRICT)

/* Where the kernel has none at all, the answer to a STRICT wish is that. */
static int secret_strict(void)
{
	const osml_buffer_options options = { .struct_size = sizeof options, .want = OSML_SECRETMEM, .policy = OSML_POLICY_STRICT };
	int rc = use(&options, 40);

	return rc == OSML_EUNSUPPORTED && !fake_fired() ? 0 : rc;
}

static int guarded_access(void)
{
	static const unsigned modes[] = { OSML_ACCESS_READ, OSML_ACCESS_NONE, OSML_ACCESS_READWRITE, OSML_ACCESS_NONE };
	const osml_buffer_options options = { .struct_size = sizeof options,
		                              .want = OSML_DEFAULT_PROTECTIONS | OSML_GUARDED,
		                              .policy = OSML_POLICY_DEFAULT };
	osml_buffer *b;
	int closed, rc = documented(osml_buffer_new(&b, 100, &options));

	if (rc)
		return rc;
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		int failed = documented(osml_buffer_protect(b, modes[i]));
		rc = rc ? rc : failed;
	}
	closed = documented(osml_buffer_close(b));
	osml_buffer_free(b);
	return rc ? rc : closed;
}

static void read_kept_copy(void *arg)
{
	unsigned char byte = 0;
	uint32_t held = 0;

	CHECK_RC(osml_buffer_read(arg, 3, &byte, 1), 0);
	CHECK(byte == 0x5A);
	CHECK_RC(osml_buffer_protections(arg, &held), 0);
	CHECK(!(held & OSML_LOCKED) || support_all_have(osml_buffer_data(arg), 100, "lo"));
	CHECK(held & OSML_LOCKED || fake_fired());
	documented(osml_buffer_close(arg));
	osml_buffer_free(arg);
	if (fake_fired())
		_exit(1);
}

static int kept_on_fork(void)
{
	const osml_buffer_options options = { .struct_size = sizeof options, .want = KEPT, .policy = OSML_POLICY_DEFAULT };
	osml_buffer *b;
	int status, closed, rc = documented(osml_buffer_new(&b, 100, &options));

	if (rc)
		return rc;
	CHECK_RC(osml_buffer_fill(b, 0, 0x5A, 100), 0);
	status = fake_fired() ? 0 : support_in_child(read_kept_copy, b);
	CHECK(status == 0 || status == 1);
	if (status == 1)
		positions_fired_elsewhere();
	closed = documented(osml_buffer_close(b));
	osml_buffer_free(b);
	return closed;
}

/* Enough to make caches spill, spans come and go, and a second arena. */
static int many(void)
{
	enum { COUNT = 300 };
	static osml_buffer *all[COUNT];
	int rc = 0;

	memset(all, 0, sizeof all);
	for (size_t i = 0; i < COUNT; i++) {
		int failed = documented(osml_buffer_new(&all[i], 8 + i % 3 * 500, NULL));
		rc = rc ? rc : failed;
	}
	for (size_t i = 0; i < COUNT; i++)
		osml_buffer_free(all[i]);
	return rc;
}

static void *use_in_thread(void *rc)
{
	*(int *)rc = small_default();
	return NULL;
}

static int in_a_thread(void)
{
	pthread_t thread;
	int rc = 1;

	CHECK(pthread_create(&thread, NULL, use_in_thread, &rc) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	return rc;
}

static int random_bytes(void)
{
	osml_buffer *b;
	int rc = documented(osml_buffer_new(&b, 64, NULL));

	if (rc)
		return rc;
	rc = documented(osml_buffer_random(b, 0, 64));
	osml_buffer_free(b);
	return rc;
}

/* ---- Every position ---- */

static void every_call_fails_once(void **state)
{
	static const struct scenario scenarios[] = {
		SCENARIO(small_default),      SCENARIO(small_strict),   SCENARIO(small_best_effort),
		SCENARIO(large_default),      SCENARIO(large_strict),   SCENARIO(large_best_effort),
		SCENARIO(not_forked),         SCENARIO(secret_default), SCENARIO(secret_strict),
		SCENARIO(secret_best_effort), SCENARIO(guarded_strict), SCENARIO(guarded_access),
		SCENARIO(kept_on_fork),       SCENARIO(many),           SCENARIO(in_a_thread),
		SCENARIO(random_bytes),
	};

	(void)state;
	positions_try(scenarios, sizeof scenarios / sizeof *scenarios);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_fails_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
