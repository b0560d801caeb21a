/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the files of this program share. */
#ifndef WINE_H
#define WINE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "osmemlock.h"

void check(int right, const char *promise);
void skip(const char *reason);
void check_rc(int rc, int expected, const char *promise);
void check_contents(osml_buffer *b, const char *expected, const char *promise); /* NULL: that is wrong, too */

/* VmLck of this process in kB, or -1 when nobody tells. */
long locked_kb(void);
void check_locked(long before, long pages, const char *promise);

size_t page_size(void);
char *map_pages(size_t pages);

void test_locks(void);
void test_quota(void); /* in a process that may lock 16 KiB */
void test_absent(void);
void test_errors(void);
void test_sources(void);
void test_handles(void);
void test_harden(void);
int access_child(DWORD process); /* which rights to that process this one has not got */
void test_prompt(void);          /* on a console, where somebody types: console.py */
int environment_child(void);
void test_commands(void);
int command_child(int argc, char **argv); /* the program that test_commands() runs */

/* This program again, with that argument and all inheritable handles: its exit code; 0xdead when it could not be started. */
DWORD run_self(const char *part);

#endif
