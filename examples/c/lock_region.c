/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Locks memory that the program owns already. Two secrets share a page here, as they do on any heap; giving one back leaves the other locked. */
#include "explain.h"

static void show(const char *when)
{
	uint64_t used = 0;
	if (osml_info(OSML_INFO_PROCESS_LOCKED_BYTES, &used) == 0)
		printf("%-28s %llu KiB locked\n", when, (unsigned long long)(used / 1024));
}

int main(void)
{
	static struct {
		char password[64], token[64];
	} secrets __attribute__((aligned(128)));                        /* so that both do lie in one page */
	const unsigned flags = OSML_REGION_DONTDUMP | OSML_REGION_WIPE; /* without WIPE a region never writes to your memory */
	osml_region *password, *token;

	show("at the start:");
	int rc = osml_region_lock(&password, secrets.password, sizeof secrets.password, flags);
	if (rc != 0)
		return explain("cannot lock the password", rc);
	rc = osml_region_lock(&token, secrets.token, sizeof secrets.token, flags);
	if (rc != 0) {
		osml_region_unlock(password);
		return explain("cannot lock the token", rc);
	}
	show("both locked, in one page:");

	/* ... the program reads its secrets into the arrays and uses them ... */

	rc = osml_region_unlock(password);
	show("password unlocked:");

	int rc_token = osml_region_unlock(token);
	show("token unlocked too:");
	if (rc != 0 || rc_token != 0)
		return explain("cannot unlock", rc != 0 ? rc : rc_token);
	return 0;
}
