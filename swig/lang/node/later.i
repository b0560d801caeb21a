/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The calls that may wait, as wait.js has them: each runs its job at once, and returns what comes of it; or, with a function `done`, on a thread,
 * and returns a function that cancels it. A thread for each, because those of libuv's pool are few, and whoever writes what a job waits for may
 * need one of them.
 */
%{
#include <set>

#ifndef _WIN32
#include <fcntl.h>
#include <unistd.h>
#endif

typedef Napi::Value osmls_value;
typedef std::shared_ptr<osmls_job> osmls_shared;

/* The buffer, the number, or nothing; or what was refused is thrown. */
static Napi::Value osmls_result(Napi::Env env, osmls_job &job)
{
	Napi::Value result;

	if (job.code < 0)
		osmls_raise(env, job.code, job.message);
	if (job.count < 0)
		return env.Undefined();
	if (!job.made)
		return Napi::Number::New(env, (double)job.count);
	result = SWIG_NewPointerObj(job.made, SWIGTYPE_p_LockedBuffer, SWIG_POINTER_OWN);
	job.made = NULL;
	return result;
}

static void osmls_join(osmls_job *job)
{
	job->cancelled = true;
	if (job->thread.joinable())
		job->thread.join();
}

static thread_local std::set<osmls_job *> osmls_started;

/*
 * The environment ends, as that of a worker that is terminated: nothing may run in it afterwards. All are told before one is waited for, because each
 * may take a fifth of a second.
 */
static void osmls_abandon(void *job)
{
	for (osmls_job *other : osmls_started)
		if (other->env == ((osmls_job *)job)->env)
			other->cancelled = true;
	osmls_started.erase((osmls_job *)job);
	osmls_join((osmls_job *)job);
}

/* On the thread of JavaScript; without `env` that is ending. */
static void osmls_tell(napi_env env, napi_value done, void *given, void *)
{
	osmls_shared &job = *(osmls_shared *)given;
	napi_value told[2];

	if (!env)
		return;
	napi_remove_env_cleanup_hook(env, osmls_abandon, job.get());
	osmls_started.erase(job.get());
	osmls_join(job.get());
	told[0] = told[1] = Napi::Env(env).Undefined();
	try {
		told[1] = osmls_result(env, *job);
	} catch (const Napi::Error &error) {
		told[0] = error.Value();
	}
	napi_call_function(env, Napi::Env(env).Undefined(), done, 2, told, NULL);
}

static void osmls_forget(napi_env, void *given, void *)
{
	delete (osmls_shared *)given;
}

static void osmls_hand_over(osmls_job *job)
{
	napi_call_threadsafe_function(job->done, NULL, napi_tsfn_nonblocking);
	napi_release_threadsafe_function(job->done, napi_tsfn_release);
}

static Napi::Value osmls_start(Napi::Env env, const osmls_shared &job, Napi::Value done)
{
	osmls_shared *kept = new osmls_shared(job);

	if (napi_create_threadsafe_function(env, done, NULL, Napi::String::New(env, "osmemlock"), 0, 1, kept, osmls_forget, kept, osmls_tell,
	                                    &job->done) != napi_ok) {
		delete kept;
		throw Napi::Error::New(env);
	}
	napi_add_env_cleanup_hook(env, osmls_abandon, job.get());
	osmls_started.insert(job.get());
	job->env = env;
	try {
		job->thread = std::thread([job = job.get()] {
			job->run();
			osmls_hand_over(job);
		});
	} catch (const std::system_error &error) {
		job->end(-error.code().value());
		osmls_hand_over(job.get());
	}
	return Napi::Function::New(env, [job](const Napi::CallbackInfo &info) {
		job->cancelled = true;
		if (info[0].ToBoolean())
			osmls_join(job.get());
	});
}

static Napi::Value osmls_wait(LockedBuffer *b, double milliseconds, Napi::Value done, std::function<long long(osml_buffer *&)> work)
{
	osmls_shared job = std::make_shared<osmls_job>();

	if (b && check(osml_buffer_pin(b, NULL, NULL)) == 0)
		job->pinned = b;
	if (osmls_code < 0)
		return done;
	if (milliseconds < 1e12) /* 32 years */
		job->until = std::chrono::steady_clock::now() + std::chrono::microseconds((long long)(milliseconds * 1000));
	job->work = std::move(work);
	if (!done.IsUndefined())
		return osmls_start(done.Env(), job, done);
	job->run();
	return osmls_result(done.Env(), *job);
}

/* A text that is there as long as the job; NULL stays NULL. */
struct osmls_kept {
	std::shared_ptr<std::string> text;

	osmls_kept(const char *given) : text(given ? std::make_shared<std::string>(given) : nullptr) {}
	operator const char *() const { return text ? text->c_str() : NULL; }
};

/*
 * A descriptor of the job's own, if that runs on a thread: the number of one that is closed meanwhile is the next file's, which would take the rest of
 * the secret.
 */
static std::shared_ptr<int> osmls_own(int fd, Napi::Value done)
{
	int own = -1;

#ifndef _WIN32
	if (!done.IsUndefined())
		own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
#endif
	if (own < 0)
		return std::make_shared<int>(fd);
	return std::shared_ptr<int>(new int(own), [](int *fd) {
		close(*fd);
		delete fd;
	});
}
%}

%typemap(in) osmls_value %{ $1 = $input; %}
%typemap(in) double %{ $1 = $input.ToNumber().DoubleValue(); %}
%typemap(out) osmls_value %{ $result = $1; %}

%inline %{
static osmls_value wait_from_fd(int fd, size_t max, unsigned int flags, unsigned int want, unsigned int policy, double timeout, osmls_value done)
{
	return osmls_wait(NULL, timeout, done, [=, own = osmls_own(fd, done)](osml_buffer *&made) {
		made = LockedBuffer_from_fd(*own, max, flags, want, policy);
		return 0;
	});
}

static osmls_value wait_from_file(const char *path, size_t max, unsigned int flags, unsigned int want, unsigned int policy, double timeout,
                                  osmls_value done)
{
	return osmls_wait(NULL, timeout, done, [=, kept = osmls_kept(path)](osml_buffer *&made) {
		made = LockedBuffer_from_file(kept, max, flags, want, policy);
		return 0;
	});
}

static osmls_value wait_prompt(const char *prompt, size_t max, unsigned int flags, unsigned int want, unsigned int policy, double timeout,
                               osmls_value done)
{
	return osmls_wait(NULL, timeout, done, [=, kept = osmls_kept(prompt)](osml_buffer *&made) {
		made = LockedBuffer_prompt(kept, max, flags, want, policy);
		return 0;
	});
}

static osmls_value wait_from_command(const void *bytes, size_t n, size_t max, unsigned int flags, unsigned int want, unsigned int policy,
                                     double timeout, osmls_value done)
{
	return osmls_wait(NULL, timeout, done, [=, words = std::string((const char *)bytes, n)](osml_buffer *&made) {
		made = LockedBuffer_from_command(words.data(), n, max, flags, want, policy);
		return 0;
	});
}

static osmls_value wait_piped(LockedBuffer *self, const void *bytes, size_t n, size_t max, unsigned int flags, unsigned int want, unsigned int policy,
                              double timeout, osmls_value done)
{
	return osmls_wait(self, timeout, done, [=, words = std::string((const char *)bytes, n)](osml_buffer *&made) {
		made = LockedBuffer_piped(self, words.data(), n, max, flags, want, policy);
		return 0;
	});
}

static osmls_value wait_read_fd(LockedBuffer *self, size_t offset, size_t n, int fd, double timeout, osmls_value done)
{
	return osmls_wait(self, timeout, done, [=, own = osmls_own(fd, done)](osml_buffer *&) { return LockedBuffer_read_fd(self, offset, n, *own); });
}

static osmls_value wait_write_fd(LockedBuffer *self, int to, double timeout, osmls_value done)
{
	return osmls_wait(self, timeout, done, [=, own = osmls_own(to, done)](osml_buffer *&) {
		LockedBuffer_write_fd(self, *own);
		return -1;
	});
}
%}
