/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Holds a secret of 64 bytes that comes on descriptor 3, and does what the attacks ask for: holder NAME [BYTES]. BYTES: the limit of its locked
 * memory, for those that choose the size of a pool. It prints "ready PID" when it holds the secret, then reads commands, and answers each with a
 * line "ready ANSWER". The end of stdin is the end.
 */
#define _GNU_SOURCE
#include "holder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "commands.h"

enum { SECRET_FD = 3, MOST = 8 << 20 };

const struct holder *holder;
void *held;

/* To where the secret will stay; a thread may be cancelled while it waits for it. */
static int read_to(int fd, unsigned char *bytes, size_t size)
{
	size_t done = 0;
	ssize_t got = 1;
	while (done < size && got > 0) {
		got = read(fd, bytes + done, size - done);
		done += got > 0 ? (size_t)got : 0;
	}
	return done == size;
}

void *hold_from(int fd, size_t most)
{
	static const unsigned char zeros[SECRET];
	if (holder->from_fd)
		return holder->from_fd(fd, most);
	void *one = holder->subject->hold(zeros, SECRET);
	if (!one || !read_to(fd, (unsigned char *)subject_data(holder->subject, one), SECRET))
		return NULL;
	return one;
}

void *hold_filler(void)
{
	unsigned char filler[SECRET];
	memset(filler, 0xa5, sizeof filler);
	return holder->subject->hold(filler, SECRET);
}

void *hold_more(size_t most)
{
	return hold_from(MORE_FD, most);
}

void let_go(void *one)
{
	holder->subject->release(one, SECRET);
}

uint64_t reported(void)
{
	return holder->reports ? holder->reports() : 0;
}

int sum_held(void)
{
	return holder->use ? holder->use(held) : sum_of(subject_data(holder->subject, held));
}

static void answer_all(void)
{
	char line[128], word[32];
	while (fgets(line, sizeof line, stdin) != NULL) {
		long first = 0, second = 0;
		if (sscanf(line, "%31s %li %li", word, &first, &second) < 1)
			continue;
		const struct command *command = commands;
		while (command->name != NULL && strcmp(command->name, word) != 0)
			command++;
		if (command->name == NULL)
			printf("unknown command\n");
		else
			command->run(first, second);
	}
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	setvbuf(stdout, NULL, _IONBF, 0);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0); /* where Yama is on, else the scanner could not read us */
	for (holder = holders; holder->name != NULL && strcmp(holder->name, argv[1]) != 0;)
		holder++;
	if (holder->name == NULL || subject_start(holder->subject, SECRET, 1000, argc > 2 ? (size_t)atol(argv[2]) : MOST) != 0)
		return puts("cannot start"), 3;
	if ((held = hold_from(SECRET_FD, 4096)) == NULL)
		return puts("refused"), 3;
	printf("ready %d\n", (int)getpid());
	answer_all();
	return 0;
}
