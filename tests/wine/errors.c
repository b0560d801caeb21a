/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The error mode, read back from Windows itself (A10), and the texts for Windows' own codes. */
#include "wine.h"

static void test_error_mode_round_trip(void)
{
	UINT first = SetErrorMode(OSML_SEM_FAILCRITICALERRORS);
	uint32_t previous = 0xffff;

	check_rc(osml_set_windows_error_mode(&previous, OSML_SEM_NOGPFAULTERRORBOX), 0, "set_windows_error_mode (S23)");
	check(previous == OSML_SEM_FAILCRITICALERRORS, "set_windows_error_mode: the previous mode comes back");
	check(GetErrorMode() == OSML_SEM_NOGPFAULTERRORBOX, "set_windows_error_mode: replaces, GetErrorMode says");
	check_rc(osml_set_windows_error_mode(NULL, previous), 0, "set_windows_error_mode: previous may be NULL");
	check(GetErrorMode() == OSML_SEM_FAILCRITICALERRORS, "set_windows_error_mode: the round trip ends where it began");
	SetErrorMode(first);
}

static void test_suppress(void)
{
	UINT first = SetErrorMode(0);
	uint32_t previous = 0xffff;

	check_rc(osml_suppress_windows_error_dialogs_for_process(&previous), 0, "suppress_windows_error_dialogs (S24)");
	check(previous == 0, "suppress_windows_error_dialogs: the previous mode comes back");
	check(GetErrorMode() == 0x8003, "suppress_windows_error_dialogs: sets 0x8003 and no other bit");
	check_rc(osml_suppress_windows_error_dialogs_for_process(&previous), 0, "suppress_windows_error_dialogs: again");
	check(previous == 0x8003, "suppress_windows_error_dialogs: its own mode comes back");
	check_rc(osml_suppress_windows_error_dialogs_for_process(NULL), 0, "suppress_windows_error_dialogs: previous may be NULL");
	check(OSML_SEM_FAILCRITICALERRORS == SEM_FAILCRITICALERRORS && OSML_SEM_NOGPFAULTERRORBOX == SEM_NOGPFAULTERRORBOX &&
	              OSML_SEM_NOOPENFILEERRORBOX == SEM_NOOPENFILEERRORBOX,
	      "the constants are Windows' own (S25)");
	SetErrorMode(first);
}

/* wine 8 starts every child with mode 0, whatever the parent set; where the control fails, the promise cannot be tried. */
static void test_error_mode_is_inherited(void)
{
	UINT first = SetErrorMode(OSML_SEM_FAILCRITICALERRORS);

	if (run_self("errormode") == OSML_SEM_FAILCRITICALERRORS) {
		check_rc(osml_suppress_windows_error_dialogs_for_process(NULL), 0,
		         "suppress_windows_error_dialogs: before a child is made");
		check(run_self("errormode") == 0x8003, "suppress_windows_error_dialogs: the child inherits the mode (S26)");
	} else {
		printf("     a child got %#lx\n", run_self("errormode"));
		skip("no child inherits what SetErrorMode set: suppress_windows_error_dialogs: the child inherits the mode (S26)");
	}
	SetErrorMode(first);
}

static void test_strerror(void)
{
	const char *text = osml_strerror(-(int)ERROR_ACCESS_DENIED);
	size_t len = strlen(text);

	printf("     %s\n", text);
	check(strstr(text, "denied") != NULL, "strerror: Windows' own text for a Windows code");
	check(len > 0 && strchr(text, '\n') == NULL && text[len - 1] != '.' && text[len - 1] != ' ', "strerror: trimmed");
	check(strlen(osml_strerror(-0x7ffffff)) > 0, "strerror: a code that Windows does not know has a text too");
	check(strcmp(osml_strerror(OSML_EUNSUPPORTED), osml_strerror(OSML_EINVAL)) != 0, "strerror: the library's own codes");
	check(strcmp(osml_error_name(OSML_EUNSUPPORTED), "OSML_EUNSUPPORTED") == 0, "error_name: the library's own code");
	/* 12 is ENOMEM elsewhere; here it is ERROR_INVALID_ACCESS. */
	check(strcmp(osml_error_name(-(int)ERROR_INVALID_ACCESS), "ENOMEM") != 0, "error_name: no errno name for a Windows code");
}

static void test_explain(void)
{
	char whole[512] = "", cut[8] = "";
	int len, rc = -(int)ERROR_ACCESS_DENIED;

	/* After one that was denied the sentence would be about that. */
	check_rc(osml_mlock(cut, sizeof cut), 0, "explain: a lock that is granted");
	check_rc(osml_munlock(cut, sizeof cut), 0, "explain: and ended");
	len = osml_explain(rc, whole, sizeof(whole));
	printf("     %s\n", whole);
	check(len > 0 && (size_t)len == strlen(whole), "explain: returns the length of the sentence");
	check(strstr(whole, "denied") != NULL, "explain: has Windows' own text");
	check(osml_explain(rc, cut, sizeof(cut)) == len && strlen(cut) == sizeof(cut) - 1, "explain: cut to the buffer, ended by NUL");
	check(osml_explain(rc, NULL, 0) == len, "explain: tells the length alone");
	check_rc(osml_explain(rc, NULL, 1), OSML_EINVAL, "explain: NULL with a length");
	check(osml_explain(OSML_EUNSUPPORTED, whole, sizeof(whole)) > 0, "explain: the library's own code");
	printf("     %s\n", whole);
	check(osml_explain(OSML_ELIMIT, whole, sizeof(whole)) > 0, "explain: the lock limit, without a figure for it");
	printf("     %s\n", whole);
}

void test_errors(void)
{
	test_error_mode_round_trip();
	test_suppress();
	test_error_mode_is_inherited();
	test_strerror();
	test_explain();
}
