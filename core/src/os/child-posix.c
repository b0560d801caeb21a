/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A child process with a pipe to it and one from it. */
#define _GNU_SOURCE
#include "../internal.h"
#include "childstatus.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __APPLE__
#include <crt_externs.h>
#define environ (*_NSGetEnviron())
#elif defined(__ELF__)
extern char **environ __attribute__((weak)); /* FreeBSD has it in the program, and no library may insist on that */
#else
extern char **environ;
#endif

/* What a C library may be too old for is asked for when the library is loaded, where that can be asked. */
#ifdef __ELF__
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from) __attribute__((weak));
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path) __attribute__((weak));
#endif

/* ---- How a child ended is lost where SIGCHLD is ignored ---- */

/*
 * The system then keeps no status. While a child of ours lives, it does, and a handler stays; the other children that end meanwhile are waited for at
 * the end, as the system would have done. What the program has set meanwhile is left as it is. A child that another thread forks meanwhile has none of
 * these children, and gets back what was set.
 */
static struct {
	struct sigaction before, meanwhile;
	unsigned children;
	bool changed; /* set before it is so, and cleared after: a fork in between must not miss it */
} keeping;

static bool is_as_we_left_it(void)
{
	struct sigaction now;

	return sigaction(SIGCHLD, NULL, &now) == 0 && now.sa_handler == keeping.meanwhile.sa_handler && !(now.sa_flags & SA_NOCLDWAIT);
}

static void keep_statuses(void)
{
	osml__os_mutex_lock(OSML__MUTEX_PROCESS);
	if (!keeping.changed && sigaction(SIGCHLD, NULL, &keeping.before) == 0 &&
	    (keeping.before.sa_flags & SA_NOCLDWAIT || keeping.before.sa_handler == SIG_IGN)) {
		keeping.meanwhile = keeping.before;
		keeping.meanwhile.sa_flags &= ~SA_NOCLDWAIT;
		if (keeping.before.sa_handler == SIG_IGN)
			keeping.meanwhile.sa_handler = SIG_DFL;
		keeping.changed = true;
		keeping.changed = sigaction(SIGCHLD, &keeping.meanwhile, NULL) == 0;
	}
	keeping.children++;
	osml__os_mutex_unlock(OSML__MUTEX_PROCESS);
}

/* A thread that was cancelled in here would keep the mutex. No children: the caller's `interrupted` has forked, and this is its child. */
static void keep_statuses_no_longer(void)
{
	int cancellation = osml__os_cancellation_off();

	osml__os_mutex_lock(OSML__MUTEX_PROCESS);
	if (keeping.children && !--keeping.children && keeping.changed) {
		if (is_as_we_left_it() && sigaction(SIGCHLD, &keeping.before, NULL) == 0)
			while (waitpid(-1, NULL, WNOHANG) > 0)
				;
		keeping.changed = false;
	}
	osml__os_mutex_unlock(OSML__MUTEX_PROCESS);
	osml__os_cancellation_restore(cancellation);
}

void osml__os_children_forget(void)
{
	if (keeping.changed && is_as_we_left_it())
		sigaction(SIGCHLD, &keeping.before, NULL);
	keeping.changed = false;
	keeping.children = 0;
}

/* ---- The start ---- */

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Above the standard ones, which the child gets by copies. */
static int raise_end(int *fd)
{
	int higher = fcntl(*fd, F_DUPFD_CLOEXEC, 3);

	if (higher < 0)
		return -errno;
	close(*fd);
	*fd = higher;
	return 0;
}

/* Not inherited by what another thread starts meanwhile, where the system has a call for that. */
static int make_pipe(int ends[2])
{
#ifdef __APPLE__
	int rc = pipe(ends) ? -errno : 0;
#else
	int rc = pipe2(ends, O_CLOEXEC) ? -errno : 0;
#endif
	if (rc) {
		ends[0] = ends[1] = -1;
		return rc;
	}
	rc = raise_end(&ends[0]);
	return rc ? rc : raise_end(&ends[1]);
}

/* What is at its end already: where there is no /dev/null, as in a bare chroot, a pipe to which nobody writes. */
static int open_nothing(int ends[2])
{
	int rc = osml__os_open(&ends[0], "/dev/null");

	if (rc == 0)
		return raise_end(&ends[0]);
	rc = make_pipe(ends);
	close_end(&ends[1]);
	return rc;
}

/*
 * The end that this process writes to. Where SIGPIPE goes to the process, as on macOS and NetBSD, another thread might get it before who writes can take
 * it back: there it is switched off.
 */
static int set_up_feeding(int fd)
{
	int failed = fcntl(fd, F_SETFL, O_NONBLOCK);

#ifdef F_SETNOSIGPIPE
	if (!failed)
		failed = fcntl(fd, F_SETNOSIGPIPE, 1);
#endif
	return failed ? -errno : 0;
}

static int arrange(posix_spawn_file_actions_t *actions, int in, int out, const char *directory)
{
	int rc = posix_spawn_file_actions_adddup2(actions, in, 0);

	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(actions, out, 1);
	/* Where this process has no standard error, what the child opens first must not become it: nothing can be written to `in`. */
	if (rc == 0 && fcntl(2, F_GETFD) < 0)
		rc = posix_spawn_file_actions_adddup2(actions, in, 2);
#ifdef POSIX_SPAWN_CLOEXEC_DEFAULT
	else if (rc == 0)
		rc = posix_spawn_file_actions_addinherit_np(actions, 2);
#endif
#ifdef __ELF__
	if (rc == 0 && directory && !posix_spawn_file_actions_addchdir_np)
		return OSML_EUNSUPPORTED;
	if (rc == 0 && directory)
		rc = posix_spawn_file_actions_addchdir_np(actions, directory);
	if (rc == 0 && posix_spawn_file_actions_addclosefrom_np)
		rc = posix_spawn_file_actions_addclosefrom_np(actions, 3);
#else
	if (directory)
		return OSML_EUNSUPPORTED;
#endif
	return -rc;
}

/* As a shell starts a program: what this process ignores stays ignored, but for these two. */
static int set_signals(posix_spawnattr_t *attributes)
{
	short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
	sigset_t none, back;
	int rc;

	sigemptyset(&none);
	sigemptyset(&back);
	sigaddset(&back, SIGPIPE);
	sigaddset(&back, SIGCHLD);
#ifdef POSIX_SPAWN_CLOEXEC_DEFAULT
	flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
#endif
	rc = posix_spawnattr_setflags(attributes, flags);
	if (rc == 0)
		rc = posix_spawnattr_setsigmask(attributes, &none);
	return -(rc ? rc : posix_spawnattr_setsigdefault(attributes, &back));
}

static int spawn(pid_t *pid, const osml_command *command, int in, int out)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char *const *environment = command->envp ? (char *const *)command->envp : environ;
	int rc = -posix_spawn_file_actions_init(&actions);

	if (rc)
		return rc;
	rc = -posix_spawnattr_init(&attributes);
	if (rc == 0) {
		rc = arrange(&actions, in, out, command->directory);
		if (rc == 0)
			rc = set_signals(&attributes);
		if (rc == 0)
			rc = -posix_spawnp(pid, command->argv[0], &actions, &attributes, (char *const *)command->argv, environment);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

int osml__os_child_start(struct osml__child *child, const osml_command *command)
{
	int in[2] = { -1, -1 }, out[2], rc = make_pipe(out);
	pid_t pid = 0;

	if (rc == 0)
		rc = command->input ? make_pipe(in) : open_nothing(in);
	if (rc == 0 && command->input)
		rc = set_up_feeding(in[1]);
	if (rc == 0) {
		keep_statuses();
		rc = spawn(&pid, command, in[0], out[1]);
		if (rc)
			keep_statuses_no_longer();
	}
	close_end(&in[0]);
	close_end(&out[1]);
	*child = (struct osml__child){ rc ? 0 : pid, in[1], out[0], rc ? -1 : osml__os_childstatus_open(pid) };
	if (rc)
		osml__os_child_close(child);
	return rc;
}

/* ---- While it runs ---- */

int osml__os_child_wait(const struct osml__child *child, unsigned *ready, int milliseconds)
{
	struct pollfd ends[2] = { { .fd = child->out, .events = POLLIN }, { .fd = child->in, .events = POLLOUT } };
	int n = poll(ends, 2, milliseconds);

	*ready = (ends[0].revents ? OSML__CHILD_WRITES : 0) | (ends[1].revents ? OSML__CHILD_READS : 0);
	return n < 0 ? -errno : n ? 0 : -EAGAIN;
}

static bool sigpipe_is_pending(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

/* A child need not read: that is no reason for SIGPIPE to this process. It goes to the thread that writes, which takes it back. */
int osml__os_child_feed(struct osml__child *child, const void *bytes, size_t n, size_t *wrote)
{
	int rc, taken, cancellation = osml__os_cancellation_off();
	sigset_t sigpipe, before;
	bool was_pending = sigpipe_is_pending();

	sigemptyset(&sigpipe);
	sigaddset(&sigpipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &sigpipe, &before);
	rc = osml__os_write(child->in, bytes, n, wrote);
	if (rc == -EPIPE && !was_pending && sigpipe_is_pending())
		sigwait(&sigpipe, &taken);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	osml__os_cancellation_restore(cancellation);
	return rc;
}

void osml__os_child_shut(struct osml__child *child, unsigned way)
{
	int cancellation = osml__os_cancellation_off(); /* a close that was cancelled may have closed all the same */

	close_end(way == OSML__CHILD_READS ? &child->in : &child->out);
	osml__os_cancellation_restore(cancellation);
}

/* ---- The end ---- */

/* It has ended, or is left to itself. */
static void let_go(struct osml__child *child)
{
	int cancellation = osml__os_cancellation_off();

	close_end(&child->status);
	child->id = 0;
	keep_statuses_no_longer();
	osml__os_cancellation_restore(cancellation);
}

const int osml__os_child_signals = 255;

/* No descriptor tells it on every system, and SIGCHLD is the program's. */
int osml__os_child_end(struct osml__child *child, int *status, int milliseconds)
{
	int how;
	pid_t pid = waitpid((pid_t)child->id, &how, milliseconds < 0 ? 0 : WNOHANG);

	if (pid == 0) {
		poll(NULL, 0, milliseconds);
		return -EAGAIN;
	}
	if (pid < 0 && errno == EINTR)
		return -EINTR;
	if (pid < 0 && osml__os_childstatus(child->status, &how) == 0)
		pid = (pid_t)child->id;
	let_go(child);
	if (pid < 0)
		return -ECHILD;
	*status = WIFEXITED(how) ? WEXITSTATUS(how) : -WTERMSIG(how);
	return 0;
}

/*
 * Only what still is a child of ours is killed: when another part of the process has waited for it, its number may be another program's. A program
 * that has made another user its real one may refuse (EPERM), and so may a security module: who gives up cannot wait for the end of that. Nor is it
 * waited for later, by a number that would be another child's once the process has collected this one.
 */
void osml__os_child_close(struct osml__child *child)
{
	int status;

	close_end(&child->in);
	close_end(&child->out);
	if (!child->id || osml__os_child_end(child, &status, 0) != -EAGAIN)
		return;
	if (kill((pid_t)child->id, SIGKILL))
		let_go(child);
	else
		while (osml__os_child_end(child, &status, -1) == -EINTR)
			;
}
