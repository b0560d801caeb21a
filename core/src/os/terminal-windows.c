/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The console, whatever standard input and output are. It gives UTF-16 a line at a time, which becomes UTF-8 in `struct osml__terminal` and is wiped
 * there when it was taken. Ctrl-C goes to the program's own handlers; before that, echo is switched on again.
 */
#include "windows.h"

#define UNITS 30 /* at once; three bytes each are the worst case */

struct console {
	HANDLE in, out;
	DWORD mode;
};
struct pending {
	unsigned char bytes[UNITS * 3], at, end;
};
_Static_assert(sizeof(struct console) <= sizeof((struct osml__terminal *)0)->saved, "room for the console");
_Static_assert(sizeof(struct pending) <= sizeof((struct osml__terminal *)0)->mask, "room for what was typed");

static SRWLOCK mutex;
static struct console in_use; /* whose mode the handler restores; .in NULL: none */

static struct console console_of(const struct osml__terminal *t)
{
	struct console c;

	memcpy(&c, t->saved, sizeof c);
	return c;
}

static BOOL WINAPI restore_mode(DWORD event)
{
	(void)event;
	AcquireSRWLockShared(&mutex);
	if (in_use.in)
		SetConsoleMode(in_use.in, in_use.mode);
	ReleaseSRWLockShared(&mutex);
	return FALSE; /* others go on with it */
}

static void use(struct console c)
{
	AcquireSRWLockExclusive(&mutex);
	in_use = c;
	ReleaseSRWLockExclusive(&mutex);
}

static int show(HANDLE out, const char *text)
{
	wchar_t wide[256];
	int len = (int)strlen(text), part, units;
	DWORD wrote;

	for (; len > 0; text += part, len -= part) {
		part = len < 256 ? len : 256;
		while (part < len && part > 1 && (text[part] & 0xC0) == 0x80) /* not within a character */
			part--;
		units = MultiByteToWideChar(CP_UTF8, 0, text, part, wide, 256);
		if (!WriteConsoleW(out, wide, (DWORD)units, &wrote, NULL))
			return osml__windows_error();
	}
	return 0;
}

static int open_handle(HANDLE *h, const wchar_t *name)
{
	*h = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
	return *h == INVALID_HANDLE_VALUE ? osml__windows_error() : 0;
}

static int echo_off(struct console *c)
{
	DWORD mode;

	if (!GetConsoleMode(c->in, &c->mode))
		return osml__windows_error();
	mode = (c->mode & ~(DWORD)ENABLE_ECHO_INPUT) | ENABLE_LINE_INPUT | ENABLE_PROCESSED_INPUT;
	FlushConsoleInputBuffer(c->in);
	return SetConsoleMode(c->in, mode) ? 0 : osml__windows_error();
}

static void close_handles(struct console *c)
{
	CloseHandle(c->in);
	CloseHandle(c->out);
}

int osml__os_terminal_open(struct osml__terminal *t, const char *prompt)
{
	struct console c;
	int rc = open_handle(&c.in, L"CONIN$");

	memset(t->mask, 0, sizeof t->mask);
	if (rc)
		return rc;
	rc = open_handle(&c.out, L"CONOUT$");
	if (rc) {
		CloseHandle(c.in);
		return rc;
	}
	rc = echo_off(&c);
	if (rc) {
		close_handles(&c);
		return rc;
	}
	memcpy(t->saved, &c, sizeof c);
	use(c);
	SetConsoleCtrlHandler(restore_mode, TRUE);
	rc = show(c.out, prompt);
	if (rc)
		osml__os_terminal_close(t);
	return rc;
}

/* Ctrl-C ends the reading as a success without a character. */
static int read_units(HANDLE in, wchar_t *wide, DWORD *units)
{
	DWORD more;

	SetLastError(0);
	if (!ReadConsoleW(in, wide, UNITS - 1, units, NULL))
		return osml__windows_error();
	if (*units == 0 && GetLastError() == ERROR_OPERATION_ABORTED)
		return -EINTR;
	if (*units && IS_HIGH_SURROGATE(wide[*units - 1]) && ReadConsoleW(in, wide + *units, 1, &more, NULL))
		*units += more;
	return 0;
}

/* Ctrl-Z at the start of a line is the end of input. */
static int fill(struct pending *p, HANDLE in)
{
	wchar_t wide[UNITS];
	DWORD units = 0, kept = 0;
	int rc = read_units(in, wide, &units);

	if (rc == 0 && units && wide[0] == 0x1a)
		units = 0;
	for (DWORD i = 0; i < units; i++)
		if (wide[i] != L'\r')
			wide[kept++] = wide[i];
	p->at = 0;
	p->end = kept ? (unsigned char)WideCharToMultiByte(CP_UTF8, 0, wide, (int)kept, (char *)p->bytes, sizeof p->bytes, NULL, NULL) : 0;
	osml__wipe(wide, sizeof wide);
	return rc;
}

int osml__os_terminal_read(struct osml__terminal *t, unsigned char *key, size_t *got, int milliseconds)
{
	struct pending *p = (struct pending *)(void *)t->mask;
	HANDLE in = console_of(t).in;
	int rc;

	*got = 0;
	if (p->at == p->end) {
		if (WaitForSingleObject(in, milliseconds < 0 ? INFINITE : (DWORD)milliseconds) == WAIT_TIMEOUT)
			return -EAGAIN;
		rc = fill(p, in);
		if (rc)
			return rc;
	}
	if (p->at != p->end) {
		*got = 1;
		*key = p->bytes[p->at];
		p->bytes[p->at++] = 0;
	}
	return 0;
}

void osml__os_terminal_close(struct osml__terminal *t)
{
	struct console c = console_of(t);

	use((struct console){ 0 });
	SetConsoleCtrlHandler(restore_mode, FALSE);
	FlushConsoleInputBuffer(c.in); /* a second line that was pasted is nobody's */
	SetConsoleMode(c.in, c.mode);
	osml__wipe(t->mask, sizeof t->mask);
	show(c.out, "\n");
	close_handles(&c);
}
