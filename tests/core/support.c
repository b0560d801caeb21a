/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "support.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cache.h"

int __real_osml__os_sanitized(void); /* past the fake, which may be counting */

/* ---- Checks ---- */

static pid_t test_process;
static pthread_t test_thread;

__attribute__((constructor)) static void remember_where_cmocka_runs(void)
{
	test_process = getpid();
	test_thread = pthread_self();
}

static void fail_here(const char *file, int line)
{
	if (getpid() == test_process && pthread_equal(pthread_self(), test_thread))
		_fail(file, line);
	_exit(CHILD_FAILED);
}

void support_check(bool ok, const char *what, const char *file, int line)
{
	if (ok)
		return;
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	fail_here(file, line);
}

void support_check_rc(int rc, int expected, const char *what, const char *file, int line)
{
	if (rc == expected)
		return;
	fprintf(stderr, "%s:%d: %s: %d (%s), expected %d (%s)\n", file, line, what, rc, osml_error_name(rc), expected,
	        osml_error_name(expected));
	fail_here(file, line);
}

/* ---- Children ---- */

int support_in_child(void (*body)(void *arg), void *arg)
{
	int status;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		body(arg);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return WIFSIGNALED(status) ? CHILD_SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
}

void support_test_in_child(void **state)
{
	IN_CHILD((void (*)(void *)) * state, NULL);
}

void support_check_child(int status, const char *what, const char *file, int line)
{
	if (status == 0)
		return;
	fprintf(stderr, "%s:%d: %s in a child: status %d\n", file, line, what, status);
	fail_here(file, line);
}

void support_set_lock_limit(size_t bytes)
{
	struct rlimit limit = { bytes, bytes };

	CHECK(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
}

/* Raw system calls, so that the tests need no libcap. The bounding set matters only to a child that calls exec(). */
void support_limit_locked_memory(size_t bytes)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	support_set_lock_limit(bytes);
	prctl(PR_CAPBSET_DROP, CAP_IPC_LOCK, 0, 0, 0);
	CHECK(syscall(SYS_capget, &header, data) == 0);
	data[0].effective &= ~(1u << CAP_IPC_LOCK);
	data[0].permitted &= ~(1u << CAP_IPC_LOCK);
	data[0].inheritable &= ~(1u << CAP_IPC_LOCK);
	CHECK(syscall(SYS_capset, &header, data) == 0);
}

/* ---- Where we run ---- */

bool support_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload && strstr(preload, "/vgpreload");
}

bool support_sanitized(void)
{
	return __real_osml__os_sanitized();
}

bool support_secretmem(void)
{
	uint64_t offered = 0;

	return osml_info(OSML_INFO_OFFERED, &offered) == 0 && offered & OSML_SECRETMEM;
}

size_t support_page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* ---- Files of /proc, by plain reads, so that reading them maps nothing ---- */

static void each_line(const char *path, void (*visit)(const char *line, void *arg), void *arg)
{
	char text[16384 + 1], *line = text, *end;
	size_t have = 0;
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	while ((got = read(fd, text + have, sizeof text - 1 - have)) > 0) {
		have += (size_t)got;
		text[have] = 0;
		for (line = text; (end = strchr(line, '\n')); line = end + 1) {
			*end = 0;
			visit(line, arg);
		}
		have = (size_t)(text + have - line);
		memmove(text, line, have);
	}
	close(fd);
}

static void find_locked(const char *line, void *kib)
{
	if (!strncmp(line, "VmLck:", 6))
		*(size_t *)kib = strtoul(line + 6, NULL, 10);
}

size_t support_locked_kib(void)
{
	size_t kib = SIZE_MAX;

	each_line("/proc/self/status", find_locked, &kib);
	CHECK(kib != SIZE_MAX);
	return kib;
}

/* "from-to perms offset device inode name"; the C library's heap and the stack grow as they like. */
static void add_mapping(const char *line, void *mapped)
{
	struct support_mapped *all = mapped;
	char *rest;
	uintptr_t start = strtoul(line, &rest, 16), end = strtoul(rest + 1, NULL, 16);

	all->count++;
	if (!strstr(line, "[heap]") && !strstr(line, "[stack]"))
		all->bytes += end - start;
}

struct support_mapped support_mapped(void)
{
	struct support_mapped all = { 0, 0 };

	each_line("/proc/self/maps", add_mapping, &all);
	return all;
}

/* opendir() would allocate; what is open is asked of the kernel number by number. */
size_t support_open_fds(void)
{
	size_t count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* ---- smaps ---- */

struct walk {
	struct support_mapping now;
	void (*visit)(const struct support_mapping *mapping, void *arg);
	void *arg;
};

/* A mapping starts with "from-to perms ..." and ends with "VmFlags: rd wr ...". */
static void smaps_line(const char *line, void *arg)
{
	struct walk *walk = arg;
	struct support_mapping *now = &walk->now;
	char *rest;

	if ((line[0] >= '0' && line[0] <= '9') || (line[0] >= 'a' && line[0] <= 'f')) {
		now->start = strtoul(line, &rest, 16);
		now->end = strtoul(rest + 1, &rest, 16);
		snprintf(now->permissions, sizeof now->permissions, "%s", rest + 1);
	} else if (!strncmp(line, "VmFlags:", 8)) {
		snprintf(now->flags, sizeof now->flags, "%s ", line + 8);
		walk->visit(now, walk->arg);
	}
}

static void each_mapping(void (*visit)(const struct support_mapping *mapping, void *arg), void *arg)
{
	struct walk walk = { .visit = visit, .arg = arg };

	each_line("/proc/self/smaps", smaps_line, &walk);
}

static bool carries(const struct support_mapping *mapping, const char *flag)
{
	char padded[8];

	snprintf(padded, sizeof padded, " %s ", flag);
	return strstr(mapping->flags, padded);
}

struct search {
	uintptr_t from, to;
	const char *flag;
	size_t with, without; /* bytes of the range */
	struct support_mapping *found;
	bool is_found;
};

static void compare(const struct support_mapping *mapping, void *arg)
{
	struct search *search = arg;
	uintptr_t from = mapping->start > search->from ? mapping->start : search->from;
	uintptr_t to = mapping->end < search->to ? mapping->end : search->to;

	if (from >= to)
		return;
	search->is_found = true;
	if (search->found)
		*search->found = *mapping;
	if (search->flag && carries(mapping, search->flag))
		search->with += to - from;
	else
		search->without += to - from;
}

bool support_find_mapping(struct support_mapping *found, const void *addr)
{
	struct search search = { .from = (uintptr_t)addr, .to = (uintptr_t)addr + 1, .found = found };

	each_mapping(compare, &search);
	return search.is_found;
}

bool support_all_have(const void *addr, size_t len, const char *flag)
{
	struct search search = { .from = (uintptr_t)addr, .to = (uintptr_t)addr + len, .flag = flag };

	each_mapping(compare, &search);
	return search.with == len;
}

bool support_none_has(const void *addr, size_t len, const char *flag)
{
	struct search search = { .from = (uintptr_t)addr, .to = (uintptr_t)addr + len, .flag = flag };

	each_mapping(compare, &search);
	return search.with == 0;
}

struct collection {
	const char *flag;
	struct support_range *ranges;
	size_t count, capacity;
};

static void collect(const struct support_mapping *mapping, void *arg)
{
	struct collection *all = arg;

	if (!carries(mapping, all->flag))
		return;
	if (all->count && all->ranges[all->count - 1].end == mapping->start) {
		all->ranges[all->count - 1].end = mapping->end;
		return;
	}
	if (all->count == all->capacity) {
		all->capacity = all->capacity ? 2 * all->capacity : 64;
		all->ranges = realloc(all->ranges, all->capacity * sizeof *all->ranges);
		CHECK(all->ranges);
	}
	all->ranges[all->count++] = (struct support_range){ mapping->start, mapping->end };
}

struct support_range *support_ranges_with(const char *flag, size_t *count)
{
	struct collection all = { .flag = flag };

	each_mapping(collect, &all);
	*count = all.count;
	return all.ranges;
}

bool support_ranges_hold(const struct support_range *ranges, size_t count, const void *addr, size_t len)
{
	uintptr_t from = (uintptr_t)addr;

	for (size_t i = 0; i < count; i++)
		if (ranges[i].start <= from && from < ranges[i].end)
			return len <= ranges[i].end - from;
	return false;
}

/* ---- Nothing is left behind ---- */

void support_settle(void)
{
	if (osml__cache)
		osml__cache_drain(osml__cache);
	osml__pool_trim();
}

/*
 * Handles are kept for ever, in chunks that grow. A chunk is whole pages and has a head, so where one handle does not follow the other a new
 * chunk begins. Called by osml__handle_each(), which knows no argument.
 */
static uintptr_t chunk_start, chunk_end;
static size_t handle_bytes;

static void end_of_chunk(void)
{
	uintptr_t mask = support_page_size() - 1;

	if (chunk_end)
		handle_bytes += ((chunk_end + mask) & ~mask) - (chunk_start & ~mask);
}

static void add_handle(osml_buffer *b)
{
	if ((uintptr_t)b != chunk_end) {
		end_of_chunk();
		chunk_start = (uintptr_t)b;
	}
	chunk_end = (uintptr_t)(b + 1);
}

static size_t count_handle_bytes(void)
{
	handle_bytes = chunk_start = chunk_end = 0;
	osml__handle_each(add_handle);
	end_of_chunk();
	return handle_bytes;
}

struct support_snapshot support_snapshot(void)
{
	support_settle();
	return (struct support_snapshot){ support_locked_kib(), support_open_fds(), support_mapped().bytes - count_handle_bytes() };
}

void support_assert_back_to(struct support_snapshot before, const char *file, int line)
{
	struct support_snapshot now = support_snapshot();
	bool same = now.locked_kib == before.locked_kib && now.fds == before.fds;

	if (!support_sanitized() && !support_valgrind())
		same = same && now.mapped == before.mapped;
	if (same)
		return;
	fprintf(stderr, "%s:%d: left behind: VmLck %zu -> %zu kB, descriptors %zu -> %zu, mapped %zu -> %zu bytes\n", file, line,
	        before.locked_kib, now.locked_kib, before.fds, now.fds, before.mapped, now.mapped);
	fail_here(file, line);
}
