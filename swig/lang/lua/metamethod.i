/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* `local b <close> = ...`, #b and tostring(b). The typemap of `second` is in lua.i. */
%extend LockedBuffer {
	void __close(int second)
	{
		int rc = osml_buffer_close($self);

		check(second ? 0 : rc);
	}

	/* Lua gives the operand of # twice. */
	size_t __len(int second)
	{
		(void)second;
		return osml_buffer_len($self);
	}

	const char *__tostring()
	{
		return "LockedBuffer"; /* no address */
	}
}
%extend CoreDumpsGuard {
	void __close(int second)
	{
		int rc = release_guard($self);

		check(second ? 0 : rc);
	}
}
