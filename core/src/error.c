/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "internal.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

static const struct {
	int rc;
	const char *name, *message;
} own[] = { { OSML_OK, "OSML_OK", "success" },
#define ROW(name, value, message) { value, #name, message },
	    OSML_ERROR_MAP(ROW)
#undef ROW
};

const char *osml_error_name(int rc)
{
	const char *name;

	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (own[i].rc == rc)
			return own[i].name;
	name = osml__os_error_name(rc);
	return name ? name : "OSML_ESYSTEM";
}

const char *osml_strerror(int rc)
{
	static _Thread_local char text[128];

	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (own[i].rc == rc)
			return own[i].message;
	text[0] = 0;
	if (rc < 0 && rc != INT_MIN) /* -INT_MIN is no int; and no system error is positive here. */
		osml__os_strerror(rc, text, sizeof text);
	return text[0] ? text : "unknown error";
}

static int explain_limit(char *buf, size_t len)
{
	struct osml__quota quota;
	char used[64] = "an unknown amount";

	if (osml__os_lock_quota(&quota))
		return snprintf(buf, len, "The limit on locked memory is reached. %s", osml__os_limit_advice());
	if (quota.used != OSML_UNLIMITED)
		snprintf(used, sizeof used, "%" PRIu64 " bytes", quota.used);
	return snprintf(buf, len,
	                "Locking %zu more bytes would exceed this process's limit of %" PRIu64
	                " bytes of locked memory, of which it uses %s. %s",
	                osml__limit_need(), quota.soft, used, osml__os_limit_advice());
}

static const struct {
	int rc;
	const char *sentence;
} sentences[] = {
	{ OSML_EUNSUPPORTED,
	  "This operating system, kernel or build of osmemlock cannot do that; osml_info(OSML_INFO_OFFERED) tells what it can." },
	{ OSML_EFORKED,
	  "The handle was made before fork(): its contents stayed in the parent. Make a new one in the child, or ask for neither "
	  "OSML_WIPEONFORK nor OSML_NOFORK so that children keep a copy." },
	{ OSML_EPINNED, "Something still uses the buffer: a pin (a view, in a binding) or another thread's call. Let it go first." },
	{ OSML_ECORRUPT, "A canary beside the data was overwritten: some code of this process wrote outside its buffer. The buffer was "
	                 "wiped; look for the overflow with a "
	                 "guarded buffer or AddressSanitizer." },
};

int osml_explain(int rc, char *buf, size_t len)
{
	if (!buf && len)
		return OSML_EINVAL;
	if (rc == OSML_ELIMIT)
		return explain_limit(buf, len);
	for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
		if (sentences[i].rc == rc)
			return snprintf(buf, len, "%s", sentences[i].sentence);
	return snprintf(buf, len, "%s: %s.", osml_error_name(rc), osml_strerror(rc));
}
