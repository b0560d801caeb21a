/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The bytes where they lie, for LockedBuffer.with() of index.js, as a Uint8Array over an external ArrayBuffer. The pin goes with that: whatever
 * still refers to it, also an operation on a thread of Node's, finds the memory there, and zeros in it once the buffer is closed. It is never
 * detached, because Node's threads would not know.
 */
%{
static Napi::Value osmls_lend(Napi::Env env, osml_view view)
{
	auto unpin = [](napi_env, void *, void *pinned) { osml_buffer_unpin((osml_buffer *)pinned); };
	napi_value lent;
	napi_status status;

	if (view.len == 0) { /* V8 looks at no address then, and may tell nobody that it is done with it */
		osml_buffer_unpin(view.pinned);
		return Napi::Uint8Array::New(env, 0);
	}
	status = napi_create_external_arraybuffer(env, (void *)view.data, view.len, unpin, view.pinned, &lent);
	if (status == napi_ok)
		return Napi::Uint8Array::New(env, view.len, Napi::ArrayBuffer(env, lent), 0);
	osml_buffer_unpin(view.pinned);
	if (status == napi_no_external_buffers_allowed)
		osmls_raise(env, OSML_EUNSUPPORTED, "OSML_EUNSUPPORTED: this runtime allows no memory but its own");
	throw Napi::Error::New(env);
}
%}

%extend LockedBuffer {
	/* A Uint8Array can always be written to, so what allows reading alone is refused. */
	osml_view lend()
	{
		osml_view view = osmls_whole($self);

		if (view.pinned && check(osml_buffer_write($self, 0, NULL, 0)) != 0)
			osml_buffer_unpin(view.pinned);
		return view;
	}
}
