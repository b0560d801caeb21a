/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "service.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_SECRET  65536
#define MAX_REQUEST 1024

static int listener = -1;

/* Also a signal that comes just before accept() ends the service: a socket that was shut down accepts nothing. */
static void stop(int signal)
{
	(void)signal;
	shutdown(listener, SHUT_RDWR);
}

static int complain(const char *what, int rc)
{
	char why[1024] = "";
	osml_explain(rc, why, sizeof why);
	fprintf(stderr, "%s: %s\n", what, why);
	return -1;
}

/* Only the user that runs it may connect. */
static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || strlen(path) >= sizeof address.sun_path)
		return complain(path, fd < 0 ? -errno : -ENAMETOOLONG);
	memcpy(address.sun_path, path, strlen(path));
	umask(077);
	unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 16) != 0)
		return complain(path, -errno);
	listener = fd;
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = stop }, NULL);
	return 0;
}

int service_reply(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* One line; what is longer, or has no end, is no request: -1. */
static ssize_t read_line(int fd, char *line, size_t size)
{
	size_t len = 0;
	while (len < size) {
		ssize_t n = recv(fd, line + len, size - len, 0);
		if (n <= 0)
			return -1;
		len += (size_t)n;
		char *end = memchr(line, '\n', len);
		if (end)
			return end - line;
	}
	return -1;
}

/* What the interpreter left on the stack is no business of the heap's, so it is wiped after each answer. */
static void serve(const struct service *service)
{
	static char request[MAX_REQUEST];
	int fd;
	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0 || errno != EINVAL) {
		if (fd < 0)
			continue;
		ssize_t len = read_line(fd, request, sizeof request);
		if (len >= 0 && service->answer(service->context, request, (size_t)len, fd) != 0)
			service_reply(fd, "error\n", 6);
		osml_scrub();
		close(fd);
	}
}

static int read_secret(osml_buffer **secret, const char *file)
{
	if (file)
		return osml_buffer_from_file(secret, file, MAX_SECRET, NULL, 0);
	return osml_buffer_from_credential(secret, "accounts", MAX_SECRET, NULL, 0);
}

int service_run(const struct service *service, int argc, char **argv)
{
	osml_buffer *secret;
	if (argc < 3) {
		fprintf(stderr, "usage: %s SCRIPT SOCKET [FILE]\n", argv[0]);
		return 2;
	}
	int rc = read_secret(&secret, argc > 3 ? argv[3] : NULL);
	if (rc != 0)
		return complain("the secret", rc) != 0;
	rc = service->start(service->context, argv[1], secret);
	osml_buffer_free(secret);
	osml_scrub();
	if (rc != 0 || listen_at(argv[2]) != 0)
		return 1;
	printf("ready %d\n", (int)getpid());
	fflush(stdout);
	serve(service);
	unlink(argv[2]);
	return 0;
}
