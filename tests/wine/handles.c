/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Handles of Windows where others have descriptors, which a program whose C runtime is not the library's cannot give it (R10); and sockets. */
#include <winsock2.h>

#include "wine.h"

#include <io.h>

static int number_of(HANDLE h)
{
	return osml_fd_from_os_handle((intptr_t)h);
}

/* What has no bytes. */
static void test_wrong_kinds(void)
{
	HANDLE h[] = { CreateEventW(NULL, TRUE, FALSE, NULL), CreateMutexW(NULL, FALSE, NULL),
		       CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0),
		       OpenProcess(PROCESS_ALL_ACCESS, FALSE, GetCurrentProcessId()) };
	osml_buffer *b, *some;
	size_t got;

	check_rc(osml_buffer_new(&some, 6, NULL), 0, "buffer_new");
	for (unsigned i = 0; i < sizeof h / sizeof *h; i++) {
		check_rc(osml_buffer_from_fd(&b, number_of(h[i]), 64, NULL, 0), -ERROR_INVALID_HANDLE, "from_fd: a handle of another kind");
		check_rc(osml_buffer_read_fd(some, 0, 6, number_of(h[i]), &got, NULL), -ERROR_INVALID_HANDLE, "read_fd: the same");
		check_rc(osml_buffer_write_fd(some, number_of(h[i]), NULL), -ERROR_INVALID_HANDLE, "write_fd: the same");
		CloseHandle(h[i]);
	}
	osml_buffer_free(some);
}

static void test_no_handles(void)
{
	osml_buffer *b;
	HANDLE closed = CreateEventW(NULL, TRUE, FALSE, NULL);

	CloseHandle(closed);
	check_rc(number_of(NULL), OSML_EINVAL, "fd_from_os_handle: NULL");
	check_rc(number_of(INVALID_HANDLE_VALUE), OSML_EINVAL, "fd_from_os_handle: INVALID_HANDLE_VALUE");
	check_rc(number_of((HANDLE)INTPTR_MAX), OSML_EINVAL, "fd_from_os_handle: what no handle is");
	check_rc(osml_buffer_from_fd(&b, number_of(closed), 64, NULL, 0), -ERROR_INVALID_HANDLE, "from_fd: a closed handle");
	test_wrong_kinds();
	check_rc(osml_buffer_from_fd(&b, OSML_EINVAL, 64, NULL, 0), -ERROR_INVALID_HANDLE, "from_fd: what stands for no handle");
	check(_get_osfhandle(number_of(GetStdHandle(STD_OUTPUT_HANDLE))) == -1, "control: what stands for a handle is no descriptor");
}

/* No descriptor is there, so any C runtime would do. */
static void test_handle_of_a_pipe(void)
{
	osml_buffer *b, *copy;
	HANDLE out, in;
	size_t got;

	check(CreatePipe(&out, &in, NULL, 4096), "control: a pipe");
	check_rc(osml_buffer_new(&b, 6, NULL), 0, "buffer_new");
	check_rc(osml_buffer_write(b, 0, "secret", 6), 0, "buffer_write");
	check_rc(osml_buffer_write_fd(b, number_of(in), NULL), 0, "write_fd: the handle of a pipe");
	check_rc(osml_buffer_wipe(b), 0, "buffer_wipe");
	check_rc(osml_buffer_read_fd(b, 0, 3, number_of(out), &got, NULL), 0, "read_fd: the handle of a pipe");
	check(got == 3 && memcmp(osml_buffer_data(b), "sec\0\0\0", 6) == 0, "read_fd: as many bytes as were asked for");
	CloseHandle(in);
	check_rc(osml_buffer_from_fd(&copy, number_of(out), 64, NULL, 0), 0, "from_fd: the handle of a pipe");
	check_contents(copy, "ret", "from_fd: what was left in it");
	osml_buffer_free(copy);
	osml_buffer_free(b);
	CloseHandle(out);
}

static int never(void *context)
{
	++*(int *)context;
	return 1;
}

static int after_twenty(void *asked)
{
	return ++*(int *)asked > 20;
}

/* As multiprocessing makes them: overlapped, and of messages. */
static void test_handle_of_an_overlapped_pipe(void)
{
	static const char name[] = "\\\\.\\pipe\\osmemlock";
	static char message[2000];
	int asked = 0;
	osml_buffer_options options = {
		.struct_size = sizeof options, .want = OSML_DEFAULT_PROTECTIONS, .interrupted = never, .context = &asked
	};
	DWORD wrote;
	osml_buffer *b;
	HANDLE out = CreateNamedPipeA(name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1, 4096,
	                              4096, 0, NULL);
	HANDLE in = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);

	memset(message, 'm', sizeof message - 1);
	check(out != INVALID_HANDLE_VALUE && in != INVALID_HANDLE_VALUE, "control: an overlapped pipe");
	check_rc(osml_buffer_from_fd(&b, number_of(out), 64, &options, 0), -ERROR_OPERATION_ABORTED,
	         "from_fd: an empty pipe, and the caller gives up");
	check(asked > 0, "from_fd: the caller was asked");
	check(WriteFile(in, message, sizeof message - 1, &wrote, NULL), "control: a message");
	CloseHandle(in);
	check_rc(osml_buffer_from_fd(&b, number_of(out), 4096, NULL, 0), 0, "from_fd: an overlapped pipe of messages");
	check_contents(b, message, "from_fd: a message that is longer than the first read");
	osml_buffer_free(b);
	CloseHandle(out);
}

/* Who writes nothing sends a message without a byte, which is not the end, and which no count of bytes tells of: nor of the end behind it. */
static void test_empty_messages(void)
{
	static const char name[] = "\\\\.\\pipe\\osmemlock-empty";
	static const char *const messages[] = { "", "first", "", "", "second", "", "" };
	int asked = 0;
	osml_buffer_options options = {
		.struct_size = sizeof options, .want = OSML_DEFAULT_PROTECTIONS, .interrupted = after_twenty, .context = &asked
	};
	DWORD wrote;
	osml_buffer *b;
	HANDLE out = CreateNamedPipeA(name, PIPE_ACCESS_INBOUND, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1, 4096, 4096, 0, NULL);
	HANDLE in = CreateFileA(name, GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);

	for (unsigned i = 0; i < sizeof messages / sizeof *messages; i++)
		check(WriteFile(in, messages[i], (DWORD)strlen(messages[i]), &wrote, NULL), "control: a message");
	CloseHandle(in);
	check_rc(osml_buffer_from_fd(&b, number_of(out), 64, &options, 0), 0, "from_fd: a pipe with empty messages, also at its end");
	check_contents(b, "firstsecond", "from_fd: what stands around empty messages");
	osml_buffer_free(b);
	CloseHandle(out);
}

static void test_handle_of_a_file(void)
{
	static const wchar_t name[] = L"handle.txt";
	osml_buffer *b;
	HANDLE h = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE, NULL);
	DWORD wrote;

	check(h != INVALID_HANDLE_VALUE && WriteFile(h, "a secret\n", 9, &wrote, NULL) && SetFilePointer(h, 2, NULL, FILE_BEGIN) == 2,
	      "control: a file");
	check_rc(osml_buffer_from_fd(&b, number_of(h), 64, NULL, OSML_TRIM_NEWLINE), 0, "from_fd: the handle of a file");
	check_contents(b, "secret", "from_fd: from where the file is");
	osml_buffer_free(b);
	check_rc(osml_buffer_from_fd(&b, number_of(h), 64, NULL, OSML_PRIVATE), OSML_EUNSUPPORTED, "from_fd: OSML_PRIVATE");
	CloseHandle(h);
}

/* ---- Sockets ---- */

/* Two, on this machine's own address. */
static void connect_sockets(SOCKET *mine, SOCKET *other)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int size = sizeof address;
	SOCKET listener = socket(AF_INET, SOCK_STREAM, 0);

	*mine = socket(AF_INET, SOCK_STREAM, 0); /* overlapped, as all that socket() makes: ReadFile() refuses it */
	check(bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 1) == 0 &&
	              getsockname(listener, (struct sockaddr *)&address, &size) == 0 &&
	              connect(*mine, (struct sockaddr *)&address, size) == 0,
	      "control: a connection");
	*other = accept(listener, NULL, NULL);
	closesocket(listener);
}

static void test_socket(void)
{
	SOCKET mine, other;
	osml_buffer *b;
	int fd;

	connect_sockets(&mine, &other);
	check(send(other, "token\n", 6, 0) == 6 && shutdown(other, SD_SEND) == 0, "control: what is sent");
	fd = _open_osfhandle((intptr_t)mine, 0);
	check_rc(osml_buffer_from_fd(&b, fd, 64, NULL, OSML_TRIM_NEWLINE), 0, "from_fd: a socket");
	check_contents(b, "token", "from_fd: what was sent");
	osml_buffer_free(b);
	closesocket(other);
	_close(fd);
}

static void test_handle_of_a_socket(void)
{
	osml_buffer_options options = { .struct_size = sizeof options, .want = OSML_DEFAULT_PROTECTIONS, .interrupted = never };
	SOCKET mine, other, messages = socket(AF_INET, SOCK_DGRAM, 0);
	u_long on = 1;
	int asked = 0;
	osml_buffer *b;
	size_t got;

	options.context = &asked;
	connect_sockets(&mine, &other);
	check_rc(osml_buffer_from_fd(&b, number_of((HANDLE)mine), 64, &options, 0), -ERROR_OPERATION_ABORTED,
	         "from_fd: a socket that gets nothing, and the caller gives up");
	check(ioctlsocket(mine, FIONBIO, &on) == 0, "control: a socket that does not block");
	check_rc(osml_buffer_from_fd(&b, number_of((HANDLE)mine), 64, &options, 0), -ERROR_OPERATION_ABORTED,
	         "from_fd: the same of one that does not block");
	check(asked == 2, "from_fd: the caller was asked");
	check(send(other, "token", 5, 0) == 5 && shutdown(other, SD_SEND) == 0, "control: what is sent");
	check_rc(osml_buffer_from_fd(&b, number_of((HANDLE)mine), 64, NULL, 0), 0, "from_fd: the handle of a socket");
	check_contents(b, "token", "from_fd: what was sent");
	check_rc(osml_buffer_write_fd(b, number_of((HANDLE)mine), NULL), 0, "write_fd: the handle of a socket");
	check_rc(osml_buffer_wipe(b), 0, "buffer_wipe");
	check_rc(osml_buffer_read_fd(b, 0, 5, number_of((HANDLE)other), &got, NULL), 0, "read_fd: the handle of a socket");
	check_contents(b, "token", "read_fd: what write_fd sent");
	osml_buffer_free(b);
	check_rc(osml_buffer_from_fd(&b, number_of((HANDLE)messages), 64, NULL, 0), -WSAESOCKTNOSUPPORT, "from_fd: a socket of messages");
	closesocket(messages);
	closesocket(other);
	closesocket(mine);
}

static void test_socket_that_listens(void)
{
	osml_buffer_options options = { .struct_size = sizeof options, .want = OSML_DEFAULT_PROTECTIONS, .interrupted = never };
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	SOCKET listener = socket(AF_INET, SOCK_STREAM, 0);
	int asked = 0;
	osml_buffer *b;

	options.context = &asked;
	check(bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 1) == 0,
	      "control: a socket that listens");
	check_rc(osml_buffer_from_fd(&b, number_of((HANDLE)listener), 64, &options, 0), -WSAENOTCONN, "from_fd: a socket that listens");
	check(asked == 0, "from_fd: at once");
	closesocket(listener);
}

void test_handles(void)
{
	WSADATA data;

	test_no_handles();
	test_handle_of_a_pipe();
	test_handle_of_an_overlapped_pipe();
	test_empty_messages();
	test_handle_of_a_file();
	check(WSAStartup(MAKEWORD(2, 2), &data) == 0, "control: sockets");
	test_socket();
	test_handle_of_a_socket();
	test_socket_that_listens();
}
