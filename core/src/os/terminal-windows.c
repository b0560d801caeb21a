/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The console, whatever standard input and output are. It gives UTF-16 a unit at a time, since of a line it gives no more than 254. The unit becomes
 * UTF-8 in `struct osml__terminal` and is wiped there when it was taken. Ctrl-C goes to the program's own handlers; before that, echo is switched on
 * again.
 */
#include "windows.h"

#define CTRL_Z 0x1A
#define ESCAPE 0x1B

struct console {
	HANDLE in, out, interrupted; /* the last: an event, set by Ctrl-C */
	DWORD mode;
};
struct pending {
	wchar_t units[2], count; /* of a character that has two; the first may be here before the second */
	unsigned char bytes[8], at, end;
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
	if (in_use.in) {
		SetConsoleMode(in_use.in, in_use.mode);
		SetEvent(in_use.interrupted);
	}
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
	mode = (c->mode & ~(DWORD)(ENABLE_ECHO_INPUT | ENABLE_LINE_INPUT | ENABLE_VIRTUAL_TERMINAL_INPUT)) | ENABLE_PROCESSED_INPUT;
	FlushConsoleInputBuffer(c->in);
	return SetConsoleMode(c->in, mode) ? 0 : osml__windows_error();
}

static void close_handles(struct console *c)
{
	CloseHandle(c->in);
	CloseHandle(c->out);
	CloseHandle(c->interrupted);
}

/* What is not opened is INVALID_HANDLE_VALUE, which CloseHandle() ignores. */
static int open_handles(struct console *c)
{
	int rc;

	*c = (struct console){ INVALID_HANDLE_VALUE, INVALID_HANDLE_VALUE, CreateEventW(NULL, TRUE, FALSE, NULL), 0 };
	rc = c->interrupted ? open_handle(&c->in, L"CONIN$") : osml__windows_error();
	if (rc == 0)
		rc = open_handle(&c->out, L"CONOUT$");
	if (rc == 0)
		rc = echo_off(c);
	if (rc)
		close_handles(c);
	return rc;
}

int osml__os_terminal_open(struct osml__terminal *t, const char *prompt)
{
	struct console c;
	int rc = open_handles(&c);

	memset(t->mask, 0, sizeof t->mask);
	if (rc)
		return rc;
	t->erase = t->erase_word = 0;
	t->erase_all = ESCAPE;
	t->end = CTRL_Z;
	memcpy(t->saved, &c, sizeof c);
	use(c);
	SetConsoleCtrlHandler(restore_mode, TRUE);
	rc = show(c.out, prompt);
	if (rc)
		osml__os_terminal_close(t);
	return rc;
}

/* The key that ends a number typed with Alt is the one that has its character when it is released. */
static bool is_character(const INPUT_RECORD *record)
{
	const KEY_EVENT_RECORD *key = &record->Event.KeyEvent;

	return record->EventType == KEY_EVENT && key->uChar.UnicodeChar && (key->bKeyDown || key->wVirtualKeyCode == VK_MENU);
}

/* Another event, such as a key that is released, is taken away, because a read would wait behind it. */
static int wait_for_character(const struct console *c, int milliseconds)
{
	const HANDLE either[] = { c->interrupted, c->in };
	DWORD n = 0, woken = WaitForMultipleObjects(2, either, FALSE, milliseconds < 0 ? INFINITE : (DWORD)milliseconds);
	INPUT_RECORD record;
	bool there;

	if (woken == WAIT_TIMEOUT)
		return -EAGAIN;
	if (woken == WAIT_OBJECT_0)
		return -EINTR;
	if (!PeekConsoleInputW(c->in, &record, 1, &n))
		return osml__windows_error();
	there = n && is_character(&record);
	if (n && !there)
		ReadConsoleInputW(c->in, &record, 1, &n);
	osml__wipe(&record, sizeof record);
	return there ? 0 : -EAGAIN;
}

/* Ctrl-C ends the reading as a success without a character. */
static int fill(struct pending *p, HANDLE in)
{
	DWORD n = 0;

	SetLastError(0);
	if (!ReadConsoleW(in, p->units + p->count, 1, &n, NULL))
		return osml__windows_error();
	if (!n)
		return GetLastError() == ERROR_OPERATION_ABORTED ? -EINTR : -EAGAIN;
	if (!p->count++ && IS_HIGH_SURROGATE(p->units[0]))
		return -EAGAIN;
	p->at = 0;
	p->end = (unsigned char)WideCharToMultiByte(CP_UTF8, 0, p->units, p->count, (char *)p->bytes, sizeof p->bytes, NULL, NULL);
	osml__wipe(p->units, sizeof p->units);
	p->count = 0;
	return 0;
}

int osml__os_terminal_read(struct osml__terminal *t, unsigned char *key, size_t *got, int milliseconds)
{
	struct pending *p = (struct pending *)(void *)t->mask;
	struct console c = console_of(t);
	int rc = 0;

	*got = 0;
	if (p->at == p->end)
		rc = wait_for_character(&c, milliseconds);
	if (rc == 0 && p->at == p->end)
		rc = fill(p, c.in);
	if (rc)
		return rc;
	*got = 1;
	*key = p->bytes[p->at];
	p->bytes[p->at++] = 0;
	return 0;
}

void osml__os_terminal_close(struct osml__terminal *t)
{
	struct console c = console_of(t);

	use((struct console){ 0 });
	SetConsoleCtrlHandler(restore_mode, FALSE);
	FlushConsoleInputBuffer(c.in); /* drops a second line that was pasted, and the event of Enter's release */
	SetConsoleMode(c.in, c.mode);
	osml__wipe(t->mask, sizeof t->mask);
	show(c.out, "\n");
	close_handles(&c);
}
