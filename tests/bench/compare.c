/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "compare.h"
#include "sample.h"

enum { MOST_COMPARE_ROUNDS = 1000 };

static void compare_in_child(void *shared)
{
	static double ns[MOST_CONTENDERS][MOST_COMPARE_ROUNDS];
	struct comparison *c = shared;
	if (c->count > MOST_CONTENDERS || c->rounds > MOST_COMPARE_ROUNDS)
		abort();
	c->start();
	for (int i = 0; i < c->count; i++)
		c->contenders[i].run(c->times); /* to warm up */
	for (int round = 0; round < c->rounds; round++) {
		for (int i = 0; i < c->count; i++) {
			int turn = (i + round) % c->count;
			double from = now_ns();
			c->contenders[turn].run(c->times);
			ns[turn][round] = (now_ns() - from) / c->times;
		}
	}
	for (int i = 0; i < c->count; i++) {
		c->ns[i] = spread_of(ns[i], c->rounds);
		c->ratio[i] = spread_of_ratios(ns[i], ns[0], c->rounds);
	}
}

int compare(struct comparison *comparison)
{
	static struct comparison *shared;
	if (!shared)
		shared = shared_memory(sizeof *shared);
	*shared = *comparison;
	if (run_in_child(compare_in_child, shared) != DONE)
		return -1;
	*comparison = *shared;
	return 0;
}

void compare_print(const struct comparison *c)
{
	printf("\n%s, %d rounds of %d\n", c->title, c->rounds, c->times);
	for (int i = 0; i < c->count; i++) {
		printf("  %-55s", c->contenders[i].name);
		if (c->ns[0].median == 0)
			printf(" | the process crashed\n");
		else
			printf(" | %9.1f ns  %7.3f (%.3f-%.3f)\n", c->ns[i].median, c->ratio[i].median, c->ratio[i].p10, c->ratio[i].p90);
	}
	fflush(stdout);
}
