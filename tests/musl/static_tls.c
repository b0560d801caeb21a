/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The control: a library that wants static TLS, which musl has none of for what is opened later, and more of it than glibc is asked for. */
extern _Thread_local long many[18];
_Thread_local long many[18] __attribute__((tls_model("initial-exec")));
long first(void);

long first(void)
{
	return many[0];
}
