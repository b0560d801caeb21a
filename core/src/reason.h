/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* reason.c: why this thread's last call was refused, where the code alone does not tell; for osml_explain(). */
#ifndef OSML_REASON_H
#define OSML_REASON_H

#include "internal.h"

enum osml__reason {
	OSML__REASON_NONE,
	OSML__REASON_MODE,         /* `number` is the file's */
	OSML__REASON_VARIABLE,     /* it is not set */
	OSML__REASON_READ_ONLY,    /* it lies in memory that cannot be written */
	OSML__REASON_NO_DIRECTORY, /* CREDENTIALS_DIRECTORY is not set */
	OSML__REASON_DIRECTORY,    /* it is empty or relative */
	OSML__REASON_CREDENTIAL,   /* there is none of that name */
	OSML__REASON_TERMINAL,     /* there is none */
	OSML__REASON_STATUS,       /* `number` is the command's */
	OSML__REASON_KILLED,       /* `number` is the signal */
	OSML__REASON_EXCEPTION,    /* `number` is its code, on Windows */
	OSML__REASON_STOLEN        /* other code of the process has waited for the command */
};

/* Remembers; where there is no memory for a cache it does not. Returns `rc`. */
OSML__COLD int osml__reason_set(int rc, enum osml__reason reason, unsigned number);
enum osml__reason osml__reason_of(int rc, unsigned *number);

#endif
