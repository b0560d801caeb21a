/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * How a code of the core becomes the language's error, in one place (bindings/README.md). A function calls check() on what the core answered
 * and returns what it returns; %exception looks at the code before anything is made of the result.
 *
 * A language may define, before this file is included, as macros of SWIG's preprocessor:
 *   OSMLS_RAISE(code, message)  how it raises; else by the category of error.def
 *   OSMLS_COLLECT               runs its collector and is not 0: garbage may hold the quota
 *   OSMLS_IMMUTABLE_BYTES       it has no bytes that may be written in place: no wipe(), read_into() and take()
 *   OSMLS_REGIONS               it can keep memory where it is while a program still writes into it, so it has LockedRegion
 *   OSMLS_ENUMS                 it has enumerations, and gets those of enum.i
 *   OSMLS_PASCAL_CASE           it writes constants as AllowEmpty, not as ALLOW_EMPTY
 *   OSMLS_NAME                  its rule for %rename of functions
 * and in C
 *   OSMLS_HOLDER                a member of struct LockedRegion that keeps the memory; OSMLS_LET_GO(region) releases it. None where the
 *                               language's own object does that
 *   OSMLS_INTERRUPTED           what a source asks when a signal came while it waits; see osml_buffer_options
 *
 * It is included before a typemap of osml_view, which uses OSMLS_OUTCOME.
 */
%include <exception.i>
%insert("runtime") "swigerrors.swg"

#ifdef OSMLS_PASCAL_CASE
%{
#define OSMLS_WORD(upper, pascal) pascal
%}
#else
%{
#define OSMLS_WORD(upper, pascal) upper
%}
#endif

%{
#include <osmemlock.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
#define OSMLS_THREAD_LOCAL thread_local
#else
#define OSMLS_THREAD_LOCAL _Thread_local
#endif

/* The code that the core returned to the call in progress on this thread. */
static OSMLS_THREAD_LOCAL int osmls_code;

/* The file, variable or program that the failure is about, for its message; "" if it is about none. */
static OSMLS_THREAD_LOCAL char osmls_subject[200];

/* The first failure counts. */
static int check(int rc)
{
	if (rc < 0 && osmls_code == 0) {
		osmls_code = rc;
		osmls_subject[0] = 0;
	}
	return rc;
}

/*
 * The same, with a name that the message shows. A long one is cut, and only printable ASCII is kept, because not every language takes all bytes in a
 * message. A name that was refused itself is not shown: "NAME=value" holds a secret.
 */
static inline int check_named(int rc, const char *name)
{
	size_t n = 0;

	if (check(rc) == 0 || osmls_code != rc || rc == OSML_EINVAL || !name)
		return rc;
	for (; name[n] && n + 1 < sizeof osmls_subject; n++)
		osmls_subject[n] = name[n] >= ' ' && name[n] <= '~' ? name[n] : '?';
	osmls_subject[n] = 0;
	return rc;
}

#ifdef _WIN32
#define OSML_ERRNO(code, python, lua, swig)
#else
#define OSML_ERRNO(code, python, lua, swig) \
	case -code: \
		return SWIG_##swig;
#endif
#define OSML_ERROR(code, python, lua, swig) \
	case code: \
		return SWIG_##swig;
#define OSML_SYSTEM(python, lua, swig) \
	default: \
		return SWIG_##swig;

static inline int osmls_category(int code)
{
	switch (code) {
#include "error.def"
	}
}

#define OSMLS_MESSAGE 1280

/* What is named when a source of source.i fails. */
#define OSMLS_NAMED_from_fd(fd)           NULL
#define OSMLS_NAMED_from_file(path)       path
#define OSMLS_NAMED_from_env(name)        name
#define OSMLS_NAMED_from_credential(name) name
#define OSMLS_NAMED_prompt(prompt)        NULL

/* What the core's sentence advises, in the names of the language; "" where it names nothing that has others here. */
static inline const char *osmls_advice(int code)
{
	switch (code) {
	case OSML_EFORKED:
		return " `want` without " OSMLS_WORD("WIPEONFORK", "WipeOnFork") " and " OSMLS_WORD("NOFORK", "NoFork") " asks for such a one.";
	case OSML_EEMPTY:
		return " The flag " OSMLS_WORD("ALLOW_EMPTY", "AllowEmpty") " takes an empty one.";
	case OSML_ETOOBIG:
		return " `max` sets the maximum.";
	case OSML_EUNSUPPORTED:
		return " " OSMLS_WORD("GUARDED", "Guarded") " gives guard pages; the policy \"best effort\" does without what is not there.";
	default:
		return "";
	}
}

/* "OSML_ERANGE: what happened": the name first, so that programs can tell codes apart in every language; then what it is about, if that is known. */
static void osmls_explain(char *message, int code)
{
	const char *name = osml_error_name(code), *text;
	char why[OSMLS_MESSAGE - 384]; /* the longest name, subject and advice have room beside it */
	size_t len = strlen(name);

	osml_explain(code, why, sizeof why);
	text = strncmp(why, name, len) == 0 && why[len] == ':' ? why + len + 2 : why; /* where there is no sentence, the core names the code itself */
	snprintf(message, OSMLS_MESSAGE, "%s: %s%s%s%s", name, osmls_subject, osmls_subject[0] ? ": " : "", text, osmls_advice(code));
	osmls_subject[0] = 0;
}
%}

#ifndef OSMLS_RAISE
#define OSMLS_RAISE(code, message) SWIG_exception(osmls_category(code), message)
#endif
#ifndef OSMLS_COLLECT
%define OSMLS_COLLECT
0
%enddef
#endif

%define OSMLS_OUTCOME
	if (osmls_code < 0) {
		char message[OSMLS_MESSAGE];
		osmls_explain(message, osmls_code);
		OSMLS_RAISE(osmls_code, message);
	}
%enddef

%exception {
	osmls_code = 0;
	$action
	OSMLS_OUTCOME
}

/* Making a buffer may be tried once more after a collection. A source may not, because its input cannot be read again. */
%exception LockedBuffer::LockedBuffer {
	osmls_code = 0;
	$action
	if (osmls_code == OSML_ELIMIT && OSMLS_COLLECT) {
		osmls_code = 0;
		$action
	}
	OSMLS_OUTCOME
}

#ifndef OSMLS_NAME
%define OSMLS_NAME
"%(regex:/^osmls?_(.*)$/\\1/)s"
%enddef
#endif
%rename(OSMLS_NAME, %$isfunction) "";

/** Returns the name of a code, such as OSML_ECLOSED. */
const char *osml_error_name(int rc);
