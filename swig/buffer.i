/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The locked buffer. One constructor and one destructor; what else makes one is in source.i. NULL and closed are errors of the core, so no
 * method asks first.
 */
%constant unsigned int LOCKED = OSML_LOCKED;
%constant unsigned int NODUMP = OSML_NODUMP;
%constant unsigned int WIPEONFORK = OSML_WIPEONFORK;
%constant unsigned int NOFORK = OSML_NOFORK;
%constant unsigned int CANARY = OSML_CANARY;
%constant unsigned int GUARDED = OSML_GUARDED;
%constant unsigned int SECRETMEM = OSML_SECRETMEM;
%constant unsigned int DEFAULT_PROTECTIONS = OSML_DEFAULT_PROTECTIONS;
%constant unsigned int POLICY_DEFAULT = OSML_POLICY_DEFAULT;
%constant unsigned int POLICY_STRICT = OSML_POLICY_STRICT;
%constant unsigned int POLICY_BEST_EFFORT = OSML_POLICY_BEST_EFFORT;
%constant unsigned int ACCESS_NONE = OSML_ACCESS_NONE;
%constant unsigned int ACCESS_READ = OSML_ACCESS_READ;
%constant unsigned int ACCESS_READWRITE = OSML_ACCESS_READWRITE;

%{
#ifndef OSMLS_INTERRUPTED
#define OSMLS_INTERRUPTED NULL
#endif

typedef struct osml_buffer LockedBuffer;

/* Bytes of a buffer that stay where they are until the pin is given back, which is what the language's typemap does after its one copy. */
typedef struct osml_view {
	osml_buffer *pinned; /* NULL after a failure */
	const void *data;
	size_t len;
} osml_view;

static osml_view osmls_view(osml_buffer *b, size_t offset, size_t n)
{
	osml_view view = { NULL, NULL, 0 };
	void *data = NULL;
	size_t len = 0;

	if (check(osml_buffer_pin(b, &data, &len)) != 0)
		return view;
	if (offset > len || n > len - offset) {
		osml_buffer_unpin(b);
		check(OSML_ERANGE);
		return view;
	}
	view.pinned = b;
	view.data = (const char *)data + offset;
	view.len = n;
	return view;
}

static osml_buffer_options osmls_options(unsigned int want, unsigned int policy)
{
	osml_buffer_options options = OSML_BUFFER_OPTIONS_INIT;

	options.want = want;
	options.policy = policy;
	options.interrupted = OSMLS_INTERRUPTED;
	return options;
}
%}

typedef struct {
} LockedBuffer;

%extend LockedBuffer {
	LockedBuffer(size_t size, unsigned int want = OSML_DEFAULT_PROTECTIONS, unsigned int policy = OSML_POLICY_DEFAULT)
	{
		osml_buffer_options options = osmls_options(want, policy);
		osml_buffer *b = NULL;

		check(osml_buffer_new(&b, size, &options));
		return b;
	}

	~LockedBuffer()
	{
		osml_buffer_free($self);
	}

	void close()
	{
		check(osml_buffer_close($self));
	}

	/* In a child of fork() an inherited buffer is not closed: asking is refused there like anything else. */
	bool closed()
	{
		uint32_t bits;
		int rc = osml_buffer_protections($self, &bits);

		return rc == OSML_ECLOSED || check(rc) != 0;
	}

	size_t size()
	{
		return osml_buffer_len($self);
	}

	void write(size_t offset, const void *bytes, size_t n)
	{
		check(osml_buffer_write($self, offset, bytes, n));
	}

	/* A new object of the language's own bytes: a copy that the caller looks after. */
	osml_view read(size_t offset, size_t n)
	{
		return osmls_view($self, offset, n);
	}

#ifndef OSMLS_IMMUTABLE_BYTES
	/* The same into memory of the caller's, which may be locked and can be wiped. */
	void read_into(size_t offset, void *into, size_t n)
	{
		check(osml_buffer_read($self, offset, into, n));
	}
#endif

	unsigned int get_byte(size_t offset)
	{
		unsigned char byte = 0;

		check(osml_buffer_read($self, offset, &byte, 1));
		return byte;
	}

	void set_byte(size_t offset, unsigned int byte)
	{
		check(byte > 255 ? OSML_EINVAL : osml_buffer_fill($self, offset, (unsigned char)byte, 1));
	}

	void fill(size_t offset, unsigned int byte, size_t n)
	{
		check(byte > 255 ? OSML_EINVAL : osml_buffer_fill($self, offset, (unsigned char)byte, n));
	}

	void random(size_t offset, size_t n)
	{
		check(osml_buffer_random($self, offset, n));
	}

	void copy(size_t offset, LockedBuffer *from, size_t from_offset, size_t n)
	{
		check(osml_buffer_copy($self, offset, from, from_offset, n));
	}

	void wipe()
	{
		check(osml_buffer_wipe($self));
	}

	bool equal(LockedBuffer *other)
	{
		int equal = 0;

		check(osml_buffer_equal(&equal, $self, other));
		return equal != 0;
	}

	void protect(unsigned int access)
	{
		check(osml_buffer_protect($self, access));
	}

	unsigned int protections()
	{
		uint32_t bits = 0;

		check(osml_buffer_protections($self, &bits));
		return bits;
	}

	unsigned int verify()
	{
		uint32_t bits = 0;

		check(osml_buffer_verify($self, &bits));
		return bits;
	}

	void decode_hex()
	{
		check(osml_buffer_decode_hex($self));
	}

	void decode_base64()
	{
		check(osml_buffer_decode_base64($self));
	}

	/* `to`, and not `fd` as in from_fd: what a language calls a file may have a descriptor for each direction. */
	void write_fd(int to)
	{
		osml_buffer_options options = osmls_options(0, 0);

		check(osml_buffer_write_fd($self, to, &options));
	}
}
