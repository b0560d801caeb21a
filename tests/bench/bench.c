/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * bench        everything, in less than three minutes
 * bench plot   the series of docs/performance.md (plot.c)
 * bench quick  what the table of targets needs, in less than 70 seconds
 *
 * All figures of one run come from the same minutes of the same machine and are compared as ratios; absolute times are there to
 * be read, not to be kept.
 */
#include <osmemlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "figures.h"
#include "grid.h"
#include "locks.h"
#include "plot.h"

#ifndef BENCH_BUILD
#define BENCH_BUILD "unknown"
#endif
#define MOST_MEMORY ((size_t)1 << 30) /* of one load; a pool or arena adds its rounding */
#define CASE_NS     1.5e9             /* time for one load, over all subjects and rounds */
#define TARGET_NS   5e9               /* the same for a load that a target is judged by */

const struct subject *const all_subjects[] = {
	&subject_malloc,  &subject_osmemlock,
#ifdef BENCH_HAVE_SODIUM
	&subject_sodium,
#endif
#ifdef BENCH_HAVE_OPENSSL
	&subject_openssl,
#endif
#ifdef BENCH_HAVE_GCRYPT
	&subject_gcrypt,
#endif
#ifdef BENCH_HAVE_BOTAN
	&subject_botan,
#endif
	&subject_gcr,     &subject_mmap,      &subject_mmap_dontdump, NULL,
};
static const struct subject *const ours_and_malloc[] = { &subject_malloc, &subject_osmemlock, NULL };

static void print_absent(void)
{
#ifndef BENCH_HAVE_SODIUM
	printf("libsodium: not installed\n");
#endif
#ifndef BENCH_HAVE_OPENSSL
	printf("OpenSSL: not installed\n");
#endif
#ifndef BENCH_HAVE_GCRYPT
	printf("libgcrypt: not installed\n");
#endif
#ifndef BENCH_HAVE_BOTAN
	printf("Botan 2: not installed\n");
#endif
}

static size_t memory_cap(void)
{
	size_t free_memory = (size_t)sysconf(_SC_AVPHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
	return free_memory / 2 < MOST_MEMORY ? free_memory / 2 : MOST_MEMORY;
}

static void print_head(void)
{
	struct utsname system;
	double load[3] = { 0, 0, 0 };
	uint64_t limit = 0;
	uname(&system);
	if (getloadavg(load, 3) < 1)
		load[0] = -1;
	osml_info(OSML_INFO_LOCK_LIMIT_SOFT, &limit);
	printf("osmemlock %s (%s build), %s %s, %ld processors, load average %.2f\n", osml_version(), BENCH_BUILD, system.sysname,
	       system.release, sysconf(_SC_NPROCESSORS_ONLN), load[0]);
	if (limit == OSML_UNLIMITED)
		printf("lock limit: none\n");
	else
		printf("lock limit: %llu bytes, so large loads will fail for all\n", (unsigned long long)limit);
	print_absent();
	printf("Ratios are to %s. Arenas and pools of fixed size are made before the clock starts, large enough.\n", subject_malloc.name);
	printf("To end in time, a load is capped at %zu MiB, and a fill or a release at %.1f s.\n", memory_cap() >> 20,
	       SLOWEST_FILL_NS / 1e9);
}

static size_t capped_count(size_t size, size_t count)
{
	size_t most = memory_cap() / size;
	if (count <= most)
		return count;
	printf("\nhold %s x %s live: capped at %s, by memory\n", size_text(size), number_text(count), number_text(most));
	return most;
}

static void measure(size_t size, size_t count, int threads, const struct subject *const *subjects, double budget_ns)
{
	struct load load = { .size = size, .count = count, .threads = threads };
	grid_print(grid_measure(load, subjects, budget_ns));
}

static void full_grid(void)
{
	static const size_t sizes[] = { 32, 256, 4096, 1 << 20 };
	static const size_t counts[] = { 100, 10000, 1000000 };
	for (int i = 0; i < 4; i++)
		for (int threads = 1; threads <= MOST_THREADS; threads++)
			measure(sizes[i], 0, threads, all_subjects, CASE_NS);
	for (int i = 0; i < 4; i++) {
		for (int j = 0; j < 3; j++) {
			size_t count = capped_count(sizes[i], counts[j]);
			for (int threads = 1; threads <= MOST_THREADS && !grid_find(sizes[i], count, threads); threads++)
				measure(sizes[i], count, threads, all_subjects, CASE_NS);
		}
	}
}

/* Measured by themselves, as the slow subjects would use up the time for more than a round or two. */
static void target_grid(void)
{
	measure(32, 0, 1, ours_and_malloc, TARGET_NS);
	measure(32, 100000, 1, ours_and_malloc, TARGET_NS);
}

static size_t measure_quotas(int quick)
{
	printf("\nlive 32 B secrets with RLIMIT_MEMLOCK = 8 MiB and without CAP_IPC_LOCK\n");
	size_t ours = quota_measure(&subject_osmemlock);
	for (int i = 0; !quick && all_subjects[i]; i++)
		if (all_subjects[i]->locks && all_subjects[i] != &subject_osmemlock)
			quota_measure(all_subjects[i]);
	return ours;
}

static void measure_comparison(struct comparison *comparison)
{
	compare(comparison);
	compare_print(comparison);
}

static void measure_wipe(void)
{
	measure_comparison(&wipe_large);
	if (wipe_large.ns[2].median > 0)
		printf("  bandwidth: explicit_bzero %.1f GB/s, osml_buffer_wipe %.1f GB/s\n", (1 << 20) / wipe_large.ns[0].median,
		       (1 << 20) / wipe_large.ns[2].median);
	measure_comparison(&wipe_small);
}

int main(int argc, char **argv)
{
	int quick = argc == 2 && strcmp(argv[1], "quick") == 0;
	double began = now_ns();
	if (argc == 2 && strcmp(argv[1], "plot") == 0)
		return plot(), 0;
	if (argc > 1 && !quick) {
		fprintf(stderr, "usage: %s [quick|plot]\n", argv[0]);
		return 2;
	}
	print_head();
	struct findings findings;
	target_grid();
	sizes_measure();
	findings.flatness = flatness_measure();
	findings.scaling = scaling_measure();
	findings.quota_count = measure_quotas(quick);
	for (int i = 0; i < DIRECT_COMPARISONS; i++)
		measure_comparison(&direct_comparisons[i]);
	measure_comparison(&megabyte_written);
	measure_comparison(&megabyte_unwritten);
	measure_comparison(&text_join);
	measure_comparison(&text_encode);
	measure_comparison(&text_decode);
	findings.shared_object = library_measure();
	if (!quick) {
		measure_wipe();
		full_grid();
	}
	targets_print(&findings);
	printf("%.0f s\n", (now_ns() - began) / 1e9);
	return 0;
}
