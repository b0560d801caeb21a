/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Commands on Windows: this program runs itself. */
#include "wine.h"

#include <fcntl.h>
#include <io.h>
#include <shellapi.h>

#define LARGE (300u << 10) /* more than both pipes have room for */

static char self[MAX_PATH];

/* ---- What is run ---- */

static void print_arguments(void)
{
	int count;
	wchar_t **words = CommandLineToArgvW(GetCommandLineW(), &count);
	char word[256];

	for (int i = 3; words && i < count; i++)
		if (WideCharToMultiByte(CP_UTF8, 0, words[i], -1, word, sizeof word, NULL, NULL))
			printf("[%s]", word);
	LocalFree(words);
}

static void print_surroundings(void)
{
	const char *value = getenv("OSML_COMMAND"), *path = getenv("PATH");
	char directory[MAX_PATH];

	GetCurrentDirectoryA(sizeof directory, directory);
	printf("%s, %s, %s", value ? value : "none", path ? "PATH" : "no PATH", directory);
}

static void copy(void)
{
	static char bytes[4096];
	size_t n;

	while ((n = fread(bytes, 1, sizeof bytes, stdin)) > 0)
		fwrite(bytes, 1, n, stdout);
}

int command_child(int argc, char **argv)
{
	const char *task = argc > 2 ? argv[2] : "";
	DWORD flags;

	_setmode(0, _O_BINARY);
	_setmode(1, _O_BINARY);
	if (strcmp(task, "arguments") == 0)
		print_arguments();
	else if (strcmp(task, "length") == 0)
		printf("%u", (unsigned)strlen(argv[3]));
	else if (strcmp(task, "surroundings") == 0)
		print_surroundings();
	else if (strcmp(task, "copy") == 0)
		copy();
	else if (strcmp(task, "handle") == 0)
		return printf("%s", GetHandleInformation((HANDLE)(uintptr_t)atol(argv[3]), &flags) ? "inherited" : "none") == 9;
	else if (strcmp(task, "exit") == 0)
		return printf("part of a secret"), fflush(stdout), (int)strtoul(argv[3], NULL, 0);
	else if (strcmp(task, "wait") == 0)
		printf("%lu\n", GetCurrentProcessId()), fflush(stdout), Sleep(INFINITE);
	return 0;
}

/* ---- Who runs it ---- */

static osml_command command;

static int run(osml_buffer **b, const char *program, const char *task, const char *argument, const osml_buffer_options *o)
{
	const char *argv[] = { program, "command", task, argument, NULL };
	int rc;

	command.argv = argv;
	rc = osml_buffer_from_command(b, &command, LARGE, o, 0);
	command.argv = NULL;
	return rc;
}

static void test_arguments(void)
{
	static const char *const words[] = {
		"plain", "", "two words", "a\"b", "c:\\dir\\", "e \\\"f\\\\", "%PATH%", "\xc3\xbc\xe2\x82\xac", "tab\t", "&|<>^"
	};
	const char *argv[16] = { self, "command", "arguments" };
	char expected[256] = "";
	osml_buffer *b;

	for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
		argv[3 + i] = words[i];
		strcat(strcat(strcat(expected, "["), words[i]), "]");
	}
	command.argv = argv;
	check_rc(osml_buffer_from_command(&b, &command, 256, NULL, 0), 0, "from_command: a program");
	check_contents(b, expected, "from_command: each argument arrives as it is");
	osml_buffer_free(b);
	argv[3] = "\xff";
	check_rc(osml_buffer_from_command(&b, &command, 256, NULL, 0), -ERROR_NO_UNICODE_TRANSLATION,
	         "from_command: an argument that is no UTF-8");
}

static void test_surroundings(void)
{
	static const char *const own[] = { "", "OSML_COMMAND=one \xc3\xbc", "", "SystemRoot=C:\\windows", NULL };
	char folder[MAX_PATH], expected[2 * MAX_PATH];
	osml_buffer *b;

	GetWindowsDirectoryA(folder, sizeof folder);
	command.directory = folder;
	check_rc(run(&b, self, "surroundings", NULL, NULL), 0, "from_command: in another directory");
	snprintf(expected, sizeof expected, "none, PATH, %s", folder);
	check_contents(b, expected, "from_command: the environment of this process, and the directory");
	osml_buffer_free(b);
	command.envp = own;
	check_rc(run(&b, self, "surroundings", NULL, NULL), 0, "from_command: with an environment");
	check(b && strstr(osml_buffer_data(b), "no PATH") && memcmp(osml_buffer_data(b), "one ", 4) == 0,
	      "from_command: that environment alone");
	osml_buffer_free(b);
	command.envp = NULL;
	command.directory = "C:\\no such folder";
	check(run(&b, self, "surroundings", NULL, NULL) < 0 && !b, "from_command: a directory that is missing");
	command.directory = NULL;
}

/* As long as a line may be, with room for the rest of it. */
static void test_long_arguments(void)
{
	static char word[32000];
	const char *argv[] = { self, "command", "length", word, NULL };
	osml_buffer *b;

	memset(word, 'a', sizeof word - 1);
	command.argv = argv;
	check_rc(osml_buffer_from_command(&b, &command, 64, NULL, 0), 0, "from_command: an argument of 31999 characters");
	check_contents(b, "31999", "from_command: all of it arrives");
	osml_buffer_free(b);
}

/* Beside this one, where the DLL is. */
static void test_odd_program(void)
{
	static const wchar_t name[] = L"a program \u00fc\u20ac.exe";
	wchar_t wide[MAX_PATH], copy[MAX_PATH];
	char path[3 * MAX_PATH];
	osml_buffer *b;

	GetModuleFileNameW(NULL, wide, MAX_PATH);
	wcscpy(copy, wide);
	wcscpy(wcsrchr(copy, L'\\') + 1, name);
	WideCharToMultiByte(CP_UTF8, 0, copy, -1, path, sizeof path, NULL, NULL);
	check(CopyFileW(wide, copy, FALSE), "control: a copy of this program");
	check_rc(run(&b, path, "length", "abc", NULL), 0, "from_command: a program with an odd name");
	check_contents(b, "3", "from_command: what it writes");
	osml_buffer_free(b);
	DeleteFileW(copy);
}

static void test_input(void)
{
	osml_buffer *input, *b;
	int equal = 0;

	check_rc(osml_buffer_new(&input, LARGE - 100, NULL), 0, "buffer_new");
	check_rc(osml_buffer_random(input, 0, LARGE - 100), 0, "buffer_random");
	command.input = input;
	check_rc(run(&b, self, "copy", NULL, NULL), 0, "from_command: input that the pipes have no room for");
	check(osml_buffer_equal(&equal, b, input) == 0 && equal, "from_command: all of it arrives, and comes back");
	osml_buffer_free(b);
	check_rc(run(&b, self, "arguments", "x", NULL), 0, "from_command: a program that does not read");
	check_contents(b, "[x]", "from_command: its output");
	osml_buffer_free(b);
	command.input = NULL;
	osml_buffer_free(input);
	check_rc(run(&b, self, "copy", NULL, NULL), OSML_EEMPTY, "from_command: no input is an empty one");
}

static void test_ends(void)
{
	char text[256];
	osml_buffer *b;

	check_rc(run(&b, self, "exit", "3", NULL), OSML_ECOMMAND, "from_command: a program that fails");
	check(!b && command.status == 3, "from_command: its status, and no buffer");
	check_rc(run(&b, self, "exit", "0xC0000005", NULL), OSML_ECOMMAND, "from_command: a program that crashed");
	check(command.status == (int)0xC0000005, "from_command: its exception");
	osml_explain(OSML_ECOMMAND, text, sizeof text);
	check(strstr(text, "0xC0000005") != NULL, "explain: names the exception");
	check_rc(run(&b, self, "exit", "0xE06D7363", NULL), OSML_ECOMMAND,
	         "from_command: a program with a C++ exception that nobody caught");
	osml_explain(OSML_ECOMMAND, text, sizeof text);
	check(strstr(text, "exception, 0xE06D7363") != NULL, "explain: names it as well");
	check_rc(run(&b, self, "exit", "-1", NULL), OSML_ECOMMAND, "from_command: a program that ends with -1");
	osml_explain(OSML_ECOMMAND, text, sizeof text);
	check(strstr(text, "exit status was 4294967295") != NULL, "explain: that was no signal");
}

static void test_search_behind_a_folder(const char *name, const char *folder)
{
	char first[MAX_PATH], both[2 * MAX_PATH], taken[2 * MAX_PATH];
	osml_buffer *b;

	snprintf(first, sizeof first, "%s\\osml-first", folder);
	snprintf(taken, sizeof taken, "%s\\%s", first, name);
	snprintf(both, sizeof both, "%s;%s", first, folder);
	check(CreateDirectoryA(first, NULL) && CreateDirectoryA(taken, NULL),
	      "control: a folder named like this program, before it in PATH");
	SetEnvironmentVariableA("PATH", both);
	check_rc(run(&b, name, "arguments", "x", NULL), 0, "from_command: a folder does not hide the program behind it");
	osml_buffer_free(b);
	RemoveDirectoryA(taken);
	RemoveDirectoryA(first);
}

static void test_search(void)
{
	char *name = strrchr(self, '\\') + 1, path[32768], folder[MAX_PATH], quoted[MAX_PATH + 16];
	osml_buffer *b;
	HANDLE h;

	GetEnvironmentVariableA("PATH", path, sizeof path);
	snprintf(folder, sizeof folder, "%.*s", (int)(name - self - 1), self);
	SetCurrentDirectoryA(folder);
	check_rc(run(&b, name, "arguments", "x", NULL), -ERROR_FILE_NOT_FOUND,
	         "from_command: not in the current directory, nor beside this program");
	SetEnvironmentVariableA("PATH", NULL);
	check_rc(run(&b, name, "arguments", "x", NULL), -ERROR_FILE_NOT_FOUND, "from_command: nowhere without PATH");
	check_rc(run(&b, self, "arguments", "x", NULL), 0, "from_command: by its whole path, without PATH");
	osml_buffer_free(b);
	SetEnvironmentVariableA("PATH", path);
	check_rc(run(&b, "no-such-program", "", NULL, NULL), -ERROR_FILE_NOT_FOUND, "from_command: a program that is not there");
	SetEnvironmentVariableA("PATH", "C:\\windows;;.;C:;C:\\windows\\system32");
	check_rc(run(&b, name, "arguments", "x", NULL), -ERROR_FILE_NOT_FOUND,
	         "from_command: not in the current directory by an element of PATH");
	snprintf(quoted, sizeof quoted, "C:\\windows;\"%s\"", folder);
	SetEnvironmentVariableA("PATH", quoted);
	check_rc(run(&b, name, "arguments", "x", NULL), 0, "from_command: in an element of PATH in quotes");
	osml_buffer_free(b);
	SetEnvironmentVariableA("PATH", folder);
	check(CreateDirectoryA("osml-folder.exe", NULL), "control: a folder that is named like a program");
	check_rc(run(&b, "osml-folder", "", NULL, NULL), -ERROR_FILE_NOT_FOUND, "from_command: a folder is no program");
	RemoveDirectoryA("osml-folder.exe");
	test_search_behind_a_folder(name, folder);
	SetEnvironmentVariableA("PATH", folder);
	*strrchr(name, '.') = '\0';
	check_rc(run(&b, name, "arguments", "x", NULL), 0, "from_command: in PATH, and without .exe");
	osml_buffer_free(b);
	name[strlen(name)] = '.';
	h = CreateFileA("osml.BAT", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
	check(h != INVALID_HANDLE_VALUE && CloseHandle(h), "control: a batch file");
	check_rc(run(&b, "osml.BAT", "", NULL, NULL), -ERROR_BAD_EXE_FORMAT, "from_command: a batch file");
	check(strcmp(osml_error_name(-ERROR_BAD_EXE_FORMAT), "ERROR_BAD_EXE_FORMAT") == 0, "error_name: that code's");
	check_rc(run(&b, "osml.bat. .", "", NULL, NULL), -ERROR_BAD_EXE_FORMAT, "from_command: the same file by another name");
	DeleteFileA("osml.BAT");
	SetEnvironmentVariableA("PATH", path);
}

static int after_some_questions(void *left)
{
	return --*(int *)left <= 0;
}

/* The last of many, so that the program has no handle of its own with that number. */
static void test_handles_of_a_command(void)
{
	SECURITY_ATTRIBUTES inheritable = { .nLength = sizeof inheritable, .bInheritHandle = TRUE };
	HANDLE events[2000];
	const unsigned last = sizeof events / sizeof *events - 1;
	char number[32];
	osml_buffer *b;

	for (unsigned i = 0; i <= last; i++)
		events[i] = CreateEventW(i == last ? &inheritable : NULL, TRUE, FALSE, NULL);
	snprintf(number, sizeof number, "command handle %lu", (unsigned long)(uintptr_t)events[last]);
	check(run_self(number) == 1, "control: a program that inherits all gets it");
	check_rc(run(&b, self, "handle", number + strlen("command handle "), NULL), 0, "from_command: beside an inheritable handle");
	check_contents(b, "none", "from_command: which the program does not get");
	osml_buffer_free(b);
	for (unsigned i = 0; i <= last; i++)
		CloseHandle(events[i]);
}

static void test_interruption(void)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	int left = 5;
	DWORD before = 0, after = 0;
	osml_buffer *b;

	GetProcessHandleCount(GetCurrentProcess(), &before);
	o.interrupted = after_some_questions;
	o.context = &left;
	check_rc(run(&b, self, "wait", NULL, &o), -ERROR_OPERATION_ABORTED, "from_command: interrupted");
	check(!b && left == 0, "from_command: no buffer, and nobody is asked again");
	GetProcessHandleCount(GetCurrentProcess(), &after);
	check(before == after, "from_command: no handle is left");
}

void test_commands(void)
{
	command = (osml_command)OSML_COMMAND_INIT;
	GetModuleFileNameA(NULL, self, sizeof self);
	test_arguments();
	test_surroundings();
	test_long_arguments();
	test_odd_program();
	test_input();
	test_ends();
	test_search();
	test_handles_of_a_command();
	test_interruption();
}
