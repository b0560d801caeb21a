/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Searches the memory of another process, or a file, for the secret that belongs to a seed.
 *
 *   proof_scan mem SEED PID [hex|base64]     every mapping through /proc/PID/mem, PROT_NONE included (it forces the read)
 *   proof_scan outside SEED PID              the same without the mappings that are locked
 *   proof_scan remote SEED PID               the same as `mem` by process_vm_readv(2), which respects the protection of pages
 *   proof_scan file SEED FILE [direct]       direct: O_DIRECT, which a swap file needs, its page cache being stale
 *   proof_scan put SEED [hex|base64|long]    writes the secret to stdout; long: twice, with 70000 bytes in between
 *   proof_scan env SEED NAME PROGRAM ARG...  puts the secret into the variable NAME and becomes PROGRAM
 *
 * `mem`, `outside`, `remote` and `file` print "FULL FRAGMENTS": whole copies, and 16-byte pieces of the secret at multiples of 16. Pieces matter:
 * glibc's free() overwrites the first 16 bytes of a chunk, so a secret that was freed unwiped is never found whole. Where they
 * lie goes to stderr. Exit code 2: nothing could be read, so the figures mean nothing and are not printed.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "needle.h"

#define FRAGMENT 16
#define CHUNK    ((size_t)1 << 20)
#define TAIL     ((size_t)4096) /* read past the chunk, so that a copy across its end is seen whole; a multiple of the sector for O_DIRECT */
#define FILLER   70000

enum form { RAW, HEX, BASE64 };

static enum form form;
static size_t needle_len;
static pid_t remote;                    /* not 0: read by process_vm_readv() */
static uint64_t states[NEEDLE_LEN + 1]; /* states[i] yields byte i: the scanner must not find the secret in itself */
static size_t full, fragments, scanned;
static unsigned char window[CHUNK + TAIL] __attribute__((aligned(4096)));

static unsigned char raw_byte(size_t i)
{
	return i < NEEDLE_LEN ? needle_byte(states[i]) : 0;
}

static unsigned char base64_byte(size_t i)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t first = i / 4 * 3;
	if (first + i % 4 > NEEDLE_LEN)
		return '=';
	uint32_t group = (uint32_t)raw_byte(first) << 16 | (uint32_t)raw_byte(first + 1) << 8 | raw_byte(first + 2);
	return (unsigned char)digits[group >> (18 - 6 * (i % 4)) & 63];
}

/* Byte `i` of the secret as it is written in the form asked for. */
static unsigned char needle_at(size_t i)
{
	if (form == RAW)
		return raw_byte(i);
	if (form == BASE64)
		return base64_byte(i);
	return (unsigned char)"0123456789abcdef"[i % 2 ? raw_byte(i / 2) & 15 : raw_byte(i / 2) >> 4];
}

static void prepare(const char *seed, const char *wanted)
{
	uint64_t state = strtoull(seed, NULL, 10);
	for (size_t i = 0; i <= NEEDLE_LEN; i++) {
		state = needle_step(state);
		states[i] = state;
	}
	form = strcmp(wanted, "hex") == 0 ? HEX : strcmp(wanted, "base64") == 0 ? BASE64 : RAW;
	needle_len = form == RAW ? NEEDLE_LEN : form == HEX ? 2 * NEEDLE_LEN : (NEEDLE_LEN + 2) / 3 * 4;
}

static int matches(const unsigned char *p, size_t from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != needle_at(from + i))
			return 0;
	return 1;
}

/* Counts the pieces that start in the first `own` of the `got` bytes in the window. `where` and `at` are for the report only. */
static void tally(size_t own, size_t got, const char *where, uint64_t at)
{
	for (size_t from = 0; from + FRAGMENT <= needle_len; from += FRAGMENT) {
		const unsigned char *p = window;
		const unsigned char *last = window + (got < FRAGMENT ? 0 : got - FRAGMENT + 1);
		if (last > window + own)
			last = window + own;
		while (p < last && (p = memchr(p, needle_at(from), (size_t)(last - p))) != NULL) {
			if (matches(p, from, FRAGMENT)) {
				fragments++;
				size_t rest = got - (size_t)(p - window);
				full += from == 0 && rest >= needle_len && matches(p, 0, needle_len);
				fprintf(stderr, "  bytes %zu.. at %" PRIx64 " in %s\n", from, at + (uint64_t)(p - window), where);
			}
			p++;
		}
	}
}

static ssize_t read_at(int fd, size_t n, uint64_t at)
{
	struct iovec here = { window, n }, there = { (void *)(uintptr_t)at, n };
	return remote ? process_vm_readv(remote, &here, 1, &there, 1, 0) : pread(fd, window, n, (off_t)at);
}

/* Scans [lo, hi) of `fd`. A page that cannot be read (memfd_secret gives EIO) is stepped over. */
static void scan_range(int fd, uint64_t lo, uint64_t hi, const char *where)
{
	while (lo < hi) {
		size_t own = hi - lo < CHUNK ? (size_t)(hi - lo) : CHUNK;
		ssize_t got = read_at(fd, own + TAIL, lo);
		if (got == 0)
			return;
		if (got < 0) {
			lo += TAIL;
			continue;
		}
		if ((size_t)got < own)
			own = (size_t)got;
		tally(own, (size_t)got, where, lo);
		scanned += own;
		lo += own;
	}
}

/* Scans the pages of [lo, hi) that are in RAM or in swap. Others hold nothing, and to read them would only bring zeros into being. */
static void scan_present(int mem, int pagemap, uint64_t lo, uint64_t hi, const char *where)
{
	static uint64_t entries[512];
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	while (lo < hi) {
		size_t n = (size_t)((hi - lo) / page);
		if (n > sizeof entries / sizeof *entries)
			n = sizeof entries / sizeof *entries;
		if (pread(pagemap, entries, n * sizeof *entries, (off_t)(lo / page * sizeof *entries)) != (ssize_t)(n * sizeof *entries))
			memset(entries, 0xff, sizeof entries); /* pagemap is not for us: take every page */
		for (size_t i = 0; i < n; i++) {
			size_t end = i;
			while (end < n && entries[end] >> 62 != 0) /* bits 63 and 62: present, swapped (admin-guide/mm/pagemap.rst) */
				end++;
			scan_range(mem, lo + i * page, lo + end * page, where);
			i = end;
		}
		lo += n * page;
	}
}

static int open_proc(const char *pid, const char *name)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%s/%s", pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The kernel itself says what is locked: `lo` among a mapping's flags, which come after its line (proc_pid_smaps(5)). */
static int scan_process(const char *pid, int outside)
{
	int mem = open_proc(pid, "mem");
	int pagemap = open_proc(pid, "pagemap");
	int maps = open_proc(pid, outside ? "smaps" : "maps");
	FILE *lines = maps < 0 ? NULL : fdopen(maps, "r");
	char line[4300], where[4300] = ""; /* a path may be PATH_MAX long */
	uint64_t from, to, lo = 0, hi = 0;
	if (mem < 0 || lines == NULL) {
		perror("the process's memory");
		return 2;
	}
	while (fgets(line, sizeof line, lines) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		int starts = sscanf(line, "%" SCNx64 "-%" SCNx64, &from, &to) == 2;
		if (starts) {
			lo = from, hi = to;
			memcpy(where, line, sizeof where);
		}
		int wanted = outside ? strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " lo") == NULL : starts;
		if (wanted && strstr(where, "[v") == NULL) /* vvar, vsyscall: the kernel's */
			scan_present(mem, pagemap, lo, hi, where);
	}
	return 0;
}

static int scan_file(const char *path, int direct)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | (direct ? O_DIRECT : 0));
	struct stat st;
	if (fd < 0 || fstat(fd, &st) != 0) {
		perror(path);
		return 2;
	}
	scan_range(fd, 0, st.st_size > 0 ? (uint64_t)st.st_size : CHUNK, path); /* files of /proc say 0 */
	return 0;
}

static int report(int rc)
{
	if (rc != 0 || scanned == 0)
		return 2;
	printf("%zu %zu\n", full, fragments);
	return 0;
}

static int put(int twice)
{
	static char filler[FILLER];
	char secret[2 * NEEDLE_LEN];
	memset(filler, 'x', sizeof filler);
	for (size_t i = 0; i < needle_len; i++)
		secret[i] = (char)needle_at(i);
	fwrite(secret, 1, needle_len, stdout);
	if (twice) {
		fwrite(filler, 1, sizeof filler, stdout);
		fwrite(secret, 1, needle_len, stdout);
	}
	return fflush(stdout) == 0 ? 0 : 2;
}

static int become(char **argv)
{
	char secret[NEEDLE_LEN + 1] = { 0 };
	for (size_t i = 0; i < NEEDLE_LEN; i++)
		secret[i] = (char)needle_at(i);
	setenv(argv[3], secret, 1);
	execvp(argv[4], argv + 4);
	perror(argv[4]);
	return 2;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	const char *verb = argv[1];
	const char *extra = argc > 4 ? argv[4] : argc > 3 ? argv[3] : "";
	prepare(argv[2], strcmp(verb, "env") == 0 ? "" : extra);
	if (strcmp(verb, "put") == 0)
		return put(strcmp(extra, "long") == 0);
	if (strcmp(verb, "env") == 0 && argc > 4)
		return become(argv);
	if ((strcmp(verb, "mem") == 0 || strcmp(verb, "outside") == 0) && argc > 3)
		return report(scan_process(argv[3], strcmp(verb, "outside") == 0));
	if (strcmp(verb, "remote") == 0 && argc > 3) {
		remote = (pid_t)atoi(argv[3]);
		return report(scan_process(argv[3], 0));
	}
	if (strcmp(verb, "file") == 0 && argc > 3)
		return report(scan_file(argv[3], strcmp(extra, "direct") == 0));
	return 2;
}
