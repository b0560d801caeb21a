/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Ten thousand keys at once. Small buffers share locked pages, so that the quota on locked memory (`ulimit -l`) goes a long way. */
#include "explain.h"

#define KEYS    10000
#define KEY_LEN 32

static osml_buffer *keys[KEYS];

static uint64_t ask(enum osml_info what)
{
	uint64_t value = 0;
	return osml_info(what, &value) == 0 ? value : 0;
}

static int make_keys(void)
{
	for (size_t i = 0; i < KEYS; i++) {
		int rc = osml_buffer_new(&keys[i], KEY_LEN, NULL);
		if (rc == 0)
			rc = osml_buffer_random(keys[i], 0, KEY_LEN);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static void show_quota(void)
{
	uint64_t quota = ask(OSML_INFO_LOCK_LIMIT_SOFT);
	if (quota == OSML_UNLIMITED)
		printf("the quota of this process: none\n");
	else
		printf("the quota of this process: %llu KiB\n", (unsigned long long)(quota / 1024));
}

int main(void)
{
	show_quota();
	int rc = make_keys();
	if (rc == 0) {
		uint64_t locked = ask(OSML_INFO_LIBRARY_LOCKED_BYTES), page = ask(OSML_INFO_PAGE_SIZE);
		printf("%llu keys of %d bytes are alive, %llu KiB are locked for them\n", (unsigned long long)ask(OSML_INFO_LIVE_BUFFERS),
		       KEY_LEN, (unsigned long long)(locked / 1024));
		printf("with a page for each key it would be %llu KiB\n", (unsigned long long)(KEYS * page / 1024));
	}
	int explained = rc == 0 ? 0 : explain("cannot make ten thousand keys", rc);
	for (size_t i = 0; i < KEYS; i++)
		osml_buffer_free(keys[i]); /* wipes; NULL is fine */
	printf("after free: %llu keys\n", (unsigned long long)ask(OSML_INFO_LIVE_BUFFERS));
	return explained;
}
