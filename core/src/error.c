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

static int explain_limit(char *buf, size_t len)
{
	struct osml__quota quota;
	char used[64] = "an unknown amount";

	if (!osml__limit_need() || osml__os_lock_quota(&quota))
		return snprintf(buf, len, "The limit on locked memory is reached. %s", osml__os_limit_advice());
	if (quota.used != OSML_UNLIMITED)
		snprintf(used, sizeof used, "%" PRIu64 " bytes", quota.used);
	return snprintf(buf, len,
	                "Locking %zu more bytes would exceed this process's limit of %" PRIu64
	                " bytes of locked memory, of which it uses %s. %s",
	                osml__limit_need(), quota.soft, used, osml__os_limit_advice());
}

/* EPERM that came from a lock, with a limit that would have allowed some; or from another call, and this is true all the same. */
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

#define HEAP_STEP ((uint64_t)256 << 10) /* by so much, or less, a C library extends its heap */

/* A process that locks all that it maps gets ENOMEM from malloc() when the limit is reached. Nothing tells whether it does so. */
static int explain_memory(char *buf, size_t len)
{
	struct osml__quota quota;
	const char *name = osml_error_name(-ENOMEM), *message = osml_strerror(-ENOMEM);

	if (osml__os_lock_quota(&quota) || quota.exempt || quota.used == OSML_UNLIMITED || quota.soft > quota.used + HEAP_STEP)
		return snprintf(buf, len, "%s: %s.", name, message);
	return snprintf(
	        buf, len,
	        "%s: %s. If this process locks all that it maps, by mlockall(MCL_FUTURE), that is its limit of locked memory: %" PRIu64
	        " bytes, of which it uses %" PRIu64 ". %s",
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
	{ OSML_EUNSUPPORTED, "This operating system, kernel or build of osmemlock does not have that, or the buffer was not made for it: "
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
	        "The file's mode is %04o: others than its owner can read it. Use `chmod go= FILE`, or do not ask for a private one.",
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
	if (rc == -ENOMEM)
		return explain_memory(buf, len);
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
