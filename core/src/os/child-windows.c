/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A child process with a pipe to it and one from it. It inherits three handles and no other: they are named in a list. No call waits for a byte in
 * a pipe, or for room for one, so both are polled.
 */
#include "windows.h"

#include <stdlib.h>
#include <wchar.h>

#define PIPE_ROOM     65536
#define BETWEEN_TRIES 1  /* milliseconds: to feed a child that may have no room */
#define BETWEEN_LOOKS 10 /* for what it writes */

enum { STD_IN, STD_OUT, STD_ERR, STD_ENDS };

/* ---- What is told as one text ---- */

/* Appends UTF-8 as UTF-16, with its NUL; NULL: it is no UTF-8. As much room as UTF-8 has bytes is enough. */
static wchar_t *widen(wchar_t *to, const char *text)
{
	int n = (int)strlen(text) + 1, wrote = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, to, n);

	return wrote ? to + wrote : NULL;
}

static wchar_t *repeat(wchar_t *to, wchar_t c, size_t n)
{
	while (n--)
		*to++ = c;
	return to;
}

/*
 * In quotation marks, as the C runtime of the program and CommandLineToArgvW() split a command line: backslashes before such a mark, and only
 * those, are doubled. `word` lies behind `to`, far enough.
 */
static wchar_t *quote(wchar_t *to, const wchar_t *word)
{
	size_t backslashes = 0;

	*to++ = L'"';
	for (; *word; word++) {
		if (*word == L'"')
			to = repeat(to, L'\\', backslashes + 1);
		backslashes = *word == L'\\' ? backslashes + 1 : 0;
		*to++ = *word;
	}
	to = repeat(to, L'\\', backslashes);
	*to++ = L'"';
	return to;
}

static size_t bytes_of(const char *const *words)
{
	size_t n = 0;

	for (; *words; words++)
		n += strlen(*words) + 1;
	return n;
}

/* Freed by the caller. Each word takes at most twice its bytes, the marks and a space; the last one is widened behind that. */
static int command_line(wchar_t **line, const char *const *argv)
{
	size_t bytes = bytes_of(argv);
	wchar_t *at, *word;

	*line = at = bytes < MAXLONG / 16 ? malloc((4 * bytes + 1) * sizeof *at) : NULL;
	if (!at)
		return -ERROR_NOT_ENOUGH_MEMORY;
	word = at + 3 * bytes;
	for (; *argv; argv++) {
		if (!widen(word, *argv))
			return -ERROR_NO_UNICODE_TRANSLATION;
		at = quote(at, word);
		*at++ = L' ';
	}
	at[-1] = L'\0';
	return 0;
}

/* Strings one behind the other, and one more NUL; NULL stays NULL. An empty one, which sets nothing, would be that NUL. */
static int environment(wchar_t **block, const char *const *envp)
{
	size_t bytes = envp ? bytes_of(envp) : 0;
	wchar_t *at;

	*block = NULL;
	if (!envp)
		return 0;
	*block = at = bytes < MAXLONG / 16 ? malloc((bytes + 2) * sizeof *at) : NULL;
	if (!at)
		return -ERROR_NOT_ENOUGH_MEMORY;
	for (; *envp; envp++)
		if (**envp && !(at = widen(at, *envp)))
			return -ERROR_NO_UNICODE_TRANSLATION;
	at[0] = at[1] = L'\0';
	return 0;
}

/* ---- The program ---- */

/*
 * A script for cmd.exe would be given to that shell, which splits the line by rules of its own, so that an argument can become a command. Dots and
 * spaces at the end are no part of a file's name.
 */
static bool is_batch(const wchar_t *path)
{
	size_t n = wcslen(path);

	while (n && (path[n - 1] == L'.' || path[n - 1] == L' '))
		n--;
	return n > 4 && (_wcsnicmp(path + n - 4, L".bat", 4) == 0 || _wcsnicmp(path + n - 4, L".cmd", 4) == 0);
}

#define NO_FOLDER L"|" /* no name can have it. An empty list would mean other folders, the current one among them */

/* Leaves the absolute elements of a list, without the quotes that Windows allows around one. */
static void keep_absolute(wchar_t *folders)
{
	wchar_t *to = folders, *next;

	for (wchar_t *at = folders; at; at = next) {
		size_t n = wcscspn(at, L";");

		next = at[n] ? at + n + 1 : NULL;
		if (n > 2 && at[0] == L'"' && at[n - 1] == L'"') {
			at++;
			n -= 2;
		}
		if (n < 3 || !osml__windows_is_absolute(at)) /* any other, an empty one too, would be looked up in the current folder */
			continue;
		wmemmove(to, at, n);
		to += n;
		*to++ = L';';
	}
	if (to > folders)
		to--;
	*to = L'\0';
}

static bool is_file(const wchar_t *path)
{
	DWORD attributes = GetFileAttributesW(path);

	return attributes != INVALID_FILE_ATTRIBUTES && !(attributes & FILE_ATTRIBUTE_DIRECTORY);
}

/* One after the other, because the system would also take a folder of that name, and look no further. */
static bool search(wchar_t *path, DWORD room, wchar_t *folders, const wchar_t *name)
{
	for (wchar_t *next; *folders; folders = next) {
		size_t n = wcscspn(folders, L";");
		DWORD found;

		next = folders[n] ? folders + n + 1 : folders + n;
		folders[n] = L'\0';
		found = SearchPathW(folders, name, L".exe", room, path, NULL);
		if (found && found < room && is_file(path))
			return true;
	}
	return false;
}

/* In the folders of PATH alone: CreateProcess() by itself looks in the program's folder and the current one before. */
static int find_program(wchar_t *path, DWORD room, const char *name)
{
	DWORD n = GetEnvironmentVariableW(L"PATH", NULL, 0);
	size_t bytes = strlen(name) + 1;
	wchar_t *wide = bytes < MAXLONG / 16 ? malloc((n + 2 + bytes) * sizeof *wide) : NULL, *folders;
	int rc = 0;

	if (!wide)
		return -ERROR_NOT_ENOUGH_MEMORY;
	folders = wide + bytes;
	folders[0] = L'\0';
	if (n && GetEnvironmentVariableW(L"PATH", folders, n) >= n)
		folders[0] = L'\0'; /* it grew meanwhile */
	keep_absolute(folders);
	if (!folders[0])
		wcscpy(folders, NO_FOLDER);
	if (!widen(wide, name))
		rc = -ERROR_NO_UNICODE_TRANSLATION;
	else if (!search(path, room, folders, wide))
		rc = -ERROR_FILE_NOT_FOUND;
	else if (is_batch(path))
		rc = -ERROR_BAD_EXE_FORMAT;
	free(wide);
	return rc;
}

/* ---- The start ---- */

static void close_handle(HANDLE *h)
{
	if (*h)
		CloseHandle(*h);
	*h = NULL;
}

static int open_null(HANDLE *h, DWORD access)
{
	HANDLE opened = CreateFileW(L"NUL", access, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);

	*h = opened == INVALID_HANDLE_VALUE ? NULL : opened;
	return *h ? 0 : osml__windows_error();
}

static int open_error(HANDLE *h)
{
	HANDLE own = GetCurrentProcess(), error = GetStdHandle(STD_ERROR_HANDLE);

	if (error && error != INVALID_HANDLE_VALUE && DuplicateHandle(own, error, own, h, 0, FALSE, DUPLICATE_SAME_ACCESS))
		return 0;
	return open_null(h, GENERIC_WRITE);
}

/* The child's ends are inheritable, so that the list may name them. */
static int open_ends(HANDLE ends[STD_ENDS], HANDLE *in, HANDLE *out, bool has_input)
{
	DWORD not_to_wait = PIPE_READMODE_BYTE | PIPE_NOWAIT;
	int rc = CreatePipe(out, &ends[STD_OUT], NULL, PIPE_ROOM) ? open_error(&ends[STD_ERR]) : osml__windows_error();

	if (rc)
		return rc;
	if (!has_input)
		rc = open_null(&ends[STD_IN], GENERIC_READ);
	else if (!CreatePipe(&ends[STD_IN], in, NULL, PIPE_ROOM) || !SetNamedPipeHandleState(*in, &not_to_wait, NULL, NULL))
		rc = osml__windows_error();
	for (int i = 0; rc == 0 && i < STD_ENDS; i++)
		if (!SetHandleInformation(ends[i], HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT))
			rc = osml__windows_error();
	return rc;
}

static int create(HANDLE *process, const wchar_t *path, wchar_t *line, wchar_t *block, const wchar_t *folder, HANDLE ends[STD_ENDS])
{
	uint64_t memory[32]; /* of a list with one attribute; the system says how much it wants */
	SIZE_T size = sizeof memory;
	STARTUPINFOEXW start = { .StartupInfo = { .cb = sizeof start,
		                                  .dwFlags = STARTF_USESTDHANDLES,
		                                  .hStdInput = ends[STD_IN],
		                                  .hStdOutput = ends[STD_OUT],
		                                  .hStdError = ends[STD_ERR] },
		                 .lpAttributeList = (LPPROC_THREAD_ATTRIBUTE_LIST)memory };
	PROCESS_INFORMATION child;
	BOOL done = InitializeProcThreadAttributeList(start.lpAttributeList, 1, 0, &size);

	if (!done)
		return osml__windows_error();
	done = UpdateProcThreadAttribute(start.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, ends, STD_ENDS * sizeof *ends, NULL,
	                                 NULL) &&
	       CreateProcessW(path, line, NULL, NULL, TRUE, EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT, block, folder,
	                      &start.StartupInfo, &child);
	int rc = done ? 0 : osml__windows_error();
	DeleteProcThreadAttributeList(start.lpAttributeList);
	if (rc)
		return rc;
	CloseHandle(child.hThread);
	*process = child.hProcess;
	return 0;
}

static int spawn(HANDLE *process, const osml_command *command, HANDLE ends[STD_ENDS])
{
	wchar_t path[4096], folder[4096], *line = NULL, *block = NULL;
	int rc = find_program(path, sizeof path / sizeof *path, command->argv[0]);

	if (rc == 0 && command->directory &&
	    !MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, command->directory, -1, folder, sizeof folder / sizeof *folder))
		rc = osml__windows_error();
	if (rc == 0)
		rc = command_line(&line, command->argv);
	if (rc == 0)
		rc = environment(&block, command->envp);
	if (rc == 0)
		rc = create(process, path, line, block, command->directory ? folder : NULL, ends);
	free(line);
	free(block);
	return rc;
}

/* Handles are numbers that fit: osml__os_fd_from_handle(). */
static int number_of(HANDLE h)
{
	return h ? osml__os_fd_from_handle((intptr_t)h) : -1;
}

int osml__os_child_start(struct osml__child *child, const osml_command *command)
{
	HANDLE process = NULL, in = NULL, out = NULL, ends[STD_ENDS] = { NULL };
	int rc = open_ends(ends, &in, &out, command->input != NULL);

	if (rc == 0)
		rc = spawn(&process, command, ends);
	for (int i = 0; i < STD_ENDS; i++)
		close_handle(&ends[i]);
	*child = (struct osml__child){ (long)(intptr_t)process, number_of(in), number_of(out), -1 };
	if (rc)
		osml__os_child_close(child);
	return rc;
}

/* ---- While it runs ---- */

static HANDLE handle_of(int number)
{
	return (HANDLE)(intptr_t)(number & ~OSML__OF_HANDLE);
}

static bool has_written(const struct osml__child *child)
{
	DWORD bytes;

	return child->out >= 0 && (!PeekNamedPipe(handle_of(child->out), NULL, 0, NULL, &bytes, NULL) || bytes);
}

int osml__os_child_wait(const struct osml__child *child, unsigned *ready, int milliseconds)
{
	int pause = child->in >= 0 ? BETWEEN_TRIES : BETWEEN_LOOKS;

	*ready = has_written(child) ? OSML__CHILD_WRITES : 0;
	while (!*ready) {
		Sleep((DWORD)pause);
		*ready = (has_written(child) ? OSML__CHILD_WRITES : 0) | (child->in >= 0 ? OSML__CHILD_READS : 0);
		if (!*ready && milliseconds >= 0 && (milliseconds -= pause) < 0)
			return -EAGAIN;
	}
	*ready |= child->in >= 0 ? OSML__CHILD_READS : 0;
	return 0;
}

int osml__os_child_feed(struct osml__child *child, const void *bytes, size_t n, size_t *wrote)
{
	DWORD moved = 0;
	BOOL done = WriteFile(handle_of(child->in), bytes, (DWORD)(n < PIPE_ROOM ? n : PIPE_ROOM), &moved, NULL);

	*wrote = moved;
	if (!done)
		return GetLastError() == ERROR_NO_DATA || GetLastError() == ERROR_BROKEN_PIPE ? -EPIPE : osml__windows_error();
	return moved ? 0 : -EAGAIN;
}

void osml__os_child_shut(struct osml__child *child, unsigned way)
{
	int *end = way == OSML__CHILD_READS ? &child->in : &child->out;

	if (*end >= 0)
		CloseHandle(handle_of(*end));
	*end = -1;
}

/* ---- The end ---- */

const int osml__os_child_signals = 0;

int osml__os_child_end(struct osml__child *child, int *status, int milliseconds)
{
	HANDLE process = (HANDLE)(intptr_t)child->id;
	DWORD code = 0;

	if (WaitForSingleObject(process, milliseconds < 0 ? INFINITE : (DWORD)milliseconds) == WAIT_TIMEOUT)
		return -EAGAIN;
	GetExitCodeProcess(process, &code);
	CloseHandle(process);
	child->id = 0;
	*status = (int)code;
	return 0;
}

void osml__os_child_close(struct osml__child *child)
{
	int status;

	osml__os_child_shut(child, OSML__CHILD_READS);
	osml__os_child_shut(child, OSML__CHILD_WRITES);
	if (!child->id || osml__os_child_end(child, &status, 0) != -EAGAIN)
		return;
	TerminateProcess((HANDLE)(intptr_t)child->id, 1);
	osml__os_child_end(child, &status, -1);
}

void osml__os_children_forget(void)
{
}
