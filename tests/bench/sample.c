/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sample.h"

enum { PATIENCE_SECONDS = 60 };

struct order {
	const struct subject *subject;
	struct load load;
	struct sample sample;
};

void *shared_memory(size_t size)
{
	void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return shared;
}

enum ending run_in_child(void (*body)(void *shared), void *shared)
{
	int status;
	fflush(NULL);
	pid_t child = fork();
	if (child < 0) {
		perror("fork");
		exit(1);
	}
	if (child == 0) {
		alarm(PATIENCE_SECONDS);
		body(shared);
		_exit(0); /* no atexit() work of any subject */
	}
	if (waitpid(child, &status, 0) < 0)
		return CRASHED;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		return TIMED_OUT;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? DONE : CRASHED;
}

static void run_order(void *shared)
{
	struct order *order = shared;
	const struct load *load = &order->load;
	/* A churn holds one secret for each thread; the arenas get room to spare. */
	if (subject_start(order->subject, load->size, load->count ? load->count : load->others + 8, SIZE_MAX) != 0) {
		order->sample.ending = NO_START;
		return;
	}
	if (load->count)
		hold_run(order->subject, load, &order->sample);
	else
		churn_run(order->subject, load, &order->sample);
}

struct sample sample_take(const struct subject *subject, const struct load *load)
{
	static struct order *order;
	if (!order)
		order = shared_memory(sizeof *order);
	memset(order, 0, sizeof *order);
	order->subject = subject;
	order->load = *load;
	enum ending ending = run_in_child(run_order, order);
	if (ending != DONE)
		order->sample.ending = ending;
	return order->sample;
}
