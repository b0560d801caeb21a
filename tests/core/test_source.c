/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Secrets that come from a descriptor, a file, the environment or a credential, and go nowhere else. */
#define _FILE_OFFSET_BITS 64 /* addresses of /proc/self/mem, where pointers have 32 bits */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* Input of which no byte is ever stored in this process other than by the library: byte i is computed, and no part repeats. */
static unsigned char input_byte(size_t i)
{
	uint32_t mixed = ((uint32_t)i + 1) * 0x9E3779B1u;

	return (unsigned char)(((mixed ^ mixed >> 15) * 0x85EBCA6Bu) >> 24);
}

/* A child that writes `n` input bytes to a pipe, in pieces; returns the end to read. */
static int pipe_from_child(size_t n, size_t piece, pid_t *child)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	*child = fork();
	if (*child == 0) {
		unsigned char bytes[4096];
		signal(SIGPIPE, SIG_DFL);
		close(ends[0]);
		for (size_t at = 0; at < n;) {
			size_t k = piece < n - at ? piece : n - at;
			for (size_t i = 0; i < k; i++)
				bytes[i] = input_byte(at + i);
			ssize_t wrote = write(ends[1], bytes, k);
			if (wrote < 0)
				_exit(1);
			at += (size_t)wrote;
		}
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}

static void end_child(int fd, pid_t child)
{
	close(fd);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

/* A pipe that holds a text and its end. */
static int pipe_with(const void *text, size_t n)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], text, n), n);
	close(ends[1]);
	return ends[0];
}

static void assert_holds(const osml_buffer *b, const void *bytes, size_t n)
{
	const unsigned char *data = osml_buffer_data(b);

	assert_int_equal(osml_buffer_size(b), n);
	assert_memory_equal(data, bytes, n);
	assert_int_equal(data[n], 0);
}

static void assert_is_input(const osml_buffer *b, size_t n)
{
	const unsigned char *data = osml_buffer_data(b);
	size_t wrong = 0;

	assert_int_equal(osml_buffer_size(b), n);
	for (size_t i = 0; i < n; i++)
		wrong += data[i] != input_byte(i);
	assert_int_equal(wrong, 0);
}

/* ---- from_fd ---- */

static void from_fd_takes_everything_however_it_comes(void **state)
{
	static const struct {
		size_t n, piece;
	} inputs[] = { { 0, 1 },       { 1, 1 },      { 30, 7 },      { 503, 100 },   { 504, 100 },   { 505, 100 },     { 1008, 1 },
		       { 1009, 1009 }, { 4095, 333 }, { 4096, 4096 }, { 4097, 4096 }, { 70000, 999 }, { 1 << 20, 4096 } };

	(void)state;
	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
		osml_buffer *b;
		pid_t child;
		int fd = pipe_from_child(inputs[i].n, inputs[i].piece, &child);
		assert_int_equal(osml_buffer_from_fd(&b, fd, SIZE_MAX, NULL, OSML_ALLOW_EMPTY), 0);
		assert_is_input(b, inputs[i].n);
		assert_int_equal(osml_buffer_close(b), 0);
		osml_buffer_free(b);
		end_child(fd, child);
	}
}

static void from_fd_takes_exactly_the_maximum(void **state)
{
	static const size_t lengths[] = { 0, 1, 30, 504, 505, 1008, 5000, 100000 };

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		osml_buffer *b;
		pid_t child;
		int fd = pipe_from_child(lengths[i], 4096, &child);
		assert_int_equal(osml_buffer_from_fd(&b, fd, lengths[i], NULL, OSML_ALLOW_EMPTY), 0);
		assert_is_input(b, lengths[i]);
		osml_buffer_free(b);
		end_child(fd, child);
	}
}

/* ---- A search of this process's whole memory for the first bytes of the input ---- */

#define NEEDLE 24u
#define WINDOW 65536u

static bool is_needle(const unsigned char *bytes)
{
	for (size_t i = 0; i < NEEDLE; i++)
		if (bytes[i] != input_byte(i))
			return false;
	return true;
}

/* The window, a copy of what is at `at`, is itself memory of this process: what is found in it is not counted again. */
static unsigned search_window(const unsigned char *window, size_t n, uintptr_t at)
{
	const unsigned char *next = window, *end = window + n - NEEDLE + 1;
	unsigned found = 0;

	while (next < end && (next = memchr(next, input_byte(0), (size_t)(end - next)))) {
		bool copied = at + (uintptr_t)(next - window) - (uintptr_t)window < WINDOW;
		found += !copied && is_needle(next);
		next++;
	}
	return found;
}

static unsigned search_range(int memory, unsigned char *window, uintptr_t from, uintptr_t to)
{
	unsigned found = 0;

	for (uintptr_t at = from; at + NEEDLE <= to; at += WINDOW - NEEDLE + 1) {
		ssize_t got = pread(memory, window, to - at < WINDOW ? to - at : WINDOW, (off_t)at);
		found += got < (ssize_t)NEEDLE ? 0 : search_window(window, (size_t)got, at);
	}
	return found;
}

/* All memory that can be written, but for what a sanitizer reserves as its shadow: that is known by its size. */
static unsigned needles_in_memory(void)
{
	static unsigned char window[WINDOW];
	FILE *maps = fopen("/proc/self/maps", "re");
	int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	unsigned long from, to;
	unsigned found = 0;
	char line[512], permissions[5];

	assert_non_null(maps);
	while (fgets(line, sizeof line, maps))
		if (sscanf(line, "%lx-%lx %4s", &from, &to, permissions) == 3 && permissions[1] == 'w' && to - from <= 1ul << 30)
			found += search_range(memory, window, from, to);
	fclose(maps);
	close(memory);
	memset(window, 0, sizeof window);
	return found;
}

static void input_that_is_too_long_is_etoobig_and_nothing_of_it_stays(void **state)
{
	static const struct {
		size_t n, max;
	} inputs[] = { { 1, 0 }, { 31, 30 }, { 505, 504 }, { 506, 505 }, { 100001, 100000 }, { 200000, 60000 } };

	(void)state;
	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
		osml_buffer *b = (osml_buffer *)&b;
		pid_t child;
		int fd = pipe_from_child(inputs[i].n, 4096, &child);
		assert_int_equal(osml_buffer_from_fd(&b, fd, inputs[i].max, NULL, 0), OSML_ETOOBIG);
		assert_null(b);
		assert_int_equal(needles_in_memory(), 0);
		end_child(fd, child);
	}
}

static void while_a_buffer_lives_it_is_the_only_copy_and_then_there_is_none(void **state)
{
	static const size_t lengths[] = { 30, 5000, 100000 };

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		osml_buffer *b;
		pid_t child;
		int fd = pipe_from_child(lengths[i], 100, &child);
		assert_int_equal(osml_buffer_from_fd(&b, fd, SIZE_MAX, NULL, 0), 0);
		assert_int_equal(needles_in_memory(), 1); /* control, and no more than that */
		osml_buffer_free(b);
		assert_int_equal(needles_in_memory(), 0);
		end_child(fd, child);
	}
}

static void the_descriptor_stays_open_and_is_the_callers(void **state)
{
	int fd = pipe_with("secret", 6);
	osml_buffer *b;
	char byte;

	(void)state;
	assert_int_equal(osml_buffer_from_fd(&b, fd, 100, NULL, 0), 0);
	assert_int_equal(read(fd, &byte, 1), 0);
	assert_int_equal(close(fd), 0);
	osml_buffer_free(b);
}

static void a_descriptor_that_cannot_be_read_is_the_systems_error(void **state)
{
	osml_buffer *b = (osml_buffer *)&b;
	int fd = open("/", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(osml_buffer_from_fd(&b, fd, 100, NULL, 0), -EISDIR);
	assert_null(b);
	close(fd);
	assert_int_equal(osml_buffer_from_fd(&b, fd, 100, NULL, 0), -EBADF);
	assert_int_equal(osml_buffer_from_fd(&b, -1, 100, NULL, 0), -EBADF);
	assert_null(b);
}

/* ---- Interrupted ---- */

static _Atomic unsigned alarms;

static void count_alarm(int signal)
{
	(void)signal;
	alarms++;
}

/* One byte after every third alarm, so that the reader is interrupted while it waits for the next. */
static void *write_between_alarms(void *fd)
{
	for (size_t i = 0; i < 10; i++) {
		unsigned char byte = input_byte(i);
		for (unsigned until = alarms + 3; alarms < until;)
			sched_yield();
		if (write(*(int *)fd, &byte, 1) != 1)
			break;
	}
	close(*(int *)fd);
	return NULL;
}

static void a_signal_does_not_end_the_reading(void **state)
{
	struct sigaction action = { .sa_handler = count_alarm };
	struct itimerval every = { { 0, 2000 }, { 0, 2000 } }, never = { { 0, 0 }, { 0, 0 } };
	osml_buffer *b;
	pthread_t writer;
	sigset_t alarm_only;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	/* Without SA_RESTART. It stays, because under valgrind an alarm may come after the timer was stopped. */
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	pthread_sigmask(SIG_BLOCK, &alarm_only, NULL);
	assert_int_equal(pthread_create(&writer, NULL, write_between_alarms, &ends[1]), 0);
	pthread_sigmask(SIG_UNBLOCK, &alarm_only, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	assert_int_equal(osml_buffer_from_fd(&b, ends[0], 100, NULL, 0), 0);
	setitimer(ITIMER_REAL, &never, NULL);
	pthread_join(writer, NULL);
	assert_true(alarms >= 30);
	assert_is_input(b, 10);
	osml_buffer_free(b);
	close(ends[0]);
}

/* ---- Newlines, flags, options ---- */

static const struct {
	const char *input, *trimmed;
} newlines[] = {
	{ "", "" },           { "key", "key" },         { "key\n", "key" },           { "key\r\n", "key" },     { "key\n\n", "key\n" },
	{ "key\r", "key\r" }, { "key\r\r\n", "key\r" }, { "key\r\n\r\n", "key\r\n" }, { "key\n\r", "key\n\r" }, { "\n", "" },
	{ "\r\n", "" },       { "\r", "\r" },           { "k\ney", "k\ney" },         { "key \n", "key " },
};
#define NEWLINES (sizeof newlines / sizeof *newlines)

static void one_newline_is_trimmed_when_asked_and_none_otherwise(void **state)
{
	(void)state;
	for (size_t i = 0; i < NEWLINES; i++) {
		for (unsigned flags = 0; flags <= OSML_TRIM_NEWLINE; flags++) {
			const char *expected = flags ? newlines[i].trimmed : newlines[i].input;
			int fd = pipe_with(newlines[i].input, strlen(newlines[i].input));
			osml_buffer *b;
			assert_int_equal(osml_buffer_from_fd(&b, fd, 100, NULL, flags | OSML_ALLOW_EMPTY), 0);
			assert_holds(b, expected, strlen(expected));
			osml_buffer_free(b);
			close(fd);
		}
	}
}

static void a_newline_at_the_end_of_much_input_is_trimmed_too(void **state)
{
	enum { N = 1009 };
	char text[N];
	osml_buffer *b;
	int fd;

	(void)state;
	memset(text, 'k', N - 1);
	text[N - 1] = '\n';
	fd = pipe_with(text, N);
	assert_int_equal(osml_buffer_from_fd(&b, fd, N, NULL, OSML_TRIM_NEWLINE), 0);
	assert_holds(b, text, N - 1);
	osml_buffer_free(b);
	close(fd);
}

/* Wherever in its pages the text lies: before the first is a guard. */
static void trim_what_is_hardly_there(void *unused)
{
	(void)unused;
	for (size_t i = 0; i < 40; i++) {
		osml_buffer *none, *newline, *held;
		int fd = pipe_with("", 0);

		CHECK_RC(osml_buffer_from_fd(&none, fd, 0, NULL, OSML_TRIM_NEWLINE | OSML_ALLOW_EMPTY), 0); /* stays open */
		close(fd);
		fd = pipe_with("\n", 1);
		CHECK_RC(osml_buffer_from_fd(&newline, fd, 1, NULL, OSML_TRIM_NEWLINE | OSML_ALLOW_EMPTY), 0);
		close(fd);
		CHECK(osml_buffer_size(none) == 0 && osml_buffer_size(newline) == 0);
		osml_buffer_free(newline);
		CHECK_RC(osml_buffer_new(&held, 1, NULL), 0);
	}
}

static void nothing_is_looked_at_before_an_empty_text(void **state)
{
	(void)state;
	IN_CHILD(trim_what_is_hardly_there, NULL);
}

/* 64 digits are no less than 64 because `echo` wrote them (audit P7). */
static void the_maximum_counts_without_the_newline_that_is_trimmed(void **state)
{
	static const struct {
		const char *input;
		size_t max;
		unsigned flags;
		int rc;
	} cases[] = { { "key\n", 3, OSML_TRIM_NEWLINE, 0 },
		      { "key\r\n", 3, OSML_TRIM_NEWLINE, 0 },
		      { "key\n", 2, OSML_TRIM_NEWLINE, OSML_ETOOBIG },
		      { "key\n\n", 3, OSML_TRIM_NEWLINE, OSML_ETOOBIG },
		      { "\xEF\xBB\xBFkey\r\n", 3, OSML_TRIM_NEWLINE, 0 },
		      { "keys", 3, OSML_TRIM_NEWLINE, OSML_ETOOBIG },
		      { "key\n", 3, 0, OSML_ETOOBIG } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int fd = pipe_with(cases[i].input, strlen(cases[i].input));
		osml_buffer *b;
		assert_int_equal(osml_buffer_from_fd(&b, fd, cases[i].max, NULL, cases[i].flags), cases[i].rc);
		if (cases[i].rc == 0)
			assert_holds(b, "key", 3);
		osml_buffer_free(b);
		close(fd);
	}
}

static void options_are_those_of_the_buffer_that_comes_out(void **state)
{
	static const size_t lengths[] = { 3, 600, 20000 };
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;

	(void)state;
	o.want |= OSML_GUARDED;
	o.alignment = 256;
	for (size_t i = 0; i < 3; i++) {
		osml_buffer *b;
		uint32_t bits;
		pid_t child;
		int fd = pipe_from_child(lengths[i], 100, &child);
		assert_int_equal(osml_buffer_from_fd(&b, fd, SIZE_MAX, &o, 0), 0);
		assert_is_input(b, lengths[i]);
		assert_int_equal(osml_buffer_protections(b, &bits), 0);
		assert_int_equal(bits, OSML_DEFAULT_PROTECTIONS | OSML_GUARDED);
		assert_int_equal((uintptr_t)osml_buffer_data(b) % 256, 0);
		assert_int_equal(osml_buffer_protect(b, OSML_ACCESS_NONE), 0);
		osml_buffer_free(b);
		end_child(fd, child);
	}
}

/* Where a descriptor is one of the system, and of no library in between (audit R10). */
static void a_handle_of_the_system_is_its_descriptor(void **state)
{
	int fd = pipe_with("key", 3);
	osml_buffer *b;

	(void)state;
	assert_int_equal(osml_fd_from_os_handle(0), 0);
	assert_int_equal(osml_fd_from_os_handle(INT_MAX), INT_MAX);
	assert_int_equal(osml_fd_from_os_handle(fd), fd);
	assert_int_equal(osml_buffer_from_fd(&b, osml_fd_from_os_handle(fd), 100, NULL, 0), 0);
	assert_memory_equal(osml_buffer_data(b), "key", 3);
	osml_buffer_free(b);
	close(fd);
	assert_int_equal(osml_fd_from_os_handle(-1), OSML_EINVAL);
	assert_int_equal(osml_fd_from_os_handle(INTPTR_MIN), OSML_EINVAL);
	if (INTPTR_MAX > INT_MAX)
		assert_int_equal(osml_fd_from_os_handle(INTPTR_MAX), OSML_EINVAL);
	assert_int_equal(osml_buffer_from_fd(&b, OSML_EINVAL, 100, NULL, 0), -EBADF);
}

/* Refused, and not a byte of the input is used up. */
static void unknown_flags_and_bad_options_are_refused_before_anything_is_read(void **state)
{
	osml_buffer_options o = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *b = (osml_buffer *)&b;
	int fd = pipe_with("key", 3);
	char bytes[4];

	(void)state;
	o.alignment = 3;
	assert_int_equal(osml_buffer_from_fd(&b, fd, 100, NULL, 32), OSML_EINVAL);
	assert_null(b);
	assert_int_equal(osml_buffer_from_fd(&b, fd, 100, NULL, 0x80000001u), OSML_EINVAL);
	assert_int_equal(osml_buffer_from_fd(&b, fd, 100, &o, 0), OSML_EINVAL);
	assert_null(b);
	assert_int_equal(osml_buffer_from_file(&b, "/dev/null", 100, NULL, 32), OSML_EINVAL);
	assert_int_equal(osml_buffer_from_env(&b, "PATH", 100000, NULL, OSML_PRIVATE), OSML_EINVAL);
	assert_non_null(getenv("PATH"));
	assert_int_equal(osml_buffer_from_credential(&b, "name", 100, NULL, 32), OSML_EINVAL);
	assert_int_equal(read(fd, bytes, sizeof bytes), 3);
	close(fd);
}

static void null_is_invalid_everywhere(void **state)
{
	osml_buffer *b = (osml_buffer *)&b;

	(void)state;
	assert_int_equal(osml_buffer_from_fd(NULL, 0, 1, NULL, 0), OSML_EINVAL);
	assert_int_equal(osml_buffer_from_file(NULL, "/dev/null", 1, NULL, 0), OSML_EINVAL);
	assert_int_equal(osml_buffer_from_env(NULL, "PATH", 1, NULL, 0), OSML_EINVAL);
	assert_int_equal(osml_buffer_from_credential(NULL, "x", 1, NULL, 0), OSML_EINVAL);
	assert_int_equal(osml_buffer_from_file(&b, NULL, 1, NULL, 0), OSML_EINVAL);
	assert_null(b);
	assert_int_equal(osml_buffer_from_env(&b, NULL, 1, NULL, 0), OSML_EINVAL);
	assert_int_equal(osml_buffer_from_credential(&b, NULL, 1, NULL, 0), OSML_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_fd_takes_everything_however_it_comes),
		cmocka_unit_test(from_fd_takes_exactly_the_maximum),
		cmocka_unit_test(input_that_is_too_long_is_etoobig_and_nothing_of_it_stays),
		cmocka_unit_test(while_a_buffer_lives_it_is_the_only_copy_and_then_there_is_none),
		cmocka_unit_test(the_descriptor_stays_open_and_is_the_callers),
		cmocka_unit_test(a_descriptor_that_cannot_be_read_is_the_systems_error),
		cmocka_unit_test(a_handle_of_the_system_is_its_descriptor),
		cmocka_unit_test(a_signal_does_not_end_the_reading),
		cmocka_unit_test(one_newline_is_trimmed_when_asked_and_none_otherwise),
		cmocka_unit_test(a_newline_at_the_end_of_much_input_is_trimmed_too),
		cmocka_unit_test(nothing_is_looked_at_before_an_empty_text),
		cmocka_unit_test(the_maximum_counts_without_the_newline_that_is_trimmed),
		cmocka_unit_test(options_are_those_of_the_buffer_that_comes_out),
		cmocka_unit_test(unknown_flags_and_bad_options_are_refused_before_anything_is_read),
		cmocka_unit_test(null_is_invalid_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
