/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "commands.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_HELD = 4096, ROUNDS_AFTER = 1000 };
#define PAGE 4096u

static void *others[MOST_HELD];

static unsigned char *place_of(void *one)
{
	return (unsigned char *)subject_data(holder->subject, one);
}

static void scribble(volatile unsigned char *at, long n)
{
	for (long i = 0; i < n; i++)
		at[i] ^= 0x5a;
}

/* ---- What every subject can be asked ---------------------------------------------------------------------------------------------------- */

static void release(long first, long second)
{
	uint64_t before = reported();
	(void)first, (void)second;
	let_go(held);
	printf("ready %d\n", reported() != before);
}

static void where(long first, long second)
{
	(void)first, (void)second;
	printf("ready %p\n", (void *)place_of(held));
}

static void use(long first, long second)
{
	(void)first, (void)second;
	printf("ready %d\n", sum_held());
}

static void end(long first, long second)
{
	(void)second;
	first ? _exit(0) : exit(0);
}

/* ---- Children. Each waits to be searched, and ends with its parent -------------------------------------------------------------------------- */

static void wait_as_child(void)
{
	char c;
	while (read(STDIN_FILENO, &c, 1) > 0)
		continue;
	_exit(0);
}

static void child_fork(long first, long second)
{
	(void)first, (void)second;
	pid_t child = fork();
	if (child == 0)
		wait_as_child();
	printf("ready %d\n", (int)child);
}

/* No handler of any library hears of it. */
static void child_clone(long first, long second)
{
	(void)first, (void)second;
	pid_t child = (pid_t)syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L);
	if (child == 0)
		wait_as_child();
	printf("ready %d\n", (int)child);
}

static void child_exec(long first, long second)
{
	(void)first, (void)second;
	pid_t child = vfork();
	if (child == 0) {
		execlp("cat", "cat", (char *)NULL);
		_exit(1);
	}
	printf("ready %d\n", (int)child);
}

/* ---- Misuse --------------------------------------------------------------------------------------------------------------------------------- */

static void poke(long first, long second)
{
	holder->poke ? holder->poke(held, first, second) : scribble(place_of(held) + first, second);
	printf("ready\n");
}

static void peek(long first, long second)
{
	const volatile unsigned char *at = (const volatile unsigned char *)first;
	int any = 0;
	for (long i = 0; i < second; i++)
		any |= at[i];
	printf("ready %s\n", any ? "bytes" : "zeros");
}

/* Into memory that was freed; then the next one that gets it is made and freed. */
static void poke_freed(long first, long second)
{
	uint64_t before = reported();
	scribble((unsigned char *)first, second);
	void *next = hold_filler();
	if (next != NULL)
		let_go(next);
	printf("ready %d\n", reported() != before);
}

static void release_again(long first, long second)
{
	uint64_t before = reported();
	(void)first, (void)second;
	let_go(held);
	int told = reported() != before;
	void *one = hold_filler(), *other = hold_filler();
	printf("ready %s\n", one && other && place_of(one) == place_of(other) ? "same" : told ? "told" : "apart");
}

/* ---- Many, and at the same time ---------------------------------------------------------------------------------------------------------- */

static void fill(long first, long second)
{
	long count = 0;
	(void)second;
	while (count < first && count < MOST_HELD && (others[count] = hold_filler()) != NULL)
		count++;
	printf("ready %ld\n", count);
}

/* Of two secrets on one page the first is freed: the address of the other, or 0 when no two share a page. */
static void pair(long first, long second)
{
	uintptr_t kept = 0;
	(void)first, (void)second;
	for (int i = 0; i < 80 && !kept && (others[i] = hold_filler()) != NULL; i++)
		for (int j = 0; j < i && !kept; j++)
			if ((uintptr_t)place_of(others[i]) / PAGE == (uintptr_t)place_of(others[j]) / PAGE) {
				kept = (uintptr_t)place_of(others[i]);
				let_go(others[j]);
			}
	printf("ready %#lx\n", (unsigned long)kept);
}

static atomic_int sum_before, used, closed, outcome; /* outcome: 1 told, 2 read something else */

static void *use_on(void *unused)
{
	for (int after = 0; after < ROUNDS_AFTER && !outcome; after += closed) {
		int sum = sum_held();
		if (sum != sum_before)
			outcome = sum < 0 ? 1 : 2;
		used = 1;
	}
	return unused;
}

static void race(long first, long second)
{
	pthread_t user;
	(void)first, (void)second;
	sum_before = sum_held();
	if (pthread_create(&user, NULL, use_on, NULL) != 0)
		return (void)printf("ready na\n");
	while (used == 0)
		continue;
	holder->close ? holder->close(held) : let_go(held);
	closed = 1;
	pthread_join(user, NULL);
	printf("ready %s\n", outcome == 1 ? "told" : outcome == 2 ? "wrong" : "whole");
}

static pthread_t reader;

static void *read_more(void *unused)
{
	hold_more(4096);
	return unused;
}

/* Until what is in the pipe was read, so that the thread has it, and waits for the rest or is about to. */
static void read_begin(long first, long second)
{
	int left = 1;
	(void)first, (void)second;
	if (pthread_create(&reader, NULL, read_more, NULL) != 0)
		return (void)printf("ready na\n");
	while (ioctl(MORE_FD, FIONREAD, &left) == 0 && left > 0)
		sched_yield();
	printf("ready reads\n");
}

static void read_cancel(long first, long second)
{
	(void)first, (void)second;
	pthread_cancel(reader);
	pthread_join(reader, NULL);
	printf("ready\n");
}

static void more(long first, long second)
{
	(void)first, (void)second;
	printf("ready %s\n", hold_more(4096) == NULL ? "refused" : "held");
}

/* A call that asks for less than there is. Without such a call nothing can be refused. */
static void refuse(long first, long second)
{
	(void)first, (void)second;
	if (!holder->from_fd)
		printf("ready na\n");
	else
		printf("ready %s\n", hold_more(SECRET / 2) == NULL ? "refused" : "taken");
}

const struct command commands[] = {
	{ "release", release },
	{ "where", where },
	{ "use", use },
	{ "exit", end },
	{ "fork", child_fork },
	{ "clone", child_clone },
	{ "exec", child_exec },
	{ "poke", poke },
	{ "peek", peek },
	{ "poke-freed", poke_freed },
	{ "release-again", release_again },
	{ "fill", fill },
	{ "pair", pair },
	{ "race", race },
	{ "read", read_begin },
	{ "cancel", read_cancel },
	{ "more", more },
	{ "refuse", refuse },
	{ NULL, NULL },
};
