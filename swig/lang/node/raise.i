/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What needs the shared files: errors and views. */
%{
/* `code` as Node's own errors have it, and of the system's errors `errno` too. */
static void osmls_raise(Napi::Env env, int code, const char *message)
{
	int category = osmls_category(code);
	Napi::Error error;

	if (category == SWIG_IndexError)
		error = Napi::RangeError::New(env, message);
	else if (category == SWIG_ValueError)
		error = Napi::TypeError::New(env, message);
	else
		error = Napi::Error::New(env, message);
	error.Set("code", Napi::String::New(env, code == -ETIMEDOUT ? "ETIMEDOUT" : osml_error_name(code))); /* the core has no timeout */
	if (category == SWIG_IOError)
		error.Set("errno", Napi::Number::New(env, code));
	throw error;
}

/* Unpins also when there is no memory for the copy. */
static Napi::Value osmls_buffer(Napi::Env env, osml_view view)
{
	struct unpin {
		const osml_view &view;
		~unpin() { osmls_give_back(&view); }
	} later = { view };

	return Napi::Buffer<char>::Copy(env, (const char *)view.data, view.len);
}
%}
