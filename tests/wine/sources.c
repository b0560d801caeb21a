/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Sources on Windows: descriptors of the C runtime, files with odd names, and the environment, which is there twice (R10). */
#include "wine.h"

#include <fcntl.h>
#include <io.h>

static void test_pipe_in_text_mode(void)
{
	static const char text[] = "pass\r\n\x1aword\r\n";
	osml_buffer *b;
	int ends[2];
	DWORD wrote;

	check(_pipe(ends, 4096, _O_TEXT) == 0 && WriteFile((HANDLE)_get_osfhandle(ends[1]), text, sizeof text - 1, &wrote, NULL),
	      "control: a pipe");
	_close(ends[1]);
	check_rc(osml_buffer_from_fd(&b, ends[0], 64, NULL, 0), 0, "from_fd: a pipe in text mode");
	check_contents(b, text, "from_fd: nothing is translated, and Ctrl-Z is no end");
	osml_buffer_free(b);
	_close(ends[0]);
}

static void test_write(void)
{
	char got[16] = "";
	osml_buffer *b;
	int ends[2];

	check_rc(osml_buffer_new(&b, 4, NULL), 0, "buffer_new");
	check_rc(osml_buffer_write(b, 0, "a\nb\n", 4), 0, "buffer_write");
	check(_pipe(ends, 4096, _O_TEXT) == 0, "control: a pipe");
	check_rc(osml_buffer_write_fd(b, ends[1], NULL), 0, "write_fd: a pipe in text mode");
	_setmode(ends[0], _O_BINARY);
	check(_read(ends[0], got, sizeof got) == 4 && memcmp(got, "a\nb\n", 4) == 0, "write_fd: nothing is translated");
	_close(ends[0]);
	check(osml_buffer_write_fd(b, ends[1], NULL) < 0, "write_fd: a pipe that nobody reads is an error");
	_close(ends[1]);
	check_rc(osml_buffer_write_fd(b, ends[1], NULL), -ERROR_INVALID_HANDLE, "write_fd: a closed descriptor");
	check_rc(osml_buffer_write_fd(b, -1, NULL), -ERROR_INVALID_HANDLE, "write_fd: -1");
	osml_buffer_free(b);
}

static void test_bad_descriptors(void)
{
	osml_buffer *b = (osml_buffer *)&b;

	check_rc(osml_buffer_from_fd(&b, -1, 64, NULL, 0), -ERROR_INVALID_HANDLE, "from_fd: -1");
	check(b == NULL, "from_fd: *out is NULL");
	check_rc(osml_buffer_from_fd(&b, 999, 64, NULL, 0), -ERROR_INVALID_HANDLE, "from_fd: a number that is not open");
}

static void test_files(void)
{
	static const wchar_t name[] = L"a secret \u00fc\u20ac.txt";
	char path[64];
	osml_buffer *b;
	HANDLE h = CreateFileW(name, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
	DWORD wrote;

	check(h != INVALID_HANDLE_VALUE && WriteFile(h, "hunter2\r\n", 9, &wrote, NULL), "control: a file");
	CloseHandle(h);
	WideCharToMultiByte(CP_UTF8, 0, name, -1, path, sizeof path, NULL, NULL);
	check_rc(osml_buffer_from_file(&b, path, 64, NULL, OSML_TRIM_NEWLINE), 0,
	         "from_file: a name with spaces and letters of no code page, in UTF-8");
	check_contents(b, "hunter2", "from_file: its contents");
	osml_buffer_free(b);
	check_rc(osml_buffer_from_file(&b, path, 6, NULL, 0), OSML_ETOOBIG, "from_file: longer than the maximum");
	DeleteFileW(name);
	check_rc(osml_buffer_from_file(&b, path, 64, NULL, 0), -ERROR_FILE_NOT_FOUND, "from_file: it is gone");
	check(osml_buffer_from_file(&b, "C:\\windows", 64, NULL, 0) < 0, "from_file: a directory is an error");
	check(osml_buffer_from_file(&b, "\xff\xfe", 64, NULL, 0) < 0, "from_file: a name that is no UTF-8 is an error");
}

/* ---- The environment ---- */

#define NEEDLE      64u
#define HEAD        40u            /* of it: what a heap or a shorter text may overwrite by chance */
#define NEEDLE_NAME "~OSML_NEEDLE" /* the last of all, so that none is moved to its place */

/* Byte by byte, so that no copy lies in the program. */
static char needle_at(unsigned i)
{
	return (char)('A' + (i * 7 + i / 26 * 5 + 3) % 26);
}

static int matches(const unsigned char *at, unsigned from, unsigned width)
{
	for (unsigned i = from; i < NEEDLE; i++, at += width)
		if (*at != (unsigned char)needle_at(i) || (width == 2 && at[1]))
			return 0;
	return 1;
}

/* Of all but its head, in all memory that can be written, narrow or wide, but for `own`. */
static unsigned copies(const unsigned char *own)
{
	const size_t most = 2 * (NEEDLE - HEAD);
	MEMORY_BASIC_INFORMATION info;
	unsigned found = 0;

	for (const unsigned char *at = NULL; VirtualQuery(at, &info, sizeof info);
	     at = (unsigned char *)info.BaseAddress + info.RegionSize) {
		const unsigned char *start = info.BaseAddress;
		if (info.State != MEM_COMMIT || info.Protect != PAGE_READWRITE)
			continue;
		for (size_t i = 0; i + most <= info.RegionSize; i++)
			found += start[i] == (unsigned char)needle_at(HEAD) && (!own || start + i != own + HEAD) &&
			         (matches(start + i, HEAD, 1) || matches(start + i, HEAD, 2));
	}
	return found;
}

/*
 * In a process that was started with the variable. 0: the runtime's copy and the system's are gone, not only from their lists. What other
 * libraries have copied as they were loaded stays (below wine its own C runtimes: 6 of 9 copies).
 */
int environment_child(void)
{
	osml_buffer *b;
	unsigned before = copies(NULL), after;
	const char *value = getenv(NEEDLE_NAME);

	if (before < 3 || !value || !matches((const unsigned char *)value, 0, 1)) /* control: the C runtime has two, the system one */
		return 1001;
	/* One more at most, of the search itself: in a copy that is not ended the needle is twice. */
	if (osml_buffer_from_env(&b, NEEDLE_NAME, NEEDLE - 1, NULL, 0) != OSML_ETOOBIG || copies(NULL) > before + 1)
		return 1006;
	if (osml_buffer_from_env(&b, NEEDLE_NAME, NEEDLE, NULL, 0) || osml_buffer_size(b) != NEEDLE || !matches(osml_buffer_data(b), 0, 1))
		return 1002;
	after = copies(osml_buffer_data(b));
	if (after + 3 > before || matches((const unsigned char *)value + HEAD, HEAD, 1))
		return 1005;
	if (getenv(NEEDLE_NAME) || GetEnvironmentVariableA(NEEDLE_NAME, NULL, 0))
		return 1003;
	osml_buffer_free(b);
	return osml_buffer_from_env(&b, NEEDLE_NAME, NEEDLE, NULL, 0) == -ERROR_FILE_NOT_FOUND ? 0 : 1004;
}

/* In the code page: what getenv() gave was another secret. */
static void test_characters(void)
{
	osml_buffer *b;
	const char *narrow;

	_wputenv(L"OSML_ARROW=pa\x2192\xD83D\xDE00ss");
	check((narrow = getenv("OSML_ARROW")) && !strcmp(narrow, "pa???ss"), "control: a value that the code page has not");
	check_rc(osml_buffer_from_env(&b, "OSML_ARROW", 11, NULL, 0), 0, "from_env: characters that the code page has not");
	check_contents(b, "pa\xE2\x86\x92\xF0\x9F\x98\x80ss", "from_env: in UTF-8");
	check(!GetEnvironmentVariableW(L"OSML_ARROW", NULL, 0) && !getenv("OSML_ARROW"), "from_env: the variable is gone");
	check(!strstr(narrow, "???ss"), "from_env: and the runtime's copy of it");
	osml_buffer_free(b);
	_wputenv(L"OSML_ARROW=pa\xFCss");
	check_rc(osml_buffer_from_env(&b, "osml_arrow", 64, NULL, 0), 0, "from_env: characters that it has; a name in other letters");
	check_contents(b, "pa\xC3\xBCss", "from_env: these in UTF-8, too");
	check(!getenv("OSML_ARROW"), "from_env: that variable is gone");
	osml_buffer_free(b);
}

static void test_names_of_variables(void)
{
	osml_buffer *b;
	const char *narrow;

	_wputenv(L"OSML_\xFC\x2192=secret");
	narrow = getenv("OSML_\xFC?");
	check(narrow && !strcmp(narrow, "secret"), "control: the runtime has a name of its own for that variable");
	check_rc(osml_buffer_from_env(&b, "OSML_\xC3\xBC\xE2\x86\x92", 64, NULL, 0), 0, "from_env: a name in UTF-8");
	check_contents(b, "secret", "from_env: its value");
	check(!GetEnvironmentVariableW(L"OSML_\xFC\x2192", NULL, 0), "from_env: the system's copy is gone");
	check(!strstr(narrow, "secret"), "from_env: and the runtime's");
	osml_buffer_free(b);
	check_rc(osml_buffer_from_env(&b, "OSML_\xFC", 64, NULL, 0), -ERROR_NO_UNICODE_TRANSLATION, "from_env: a name that is no UTF-8");
}

static void test_variable_that_cannot_be_taken(void)
{
	osml_buffer *b;

	_wputenv(L"OSML_HALF=pa\xD800ss");
	check_rc(osml_buffer_from_env(&b, "OSML_HALF", 64, NULL, 0), -ERROR_NO_UNICODE_TRANSLATION, "from_env: half a character");
	check(GetEnvironmentVariableW(L"OSML_HALF", NULL, 0) == 6, "from_env: the variable is still there then");
	_wputenv(L"OSML_HALF=");
	SetEnvironmentVariableW(L"OSML_LONG", L"secret");
	check_rc(osml_buffer_from_env(&b, "OSML_LONG", 5, NULL, 0), OSML_ETOOBIG, "from_env: longer than the maximum");
	check(GetEnvironmentVariableW(L"OSML_LONG", NULL, 0) == 7, "from_env: and still there");
	check_rc(osml_buffer_from_env(&b, "OSML_LONG", 6, NULL, 0), 0, "from_env: a variable that the C runtime has not");
	check_contents(b, "secret", "from_env: the system's value");
	check(!GetEnvironmentVariableW(L"OSML_LONG", NULL, 0), "from_env: which is gone");
	osml_buffer_free(b);
}

static void test_environment(void)
{
	char needle[NEEDLE + 1] = "";

	for (unsigned i = 0; i < NEEDLE; i++)
		needle[i] = needle_at(i);
	SetEnvironmentVariableA(NEEDLE_NAME, needle);
	check(run_self("environment") == 0, "from_env: a variable that the process was started with");
	SetEnvironmentVariableA(NEEDLE_NAME, NULL);
	test_characters();
	test_names_of_variables();
	test_variable_that_cannot_be_taken();
}

/* ---- Credentials ---- */

static void put_file(const wchar_t *path, const char *text)
{
	HANDLE h = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
	DWORD wrote;

	check(h != INVALID_HANDLE_VALUE && WriteFile(h, text, (DWORD)strlen(text), &wrote, NULL), "control: a file");
	CloseHandle(h);
}

static void test_names_of_credentials(void)
{
	static const char *const bad[] = { "",        ".",        "..",          "..\\outside", "a/b",      "C:a",  "a:b",
		                           "inside.", "in ",      ".. ",         "NUL",         "nul.txt",  "Con ", "aux .x",
		                           "COM1",    "lpt9.log", "COM\xC2\xB9", "CONIN$",      "conout$.a" };
	static const char *const fine[] = { "nulls", "COM", "COM10", "a..b", "xNUL" };
	osml_buffer *b;

	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
		printf("     %s\n", bad[i]);
		check_rc(osml_buffer_from_credential(&b, bad[i], 64, NULL, 0), OSML_EINVAL, "from_credential: what names no file");
	}
	for (unsigned i = 0; i < sizeof fine / sizeof *fine; i++)
		check_rc(osml_buffer_from_credential(&b, fine[i], 64, NULL, 0), -ERROR_FILE_NOT_FOUND, "from_credential: what does");
}

static void test_credentials(void)
{
	static const char *const relative[] = { "", "creds", ".", "C:", "C:creds", "\\creds", "/creds", "1:\\creds" };
	wchar_t folder[MAX_PATH], path[MAX_PATH + 32];
	osml_buffer *b;

	GetCurrentDirectoryW(MAX_PATH, folder);
	wcscat(folder, L"\\credentials \u20ac");
	check(CreateDirectoryW(folder, NULL), "control: a folder");
	swprintf(path, MAX_PATH + 32, L"%ls\\inside", folder);
	put_file(path, "hunter2");
	SetEnvironmentVariableW(L"CREDENTIALS_DIRECTORY", folder);
	check_rc(osml_buffer_from_credential(&b, "inside", 64, NULL, 0), 0, "from_credential: a folder on a drive");
	check_contents(b, "hunter2", "from_credential: the file's contents");
	osml_buffer_free(b);
	check_rc(osml_buffer_from_credential(&b, "none", 64, NULL, 0), -ERROR_FILE_NOT_FOUND, "from_credential: no such file");
	test_names_of_credentials();
	DeleteFileW(path);
	RemoveDirectoryW(folder);
	for (unsigned i = 0; i < sizeof relative / sizeof *relative; i++) {
		SetEnvironmentVariableA("CREDENTIALS_DIRECTORY", relative[i]);
		check_rc(osml_buffer_from_credential(&b, "inside", 64, NULL, 0), -ERROR_DIRECTORY,
		         "from_credential: a folder that depends on the current one");
	}
	SetEnvironmentVariableA("CREDENTIALS_DIRECTORY", NULL);
	check_rc(osml_buffer_from_credential(&b, "inside", 64, NULL, 0), -ERROR_FILE_NOT_FOUND, "from_credential: without the variable");
}

/* ---- The console ---- */

static HANDLE open_console(const wchar_t *name)
{
	return CreateFileW(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
}

static DWORD console_mode(void)
{
	HANDLE console = open_console(L"CONIN$");
	DWORD mode = 0;

	GetConsoleMode(console, &mode);
	CloseHandle(console);
	return mode;
}

/* Not to its end: Ctrl-Z ends nothing below wine. */
static void test_console_handle(void)
{
	HANDLE console = open_console(L"CONIN$"), screen = open_console(L"CONOUT$");
	DWORD wrote;
	osml_buffer *b;
	size_t got;

	WriteFile(screen, "handle? ", 8, &wrote, NULL);
	check_rc(osml_buffer_new(&b, 6, NULL), 0, "buffer_new");
	check_rc(osml_buffer_read_fd(b, 0, 6, osml_fd_from_os_handle((intptr_t)console), &got, NULL), 0,
	         "read_fd: the handle of a console");
	check_contents(b, "a line", "read_fd: what was typed at the console");
	osml_buffer_free(b);
	CloseHandle(screen);
	CloseHandle(console);
}

static void press(const wchar_t *keys, BOOL down)
{
	HANDLE console = open_console(L"CONIN$");
	DWORD n;

	for (; *keys; keys++) {
		INPUT_RECORD record = { .EventType = KEY_EVENT, .Event.KeyEvent = { down, 1, 'A', 0, { *keys }, 0 } };
		WriteConsoleInputW(console, &record, 1, &n);
	}
	CloseHandle(console);
}

/* While the prompt waits, because it drops what was there when it begins. Escape takes "x" back; the second line is one that was pasted behind. */
static int paste(void *asked)
{
	if (++*(int *)asked == 1)
		press(L"x\x1Bone\rtwo\r", TRUE);
	return *(int *)asked == 100;
}

static void test_prompt_with_a_paste(void)
{
	int asked = 0;
	osml_buffer_options options = {
		.struct_size = sizeof options, .want = OSML_DEFAULT_PROTECTIONS, .interrupted = paste, .context = &asked
	};
	HANDLE console = open_console(L"CONIN$");
	DWORD left = 1;
	osml_buffer *b;

	check_rc(osml_buffer_prompt(&b, "pasted? ", 64, &options, 0), 0, "prompt: keys that a program sends");
	check(GetNumberOfConsoleInputEvents(console, &left) && left == 0, "prompt: what was pasted behind the answer is dropped");
	check_contents(b, "one", "prompt: Escape takes the line back");
	osml_buffer_free(b);
	CloseHandle(console);
}

/* As of the Enter that has started the program. */
static int release_a_key(void *asked)
{
	if (++*(int *)asked == 1)
		press(L"a", FALSE);
	return *(int *)asked == 4;
}

static void test_prompt_that_is_given_up(void)
{
	int asked = 0;
	osml_buffer_options options = {
		.struct_size = sizeof options, .want = OSML_DEFAULT_PROTECTIONS, .interrupted = release_a_key, .context = &asked
	};
	osml_buffer *b;

	check_rc(osml_buffer_prompt(&b, "nobody? ", 64, &options, 0), -ERROR_OPERATION_ABORTED,
	         "prompt: given up, although a key was released");
	check(asked == 4, "prompt: the caller was asked until then");
}

void test_prompt(void)
{
	DWORD before = console_mode();
	osml_buffer *b;

	check(before & ENABLE_ECHO_INPUT, "control: the console shows what is typed");
	check_rc(osml_buffer_prompt(&b, "secret? ", 64, NULL, 0), 0, "prompt");
	check_contents(b,
	               "hunter\xc3\xbc"
	               "2",
	               "prompt: what was typed, in UTF-8, without the end of the line");
	check(console_mode() == before, "prompt: the console is as before");
	osml_buffer_free(b);
	check_rc(osml_buffer_prompt(&b, "long? ", 8192, NULL, 0), 0, "prompt: a line of 5000 characters");
	check(osml_buffer_size(b) == 5000, "prompt: all of them");
	osml_buffer_free(b);
	check_rc(osml_buffer_prompt(&b, "edited? ", 64, NULL, 0), 0, "prompt: a line that was edited");
	check_contents(b, "wo\xF0\x9F\x98\x80n", "prompt: Backspace took a character, not a byte");
	osml_buffer_free(b);
	check_rc(osml_buffer_prompt(&b, "ended? ", 64, NULL, 0), OSML_EEMPTY, "prompt: Ctrl-Z");
	test_prompt_with_a_paste();
	test_prompt_that_is_given_up();
	test_console_handle();
}

static void test_without_console(void)
{
	osml_buffer *b;

	FreeConsole();
	check(osml_buffer_prompt(&b, "secret? ", 64, NULL, 0) < 0, "prompt: without a console it is an error");
}

void test_sources(void)
{
	test_pipe_in_text_mode();
	test_write();
	test_bad_descriptors();
	test_files();
	test_environment();
	test_credentials();
	test_without_console();
}
