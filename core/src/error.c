/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "internal.h"
#include "unfit.h"

#include "reason.h"

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
	const char *text = NULL;

	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (own[i].rc == rc)
			return own[i].message;
	if (rc < 0 && rc != INT_MIN) /* -INT_MIN is no int; and no system error is positive here. */
		text = osml__os_strerror(rc);
	return text ? text : "unknown error";
}

/* There is room by now. Linux says the same of a lock that would be one mapping too many. */
static int explain_room(char *buf, size_t len, const struct osml__quota *quota)
{
	return snprintf(
	        buf, len,
	        "Locking %zu more bytes was refused. By now this process uses %" PRIu64 " of the %" PRIu64
	        " bytes of locked memory that it may have: other threads have given some back since, or it has as many memory mappings "
	        "as the system allows (on Linux `sysctl vm.max_map_count`). %s",
	        osml__limit_need(), quota->used, quota->soft, osml__os_limit_advice());
}

static int explain_limit(char *buf, size_t len)
{
	struct osml__quota quota;
	char used[64] = "an unknown amount";

	if (!osml__limit_need() || osml__os_lock_quota(&quota))
		return snprintf(buf, len, "The limit on locked memory is reached. %s", osml__os_limit_advice());
	if (quota.used != OSML_UNLIMITED) {
		if (quota.used + osml__limit_need() <= quota.soft)
			return explain_room(buf, len, &quota);
		snprintf(used, sizeof used, "%" PRIu64 " bytes", quota.used);
	}
	return snprintf(buf, len,
	                "Locking %zu more bytes would exceed this process's limit of %" PRIu64
	                " bytes of locked memory, of which it uses %s. %s",
	                osml__limit_need(), quota.soft, used, osml__os_limit_advice());
}

/* EPERM from a lock, although the limit is not 0. If this EPERM came from another call, the sentence about the last lock is true all the same. */
static int explain_filter(char *buf, size_t len)
{
	struct osml__quota quota;
	char limit[64] = "unlimited";

	if (osml__os_lock_quota(&quota) == 0 && quota.soft != OSML_UNLIMITED && !quota.exempt)
		snprintf(limit, sizeof limit, "%" PRIu64 " bytes", quota.soft);
	return snprintf(buf, len,
	                "This thread's last lock, of %zu bytes, was forbidden (%s). It is not the quota: this process's limit of locked "
	                "memory is %s. %s",
	                osml__limit_forbidden(), osml_error_name(-EPERM), limit, osml__os_forbidden_advice());
}

#define HEAP_STEP ((uint64_t)256 << 10) /* a C library extends its heap by no more than this at a time */

/*
 * What osml_mlock() returns at the limit, ENOMEM or where that is 0 EPERM, and what malloc() meets in a process that locks all that it maps. Nothing
 * tells whether memory was to be locked: so the sentence says "if".
 */
static bool limit_may_be_the_reason(int rc, const struct osml__quota *quota)
{
	if (quota->exempt || quota->used == OSML_UNLIMITED)
		return false;
	return rc == -EPERM ? quota->soft == 0 : quota->soft <= quota->used + HEAP_STEP;
}

static int explain_perhaps_limit(int rc, char *buf, size_t len)
{
	struct osml__quota quota;
	const char *name = osml_error_name(rc), *message = osml_strerror(rc);

	if (osml__os_lock_quota(&quota) || !limit_may_be_the_reason(rc, &quota))
		return snprintf(buf, len, "%s: %s.", name, message);
	return snprintf(
	        buf, len,
	        "%s: %s. If memory was to be locked (mlockall() locks all that is mapped), that is this process's limit of locked memory: "
	        "%" PRIu64 " bytes, of which it uses %" PRIu64 ". %s",
	        name, message, quota.soft, quota.used, osml__os_limit_advice());
}

/* Never what stands there, which is a secret. */
static int explain_format(char *buf, size_t len)
{
	size_t line;
	const char *why = osml__unfit_why(&line);

	return why ? snprintf(buf, len, "Line %zu of the text %s.", line, why)
	           : snprintf(buf, len, "The text is not in the format asked for.");
}

static const struct {
	int rc;
	const char *sentence;
} sentences[] = {
	{ OSML_EUNSUPPORTED, "This operating system, kernel or build of osmemlock does not have that (on Linux verify needs /proc), or the "
	                     "buffer was not made for it: "
	                     "only one with guard pages has an access mode." },
	{ OSML_EFORKED,
	  "The handle was made before fork(): its contents stayed in the parent. Make a new one in the child, or make one that children "
	  "keep, which is neither wiped nor absent there." },
	{ OSML_EPINNED,
	  "The buffer is still in use, by a pin (a view, in a binding) or by another thread's call. Release the pin, or try again." },
	{ OSML_ECORRUPT,
	  "The canary beside the data was overwritten: some code of this process wrote outside its buffer. Look for the overflow with "
	  "guarded buffers or AddressSanitizer." },
	{ OSML_EEMPTY, "There was no secret: the input was empty, or it ended before an answer came." },
};

/* What was refused, where this thread's last call knows more of it than its code tells. */
static const char *const reasons[] = {
	[OSML__REASON_MODE] =
	        "The file's mode is %04o: users other than its owner can read it. Type `chmod go= FILE`, or do not ask for a private file.",
	[OSML__REASON_VARIABLE] = "That environment variable is not set.",
	[OSML__REASON_READ_ONLY] = "The variable lies in memory that cannot be written, so it cannot be wiped.",
	[OSML__REASON_NO_DIRECTORY] = "$CREDENTIALS_DIRECTORY is not set: no systemd unit with credentials started this.",
	[OSML__REASON_DIRECTORY] = "$CREDENTIALS_DIRECTORY is not an absolute path.",
	[OSML__REASON_CREDENTIAL] = "$CREDENTIALS_DIRECTORY has no credential of that name.",
	[OSML__REASON_STATUS] = "The command failed: its exit status was %u.",
	[OSML__REASON_KILLED] = "The command was killed by signal %u.",
	[OSML__REASON_EXCEPTION] = "The command ended by an exception, 0x%08X, that it did not handle.",
	[OSML__REASON_STOLEN] =
	        "How the command ended is unknown: another part of this process has waited for it, as waitpid(-1) does for every child.",
	[OSML__REASON_TERMINAL] = "There is no terminal to ask at. Read the secret by from_fd, from_file or from_command instead.",
};

OSML__COLD int osml_explain(int rc, char *buf, size_t len)
{
	enum osml__reason reason;
	unsigned number;

	if (!buf && len)
		return OSML_EINVAL;
	if (rc == OSML_ELIMIT)
		return explain_limit(buf, len);
	if (rc == -EPERM && osml__limit_forbidden())
		return explain_filter(buf, len);
	if (rc == -ENOMEM || rc == -EPERM)
		return explain_perhaps_limit(rc, buf, len);
	reason = osml__reason_of(rc, &number);
	if (reason != OSML__REASON_NONE)
		return snprintf(buf, len, reasons[reason], number);
	if (rc == OSML_EFORMAT)
		return explain_format(buf, len);
	for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
		if (sentences[i].rc == rc)
			return snprintf(buf, len, "%s", sentences[i].sentence);
	return snprintf(buf, len, "%s: %s.", osml_error_name(rc), osml_strerror(rc));
}
