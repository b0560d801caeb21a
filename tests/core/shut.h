/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * An exact moment in the middle of a call: it meets a page without access, and the handler of that fault opens the page, calls what the test wants to
 * happen meanwhile, and lets the call go on.
 */
#ifndef OSML_TEST_SHUT_H
#define OSML_TEST_SHUT_H

#include "support.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define NOT_EXACT "valgrind does not go on just where the fault was"

/* The handlers do what few handlers may, since the fault comes where the test says. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return "report_signal_unsafe=0";
}

static char *shut;              /* the page that the call stumbles over */
static void (*meanwhile)(void); /* NULL: nothing happens, the control */
static unsigned faults;

static void on_fault(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	faults++;
	if ((char *)info->si_addr < shut || (char *)info->si_addr >= shut + support_page_size() ||
	    mprotect(shut, support_page_size(), PROT_READ | PROT_WRITE))
		_exit(CHILD_FAILED);
	if (meanwhile)
		meanwhile();
}

/* cmocka takes its own handler of the fault back after each test. */
static void shut_page_of(void *data)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	size_t page = support_page_size();

	CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
	shut = (char *)data - (uintptr_t)data % page;
	faults = 0;
	CHECK(mprotect(shut, page, PROT_NONE) == 0);
}

#endif
