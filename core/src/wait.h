/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* wait.c: waiting for a descriptor, and the caller's say in it. */
#ifndef OSML_WAIT_H
#define OSML_WAIT_H

#include "internal.h"

#define OSML__BETWEEN_QUESTIONS 200 /* ms */

bool osml__asks(const osml_buffer_options *o);         /* whether there is an `interrupted` */
bool osml__may_continue(const osml_buffer_options *o); /* a signal came, or time has passed: whether to wait on */
/* Until `fd` can be read from or written to, or is at its end; -EINTR: `interrupted`, called five times a second, says so. */
int osml__wait(int fd, bool to_write, const osml_buffer_options *o);

#endif
