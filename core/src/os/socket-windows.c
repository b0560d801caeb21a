/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Sockets are handles, too, but ReadFile() takes only some of them, and nothing but their own functions waits for them. Who has one has loaded
 * their library, so that this one needs not.
 */
#include <winsock2.h>

#include "windows.h"

typedef int(WSAAPI *getsockopt_function)(SOCKET socket, int level, int name, char *value, int *size);
typedef int(WSAAPI *transfer_function)(SOCKET socket, char *bytes, int n, int flags);
typedef int(WSAAPI *poll_function)(WSAPOLLFD *sockets, ULONG count, int milliseconds);

static void (*find(const char *name))(void)
{
	HMODULE library = GetModuleHandleW(L"ws2_32.dll");

	return library ? (void (*)(void))GetProcAddress(library, name) : NULL;
}

/* 0: it has none, or is no socket. */
static int option(HANDLE h, int name)
{
	getsockopt_function ask = GetFileType(h) == FILE_TYPE_PIPE ? (getsockopt_function)find("getsockopt") : NULL;
	int value = 0, size = sizeof value;

	return ask && ask((SOCKET)h, SOL_SOCKET, name, (char *)&value, &size) == 0 ? value : 0;
}

int osml__socket_type(HANDLE h)
{
	return option(h, SO_TYPE);
}

/* Some codes of sockets are numbers of this library. */
static int refusal(void)
{
	int code = -osml__windows_error();

	switch (code) {
	case WSAEINTR:
		return -EINTR;
	case WSAEWOULDBLOCK:
		return -EAGAIN;
	case WSAEBADF:
	case WSAENOTSOCK:
		return -ERROR_INVALID_HANDLE;
	case WSAEACCES:
		return -EPERM;
	default:
		return -code;
	}
}

int osml__socket_move(HANDLE h, bool to_write, void *bytes, DWORD n, size_t *moved)
{
	transfer_function function = (transfer_function)find(to_write ? "send" : "recv");
	int count = function((SOCKET)h, bytes, (int)n, 0);

	*moved = count < 0 ? 0 : (size_t)count;
	return count < 0 ? refusal() : 0;
}

/* What is wrong with it is told by the transfer that follows; but one that waits for connections never gets ready. */
int osml__socket_wait(HANDLE h, bool to_write, int milliseconds)
{
	poll_function wait = (poll_function)find("WSAPoll");
	WSAPOLLFD one = { .fd = (SOCKET)h, .events = to_write ? POLLWRNORM : POLLRDNORM };
	int ready;

	if (option(h, SO_ACCEPTCONN))
		return -WSAENOTCONN;
	ready = wait(&one, 1, milliseconds);
	if (ready < 0)
		return refusal();
	return ready ? 0 : -EAGAIN;
}
