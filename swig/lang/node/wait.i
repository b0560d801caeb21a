/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A call that may wait, on the thread that calls or on one of its own. The core asks five times a second whether it is over. */
%{
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <system_error>
#include <thread>

struct osmls_job {
	std::function<long long(osml_buffer *&made)> work;
	std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();
	std::atomic<bool> cancelled { false };
	osml_buffer *pinned = NULL; /* what it works on */
	osml_buffer *made = NULL;   /* its result, if that is a buffer */
	long long count = 0;        /* else; -1: there is none */
	int code = 0;
	char message[OSMLS_MESSAGE];
	std::thread thread;
	napi_env env;
	napi_threadsafe_function done;

	~osmls_job()
	{
		unpin();
		osml_buffer_free(made);
	}

	void unpin()
	{
		if (pinned)
			osml_buffer_unpin(pinned);
		pinned = NULL;
	}

	bool is_late() const { return std::chrono::steady_clock::now() >= until; }
	void run();
	void end(int failure);
};

static OSMLS_THREAD_LOCAL osmls_job *osmls_current;

static int osmls_interrupted(void *context)
{
	(void)context;
	return osmls_current && (osmls_current->cancelled || osmls_current->is_late());
}
#define OSMLS_INTERRUPTED osmls_interrupted

void osmls_job::end(int failure)
{
	code = failure == -EINTR && !cancelled && is_late() ? -ETIMEDOUT : failure;
	if (code == -ETIMEDOUT)
		snprintf(message, sizeof message, "ETIMEDOUT: the timeout is over");
	else if (code < 0)
		osmls_explain(message, code);
}

void osmls_job::run()
{
	osmls_current = this;
	osmls_code = 0;
	count = work(made);
	osmls_current = NULL;
	work = nullptr; /* what it holds, now: the function that cancels keeps this job until the collector finds it */
	unpin();
	end(osmls_code);
	osmls_code = 0; /* whoever has the result raises it */
}
%}
