/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The words around a secret. What makes a buffer of others has the default protections; for more, make one with the size and those, and copy().
 * Pieces are joined two at a time, because arrays of mixed types travel to C in hardly any language.
 */
%constant unsigned int HEX = OSML_HEX;
%constant unsigned int BASE64 = OSML_BASE64;
%constant unsigned int BASE64URL = OSML_BASE64URL;
%constant unsigned int BASE32 = OSML_BASE32;

/* The others are not changed, so it may be tried once more after a collection. */
%define OSMLS_MAKER(name)
%newobject LockedBuffer::name;
%exception LockedBuffer::name {
	osmls_code = 0;
	$action
	if (osmls_code == OSML_ELIMIT && OSMLS_COLLECT) {
		osmls_code = 0;
		$action
	}
	OSMLS_OUTCOME
}
%enddef
#ifndef OSMLS_IMMUTABLE_BYTES
OSMLS_MAKER(take)
#endif
OSMLS_MAKER(part)
OSMLS_MAKER(joined)
OSMLS_MAKER(prefixed)
OSMLS_MAKER(suffixed)
OSMLS_MAKER(encode)

%extend LockedBuffer {
#ifndef OSMLS_IMMUTABLE_BYTES
	/** Makes a buffer of bytes, and wipes them where they were. `into`: the bytes. */
	static LockedBuffer *take(void *into, size_t n)
	{
		osml_buffer *b = NULL;

		check(osml_buffer_take(&b, into, n, NULL));
		return b;
	}
#endif

	/** Makes a buffer of `n` bytes of this one. */
	LockedBuffer *part(size_t offset, size_t n)
	{
		const osml_piece pieces[] = { { $self, NULL, offset, n } };
		osml_buffer *b = NULL;

		check(osml_buffer_join(&b, pieces, 1, NULL));
		return b;
	}

	/* NULL counts as bytes without a length, which the core refuses. */
	/** Makes a buffer of the bytes of this one and, after them, those of the other. */
	LockedBuffer *joined(LockedBuffer *other)
	{
		const osml_piece pieces[] = { { $self, NULL, 0, OSML_TO_END }, { other, NULL, 0, OSML_TO_END } };
		osml_buffer *b = NULL;

		check(osml_buffer_join(&b, pieces, 2, NULL));
		return b;
	}

	/** Makes a buffer of the bytes and, after them, those of this one. */
	LockedBuffer *prefixed(const void *bytes, size_t n)
	{
		const osml_piece pieces[] = { { NULL, bytes, 0, n }, { $self, NULL, 0, OSML_TO_END } };
		osml_buffer *b = NULL;

		check(osml_buffer_join(&b, pieces, 2, NULL));
		return b;
	}

	/** Makes a buffer of the bytes of this one and, after them, the bytes. */
	LockedBuffer *suffixed(const void *bytes, size_t n)
	{
		const osml_piece pieces[] = { { $self, NULL, 0, OSML_TO_END }, { NULL, bytes, 0, n } };
		osml_buffer *b = NULL;

		check(osml_buffer_join(&b, pieces, 2, NULL));
		return b;
	}

	/** Returns where the bytes are, or -1. The time that it takes tells the position. */
	long long find(size_t offset, const void *bytes, size_t n)
	{
		size_t at = OSML_NOT_FOUND;

		check(osml_buffer_find(&at, $self, offset, bytes, n));
		return at == OSML_NOT_FOUND ? -1 : (long long)at;
	}

	/** Returns whether these are the bytes, in a time that does not depend on either. */
	bool equal_bytes(const void *bytes, size_t n)
	{
		int equal = 0;

		check(osml_buffer_equal_bytes(&equal, $self, bytes, n));
		return equal != 0;
	}

	/** Makes a buffer of this one's text in a coding. */
	LockedBuffer *encode(unsigned int coding)
	{
		osml_buffer *b = NULL;

		check(osml_buffer_encode(&b, $self, coding, NULL));
		return b;
	}

	/** Decodes the text in place, and passes over white space. The buffer gets shorter. */
	void decode(unsigned int coding)
	{
		check(osml_buffer_decode($self, coding));
	}
}
