/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What fits into a small quota without CAP_IPC_LOCK (T38), and what is said when it is full. Each test has a process of its own. */
#include "support.h"

#include <pthread.h>

#define KIB 1024u

static osml_buffer *new_or_null(size_t len, int *rc)
{
	osml_buffer *b;

	*rc = osml_buffer_new(&b, len, NULL);
	return b;
}

/* Makes buffers until one is refused, which must be for the quota; all are locked. Answers how many there are. */
static size_t fill_quota(osml_buffer **all, size_t max, size_t len)
{
	size_t count = 0, range_count;
	struct support_range *ranges;
	int rc = 0;

	while (count < max && (all[count] = new_or_null(len, &rc)))
		count++;
	CHECK_RC(rc, count < max ? OSML_ELIMIT : 0);
	ranges = support_ranges_with("lo", &range_count);
	for (size_t i = 0; i < count; i++)
		CHECK(support_ranges_hold(ranges, range_count, osml_buffer_data(all[i]), len));
	free(ranges);
	return count;
}

/* ---- 64 KiB, as in many a container ---- */

/* README.md and docs/troubleshooting.md have these figures, of pages of 4 KiB. */
static void fill_64_kib(void *length)
{
	static osml_buffer *all[4000];
	size_t count, len = *(size_t *)length;

	support_limit_locked_memory(64 * KIB);
	count = fill_quota(all, 4000, len);
	CHECK(count < 4000 && count >= (len == 32 ? 1100 : 700));
	if (support_page_size() == 4 * KIB && sizeof(void *) == 8)
		CHECK(count == (len == 32 ? 1360 : 816));
	CHECK(support_locked_kib() <= 64);
	for (size_t i = 0; i < count; i++)
		osml_buffer_free(all[i]);
}

static void many_small_secrets_fit_64_kib(void **state)
{
	size_t lengths[] = { 32, 64 };

	(void)state;
	IN_CHILD(fill_64_kib, &lengths[0]);
	IN_CHILD(fill_64_kib, &lengths[1]);
}

static void mix_sizes(void *unused)
{
	osml_buffer *small[10], *page, *large;
	char sentence[800], asked[32], limit[32], used[32];
	size_t size = support_page_size(), quota = 4 * size > 64 * KIB ? 4 * size : 64 * KIB;

	(void)unused;
	support_limit_locked_memory(quota);
	CHECK(fill_quota(small, 10, 32) == 10);
	CHECK_RC(osml_buffer_new(&page, 4096, NULL), 0);
	CHECK(support_all_have(osml_buffer_data(page), 4096, "lo"));
	CHECK_RC(osml_buffer_new(&large, quota + 30000, NULL), OSML_ELIMIT);
	CHECK(osml_explain(OSML_ELIMIT, sentence, sizeof sentence) < (int)sizeof sentence);
	snprintf(asked, sizeof asked, " %zu ", (quota + 30008 + size - 1) / size * size);
	snprintf(limit, sizeof limit, " %zu bytes", quota);
	snprintf(used, sizeof used, " %zu bytes", support_locked_kib() * KIB);
	CHECK(strstr(sentence, asked) && strstr(sentence, limit) && strstr(sentence, used) && strstr(sentence, "ulimit -l"));
	for (size_t i = 0; i < 10; i++)
		osml_buffer_free(small[i]);
	osml_buffer_free(page);
}

/* What is named is what would have been locked: whole pages, with the bytes behind the data. */
static void ask_for(void *length)
{
	size_t len = *(size_t *)length, page = support_page_size();
	char sentence[1000], wanted[64];
	osml_buffer *b;

	support_limit_locked_memory(4096);
	CHECK_RC(osml_buffer_new(&b, len, NULL), OSML_ELIMIT);
	snprintf(wanted, sizeof wanted, "Locking %zu more bytes", (len + 8 + page - 1) / page * page);
	CHECK(osml_explain(OSML_ELIMIT, sentence, sizeof sentence) > 0 && strstr(sentence, wanted));
}

static void the_explanation_names_what_would_have_been_locked(void **state)
{
	size_t page = support_page_size(), lengths[] = { 3 * page - 8, 3 * page - 7, 3 * page, 3 * page + 1 };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		IN_CHILD(ask_for, &lengths[i]);
}

static void a_page_fits_beside_the_first_small_ones_and_then_the_limit_is_explained(void **state)
{
	(void)state;
	IN_CHILD(mix_sizes, NULL);
}

/* What lies idle in the cache and in pages must not stand between a request and the quota. */
static void fill_free_and_ask_for_more(void *unused)
{
	static osml_buffer *all[4000];
	osml_buffer *large;
	size_t count;

	(void)unused;
	support_limit_locked_memory(64 * KIB);
	for (int round = 0; round < 3; round++) {
		count = fill_quota(all, 4000, round * 400);
		for (size_t i = 0; i < count; i++)
			osml_buffer_free(all[i]);
		CHECK_RC(osml_buffer_new(&large, 60 * KIB, NULL), 0);
		CHECK(support_all_have(osml_buffer_data(large), 60 * KIB, "lo"));
		osml_buffer_free(large);
	}
}

static void idle_slots_make_room_for_a_large_buffer(void **state)
{
	(void)state;
	IN_CHILD(fill_free_and_ask_for_more, NULL);
}

/* What another thread has cached is as good as free, though its pages hold other secrets and stay locked (audit C6). */
static void *make_some(void *unused)
{
	for (int i = 0; i < 20; i++) {
		osml_buffer *b;
		CHECK_RC(osml_buffer_new(&b, 32, NULL), 0);
	}
	return unused;
}

static void free_some_and_let_another_thread_ask(void *unused)
{
	static osml_buffer *all[4000];
	size_t count;
	pthread_t thread;

	(void)unused;
	support_limit_locked_memory(64 * KIB);
	count = fill_quota(all, 4000, 32);
	for (size_t i = 0; i < 20; i++) /* each on a page of its own, as far as there are */
		osml_buffer_free(all[i * (count / 20)]);
	CHECK(pthread_create(&thread, NULL, make_some, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
}

static void slots_that_another_thread_has_cached_serve_who_is_refused(void **state)
{
	(void)state;
	IN_CHILD(free_some_and_let_another_thread_ask, NULL);
}

/* A binding closes early and frees when its collector runs: only the slot counts. */
static void close_without_freeing(void *unused)
{
	static osml_buffer *all[4000], *again[4000];
	size_t first, second;

	(void)unused;
	support_limit_locked_memory(64 * KIB);
	first = fill_quota(all, 4000, 32);
	for (size_t i = 0; i < first; i++)
		CHECK_RC(osml_buffer_close(all[i]), 0);
	second = fill_quota(again, 4000, 32);
	CHECK(second == first);
	for (size_t i = 0; i < first; i++)
		osml_buffer_free(all[i]);
	for (size_t i = 0; i < second; i++)
		osml_buffer_free(again[i]);
}

static void closed_handles_give_their_slots_back(void **state)
{
	(void)state;
	IN_CHILD(close_without_freeing, NULL);
}

/* ---- No quota at all ---- */

static void ask_with_limit_0(void *length)
{
	osml_buffer_options options = OSML_BUFFER_OPTIONS_INIT;
	size_t len = *(size_t *)length;
	char sentence[800];
	osml_region *region;
	uint32_t bits = ~0u;
	osml_buffer *b;

	support_limit_locked_memory(0);
	CHECK_RC(osml_buffer_new(&b, len, NULL), OSML_ELIMIT);
	CHECK(osml_explain(OSML_ELIMIT, sentence, sizeof sentence) > 0 && strstr(sentence, " 0 bytes"));
	options.policy = OSML_POLICY_STRICT;
	CHECK_RC(osml_buffer_new(&b, len, &options), OSML_ELIMIT);
	CHECK_RC(osml_region_lock(&region, &options, sizeof options, 0), OSML_ELIMIT);
	options.policy = OSML_POLICY_BEST_EFFORT;
	CHECK_RC(osml_buffer_new(&b, len, &options), 0);
	CHECK_RC(osml_buffer_protections(b, &bits), 0);
	CHECK(bits == (OSML_DEFAULT_PROTECTIONS & ~OSML_LOCKED));
	CHECK_RC(osml_buffer_verify(b, &bits), 0);
	CHECK(bits == (OSML_DEFAULT_PROTECTIONS & ~OSML_LOCKED));
	CHECK_RC(osml_buffer_fill(b, 0, 1, len), 0);
	CHECK_RC(osml_buffer_close(b), 0);
	osml_buffer_free(b);
	CHECK(support_locked_kib() == 0);
}

static void with_limit_0_a_buffer_is_refused_or_says_that_it_is_not_locked(void **state)
{
	size_t lengths[] = { 32, 5000 };

	(void)state;
	IN_CHILD(ask_with_limit_0, &lengths[0]);
	IN_CHILD(ask_with_limit_0, &lengths[1]);
}

static void ask_for_secret_memory_with_limit_0(void *unused)
{
	osml_buffer_options options = { .struct_size = sizeof options, .want = OSML_SECRETMEM, .policy = OSML_POLICY_STRICT };
	osml_buffer *b;

	(void)unused;
	support_limit_locked_memory(0);
	CHECK_RC(osml_buffer_new(&b, 32, &options), OSML_ELIMIT);
}

static void secret_memory_beyond_the_quota_says_so(void **state)
{
	(void)state;
	if (!support_secretmem())
		SKIP("no memfd_secret(2)");
	IN_CHILD(ask_for_secret_memory_with_limit_0, NULL);
}

/* ---- 8 MiB, the usual default ---- */

static void fill_8_mib(void *unused)
{
	enum { WANTED = 130000 };
	static osml_buffer *all[WANTED];

	(void)unused;
	support_limit_locked_memory(8192 * KIB);
	CHECK(fill_quota(all, WANTED, 32) == WANTED);
	CHECK(support_locked_kib() <= 8192);
	for (size_t i = 0; i < WANTED; i++)
		osml_buffer_free(all[i]);
	support_settle();
	CHECK(support_locked_kib() == 0);
}

static void at_least_130000_secrets_live_in_8_mib(void **state)
{
	(void)state;
	IN_CHILD(fill_8_mib, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_small_secrets_fit_64_kib),
		cmocka_unit_test(the_explanation_names_what_would_have_been_locked),
		cmocka_unit_test(a_page_fits_beside_the_first_small_ones_and_then_the_limit_is_explained),
		cmocka_unit_test(idle_slots_make_room_for_a_large_buffer),
		cmocka_unit_test(slots_that_another_thread_has_cached_serve_who_is_refused),
		cmocka_unit_test(closed_handles_give_their_slots_back),
		cmocka_unit_test(with_limit_0_a_buffer_is_refused_or_says_that_it_is_not_locked),
		cmocka_unit_test(secret_memory_beyond_the_quota_says_so),
		cmocka_unit_test(at_least_130000_secrets_live_in_8_mib),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
