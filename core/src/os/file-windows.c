/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Descriptors are those of the C runtime that this is linked with, which a program with a runtime of its own does not share; it gives handles
 * (osml_fd_from_os_handle()). What is read and written goes to the handle, past the text mode of a descriptor.
 */
#include <winsock2.h>

#include "windows.h"

#include <fcntl.h>
#include <io.h>
#include <stdlib.h>

/* ---- Names ---- */

static bool is_slash(wchar_t c)
{
	return c == L'\\' || c == L'/';
}

bool osml__windows_is_absolute(const wchar_t *path)
{
	bool letter = (path[0] | 0x20) >= L'a' && (path[0] | 0x20) <= L'z';

	return letter ? path[1] == L':' && is_slash(path[2]) : is_slash(path[0]) && path[1] == path[0];
}

bool osml__os_is_absolute(const char *path)
{
	wchar_t start[3] = { 0 };

	for (int i = 0; i < 3 && path[i]; i++)
		start[i] = (unsigned char)path[i];
	return osml__windows_is_absolute(start);
}

/* In every folder, in either case of letters, and with whatever stands behind a dot. A digit may be one that stands high, too. */
static bool is_device(const char *name)
{
	static const char *const devices[] = { "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "COM?", "LPT?", "COM\xC2?", "LPT\xC2?" };
	size_t n = strcspn(name, ".");

	while (n && name[n - 1] == ' ')
		n--;
	for (unsigned i = 0; i < sizeof devices / sizeof *devices; i++) {
		size_t len = strcspn(devices[i], "?");
		const char *last = devices[i][len] ? name + len : "0";

		if (n == strlen(devices[i]) && !_strnicmp(name, devices[i], len) && strchr("0123456789\xB9\xB2\xB3", *last))
			return true;
	}
	return false;
}

/* A dot or a space at the end is no part of a file's name: "name." is another's, and ".. " is the folder above. */
bool osml__os_is_name(const char *name)
{
	size_t n = strlen(name);

	return n && !strpbrk(name, "/\\:") && name[n - 1] != '.' && name[n - 1] != ' ' && !is_device(name);
}

/* ---- Descriptors and handles ---- */

int osml__os_fd_from_handle(intptr_t handle)
{
	return handle > 0 && handle < OSML__OF_HANDLE ? (int)handle | OSML__OF_HANDLE : OSML_EINVAL;
}

#ifdef _UCRT
/* Declared here, because the headers of mingw-w64 leave it out. */
_CRTIMP _invalid_parameter_handler __cdecl _set_thread_local_invalid_parameter_handler(_invalid_parameter_handler handler);

static void ignore(const wchar_t *expression, const wchar_t *function, const wchar_t *file, unsigned line, uintptr_t unused)
{
	(void)expression;
	(void)function;
	(void)file;
	(void)line;
	(void)unused;
}

/* The universal runtime ends the process for a number that is not open, unless it is told not to. */
static HANDLE handle_below(int fd)
{
	_invalid_parameter_handler before = _set_thread_local_invalid_parameter_handler(ignore);
	HANDLE h = (HANDLE)_get_osfhandle(fd);

	_set_thread_local_invalid_parameter_handler(before);
	return h;
}
#else
static HANDLE handle_below(int fd)
{
	return (HANDLE)_get_osfhandle(fd);
}
#endif

static int handle_of(HANDLE *h, int fd)
{
	*h = fd >= OSML__OF_HANDLE ? (HANDLE)(intptr_t)(fd & ~OSML__OF_HANDLE) : handle_below(fd);
	return *h == INVALID_HANDLE_VALUE || *h == NULL ? -ERROR_INVALID_HANDLE : 0;
}

static DWORD at_once(size_t n)
{
	return n < MAXLONG ? (DWORD)n : MAXLONG;
}

int osml__os_open(int *fd, const char *path)
{
	const DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
	wchar_t wide[4096];
	HANDLE h;

	if (!MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, (int)(sizeof wide / sizeof *wide)))
		return osml__windows_error();
	h = CreateFileW(wide, GENERIC_READ, share, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
	if (h == INVALID_HANDLE_VALUE)
		return osml__windows_error();
	*fd = _open_osfhandle((intptr_t)h, _O_RDONLY | _O_BINARY | _O_NOINHERIT);
	if (*fd >= 0)
		return 0;
	CloseHandle(h);
	return -ERROR_TOO_MANY_OPEN_FILES;
}

/*
 * A pipe that was made for overlapped use, as Python's multiprocessing makes them, needs an event; one that was not waits by itself. The low bit
 * keeps the completion port out of it that somebody may have tied to the pipe.
 */
static int move_overlapped(HANDLE h, bool to_write, void *bytes, DWORD n, DWORD *moved)
{
	HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
	OVERLAPPED overlapped = { .hEvent = (HANDLE)((uintptr_t)event | 1) };
	BOOL done;
	int rc;

	if (!event)
		return osml__windows_error();
	done = to_write ? WriteFile(h, bytes, n, NULL, &overlapped) : ReadFile(h, bytes, n, NULL, &overlapped);
	if (done || GetLastError() == ERROR_IO_PENDING || GetLastError() == ERROR_MORE_DATA)
		done = GetOverlappedResult(h, &overlapped, moved, TRUE);
	rc = done ? 0 : osml__windows_error();
	CloseHandle(event);
	return rc;
}

static int move(HANDLE h, bool to_write, void *bytes, DWORD n, DWORD *moved)
{
	if (GetFileType(h) == FILE_TYPE_PIPE)
		return move_overlapped(h, to_write, bytes, n, moved);
	return (to_write ? WriteFile(h, bytes, n, moved, NULL) : ReadFile(h, bytes, n, moved, NULL)) ? 0 : osml__windows_error();
}

/* A pipe is at its end when its writers are gone, and not where somebody wrote nothing; one of messages tells that there is more of this one. */
int osml__os_read(int fd, void *bytes, size_t n, size_t *got)
{
	DWORD moved = 0;
	HANDLE h;
	int rc = handle_of(&h, fd);

	*got = 0;
	if (rc)
		return rc;
	if (osml__socket_type(h))
		return osml__socket_move(h, false, bytes, at_once(n), got);
	do
		rc = move(h, false, bytes, at_once(n), &moved);
	while (rc == 0 && n && !moved && GetFileType(h) == FILE_TYPE_PIPE);
	*got = moved;
	return rc == -ERROR_BROKEN_PIPE || rc == -ERROR_HANDLE_EOF || rc == -ERROR_MORE_DATA ? 0 : rc;
}

int osml__os_write(int fd, const void *bytes, size_t n, size_t *wrote)
{
	DWORD moved = 0;
	HANDLE h;
	int rc = handle_of(&h, fd);

	*wrote = 0;
	if (rc)
		return rc;
	if (osml__socket_type(h))
		return osml__socket_move(h, true, (void *)bytes, at_once(n), wrote);
	rc = move(h, true, (void *)bytes, at_once(n), &moved);
	*wrote = moved;
	return rc;
}

void osml__os_close(int fd)
{
	_close(fd);
}

#define BETWEEN_LOOKS 10 /* milliseconds */

/* FILE_PIPE_LOCAL_INFORMATION and what belongs to it, of the headers for drivers. */
#define PIPE_INFORMATION 24
#define CONNECTED        3
struct pipe_information {
	ULONG type, configuration, instances[2], quota_in, bytes_in, quota_out, bytes_out, state, end;
};
typedef LONG(NTAPI *query_function)(HANDLE h, void *status, void *information, ULONG size, int class);

/* What PeekNamedPipe() does not tell where messages without a byte are left. */
static bool has_writer(HANDLE h)
{
	query_function ask = (query_function)(void (*)(void))GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQueryInformationFile");
	struct pipe_information information;
	void *status[2];

	return !ask || ask(h, status, &information, sizeof information, PIPE_INFORMATION) < 0 || information.state <= CONNECTED;
}

/* A pipe alone can be asked whether a read would wait. One whose writers are gone has an end to be read. */
static bool is_empty_pipe(HANDLE h)
{
	DWORD bytes;

	return GetFileType(h) == FILE_TYPE_PIPE && PeekNamedPipe(h, NULL, 0, NULL, &bytes, NULL) && !bytes && has_writer(h);
}

/* No call waits for a byte in a pipe, so it is polled. Reads of what is neither pipe nor socket, and writes to all but sockets, wait by themselves. */
int osml__os_wait(int fd, bool to_write, int milliseconds)
{
	HANDLE h;
	int rc = handle_of(&h, fd);

	if (rc)
		return rc;
	if (osml__socket_type(h))
		return osml__socket_wait(h, to_write, milliseconds);
	while (!to_write && is_empty_pipe(h)) {
		if (milliseconds >= 0 && (milliseconds -= BETWEEN_LOOKS) < 0)
			return -WAIT_TIMEOUT;
		Sleep(BETWEEN_LOOKS);
	}
	return 0;
}

/* Who may read a file is written in its access control list, which has no bits of a mode. */
int osml__os_file(struct osml__file *file, int fd)
{
	LARGE_INTEGER size;
	HANDLE h;
	int type, rc = handle_of(&h, fd);

	if (rc)
		return rc;
	*file = (struct osml__file){ .regular = GetFileType(h) == FILE_TYPE_DISK, .mode = OSML__MODE_UNKNOWN };
	if (file->regular && GetFileSizeEx(h, &size))
		file->size = (uint64_t)size.QuadPart;
	type = osml__socket_type(h);
	return type && type != SOCK_STREAM ? -WSAESOCKTNOSUPPORT : 0;
}
