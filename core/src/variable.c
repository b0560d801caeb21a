/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Secrets that the environment has, or names the place of. */
#include "reason.h"
#include "source.h"
#include "storage.h"
#include "textflags.h"

#include <stdio.h>

/*
 * Interpreters copy the environment before anybody can look, and leave the first one where it was, which is what /proc/PID/environ shows. An
 * argument of that form goes as well.
 */
static void wipe_initial_copy(const char *name)
{
	char *at, *end;
	size_t prefix = strlen(name);

	for (osml__os_initial_strings(&at, &end); at < end; at += strlen(at) + 1)
		if (strncmp(at, name, prefix) == 0 && at[prefix] == '=')
			osml__wipe(at + prefix + 1, strlen(at + prefix + 1));
}

/* The copy is what the variable gets back when it cannot be removed. */
static int take(osml_buffer *copy, const char *name, char *value, size_t len)
{
	int rc;

	osml__copy(copy->data, value, len);
	osml__wipe(value, len);
	rc = osml__os_env_remove(name);
	if (rc)
		osml__copy(value, copy->data, len);
	else
		wipe_initial_copy(name);
	return rc;
}

static int from_value(osml_buffer **out, const char *name, char *value, size_t max, const osml_buffer_options *options, unsigned flags)
{
	size_t from, n, len = strlen(value);
	struct osml__reader copy = { NULL, len, len, max, options, flags };
	int rc = osml__text_secret(&from, &n, (unsigned char *)value, len, max, flags); /* while the variable can be left alone */

	if (rc == 0)
		rc = osml__buffer_make(&copy.b, len, options);
	return rc ? rc : osml__reader_finish(out, &copy, take(copy.b, name, value, len));
}

int osml_buffer_from_env(osml_buffer **out, const char *name, size_t max, const osml_buffer_options *options, unsigned flags)
{
	char *value;
	int rc = osml__source_check(out, name, flags, OSML__SOURCE_FLAGS & ~OSML_PRIVATE);

	if (rc == 0 && (!*name || strchr(name, '=')))
		rc = OSML_EINVAL;
	if (rc == 0)
		rc = osml__os_env(&value, name);
	if (rc)
		return rc == -ENOENT ? osml__reason_set(rc, OSML__REASON_VARIABLE, 0) : rc;
	rc = osml__os_writable(value - 1, strlen(value) + 2); /* from the "=" to the NUL */
	rc = rc ? osml__reason_set(rc, OSML__REASON_READ_ONLY, 0) : from_value(out, name, value, max, options, flags);
	osml__os_env_end(value);
	return rc;
}

/* An empty one would name a file in the root, a relative one a file of whoever chose the working directory. */
static int path_of_credential(char *path, size_t room, const char *name)
{
	char *directory;
	int n, rc = osml__os_env(&directory, "CREDENTIALS_DIRECTORY");

	if (rc)
		return rc == -ENOENT ? osml__reason_set(rc, OSML__REASON_NO_DIRECTORY, 0) : rc;
	n = snprintf(path, room, "%s/%s", directory, name);
	if (!osml__os_is_absolute(directory))
		rc = osml__reason_set(-ENOTDIR, OSML__REASON_DIRECTORY, 0);
	else if ((size_t)n >= room) /* a failure, too */
		rc = OSML_EINVAL;
	osml__os_env_end(directory);
	return rc;
}

int osml_buffer_from_credential(osml_buffer **out, const char *name, size_t max, const osml_buffer_options *options, unsigned flags)
{
	char path[4096];
	int rc = osml__source_check(out, name, flags, OSML__SOURCE_FLAGS);

	if (rc == 0 && !osml__os_is_name(name))
		rc = OSML_EINVAL;
	if (rc == 0)
		rc = path_of_credential(path, sizeof path, name);
	if (rc)
		return rc;
	rc = osml__source_file(out, path, max, options, flags, OSML__CREDENTIAL);
	return rc == -ENOENT ? osml__reason_set(rc, OSML__REASON_CREDENTIAL, 0) : rc;
}
