/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* with: an error while it is left does not replace the one that is under way. */
%define OSMLS_IDIOM(class, release)
%extend class {
	void __enter__()
	{
		(void)$self;
	}

	void __exit__(PyObject *kind, PyObject *error, PyObject *trace)
	{
		int rc = release($self);

		(void)error;
		(void)trace;
		check(kind == Py_None ? rc : 0);
	}

	/* For copy and pickle. */
	void __reduce_ex__(int protocol)
	{
		(void)$self;
		(void)protocol;
		check(OSML_EUNSUPPORTED);
	}
}
%enddef
OSMLS_IDIOM(LockedBuffer, osml_buffer_close)
OSMLS_IDIOM(LockedRegion, unlock_region)
OSMLS_IDIOM(CoreDumpsGuard, release_guard)
