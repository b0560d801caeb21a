/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What both hosts share: where the secret comes from, and the socket. */
#ifndef SERVICE_H
#define SERVICE_H

#include <osmemlock.h>
#include <stddef.h>

/* The service is written in a script. Both return 0, or -1. */
struct service {
	int (*start)(void *context, const char *path, const osml_buffer *secret); /* the script of that path, and what it is to know */
	int (*answer)(void *context, const char *request, size_t len, int fd);    /* one line, without its end */
	void *context;
};

/* The whole program: HOST SCRIPT SOCKET [FILE]. The secret is in FILE, or is the systemd credential "accounts". SIGTERM ends it. Returns its exit code. */
int service_run(const struct service *service, int argc, char **argv);

/* Writes all of it; 0 or -1. */
int service_reply(int fd, const char *bytes, size_t len);

#endif
