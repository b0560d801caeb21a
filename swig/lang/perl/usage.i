/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Usage: $buffer->write(offset, bytes). SWIG tells "Usage: LockedBuffer_write(self,offset,bytes,n);", which nobody can call, with a length that goes
 * with the bytes.
 */
%{
#undef SWIG_croak
#define SWIG_croak(told) { osmls_usage(aTHX_ told); SWIG_fail; }

static void osmls_tell_name(pTHX_ SV *usage, const char *name, const char *list)
{
	bool is_method = strncmp(list, "(self", 5) == 0;

	if (strncmp(name, "new_LockedBuffer", 16) == 0)
		sv_catpvs(usage, "osmemlock::LockedBuffer->new");
	else if (is_method)
		sv_catpvf(usage, "%s%.*s", *name == 'L' ? "$buffer->" : "$guard->", (int)(list - strchr(name, '_') - 1), strchr(name, '_') + 1);
	else if (strncmp(name, "LockedBuffer_", 13) == 0)
		sv_catpvf(usage, "osmemlock::LockedBuffer::%.*s", (int)(list - name - 13), name + 13);
	else
		sv_catpvf(usage, "osmemlock::%.*s", (int)(list - name), name);
}

static void osmls_usage(pTHX_ const char *told)
{
	SV *usage = sv_2mortal(newSVpvs("Usage: "));
	const char *name = told + strlen("Usage: "), *next = strchr(name, '('), *between = "";
	bool has_length = false;

	osmls_tell_name(aTHX_ usage, name, next);
	sv_catpvs(usage, "(");
	while (*next++ != ')') {
		size_t length = strcspn(next, ",)");

		if (strncmp(next, "self", 4) != 0 && !has_length && length > 0) {
			sv_catpvf(usage, "%s%.*s", between, (int)length, next);
			between = ", ";
		}
		has_length = strncmp(next, "bytes,", 6) == 0 || strncmp(next, "into,", 5) == 0 || strncmp(next, "memory,", 7) == 0;
		next += length;
	}
	sv_catpvs(usage, ")");
	sv_setsv(ERRSV, mess("%" SVf, SVfARG(usage)));
}
%}
