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

/*
 * Bytes of a buffer that stay where they are until the pin is released, which is what the language's typemap does after its one copy. If the
 * buffer was closed meanwhile, by another thread or a finalizer, the copy may be zeros: then osmls_give_back() returns an error, and the typemap
 * raises that instead (OSMLS_OUTCOME).
 */
typedef struct osml_view {
	osml_buffer *pinned; /* NULL after a failure */
	const void *data;
	size_t len;
} osml_view;

static osml_view osmls_whole(osml_buffer *b)
{
	osml_view view = { NULL, NULL, 0 };
	void *data = NULL;

	if (check(osml_buffer_pin(b, &data, &view.len)) == 0)
		view.pinned = b;
	view.data = data;
	return view;
}

static osml_view osmls_view(osml_buffer *b, size_t offset, size_t n)
{
	osml_view view = osmls_whole(b);

	if (view.pinned && (offset > view.len || n > view.len - offset)) {
		osml_buffer_unpin(b);
		check(OSML_ERANGE);
		view.pinned = NULL;
	} else if (view.pinned) {
		view.data = (const char *)view.data + offset;
		view.len = n;
	}
	return view;
}

static int osmls_give_back(const osml_view *view)
{
	return view->pinned ? check(osml_buffer_unpin(view->pinned)) : 0;
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

/** A fixed number of bytes in locked memory, wiped when it is closed. Any thread may use it. */
typedef struct {
} LockedBuffer;

%extend LockedBuffer {
	/** Makes a buffer of zeros. `want`: the protections. `policy`: what happens when one is unavailable. */
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

	/** Wipes now, and may be called again. All other calls on a closed buffer are errors, but for its size and whether it is closed. */
	void close()
	{
		check(osml_buffer_close($self));
	}

	/** Returns whether it is closed. In a child of fork() an inherited buffer is not: asking is refused there like anything else. */
	bool closed()
	{
		uint32_t bits;
		int rc = osml_buffer_protections($self, &bits);

		return rc == OSML_ECLOSED || check(rc) != 0;
	}

	/** Returns the length in bytes, also of a closed buffer. */
	size_t size()
	{
		return osml_buffer_size($self);
	}

	/** Copies bytes in. They stay where they were, too. */
	void write(size_t offset, const void *bytes, size_t n)
	{
		check(osml_buffer_write($self, offset, bytes, n));
	}

	/** Returns an object of the language's own bytes: a copy that the caller looks after. */
	osml_view read(size_t offset, size_t n)
	{
		return osmls_view($self, offset, n);
	}

#ifndef OSMLS_IMMUTABLE_BYTES
	/** Copies bytes into memory of the caller's, which may be locked and can be wiped. */
	void read_into(size_t offset, void *into, size_t n)
	{
		check(osml_buffer_read($self, offset, into, n));
	}
#endif

	/** Returns one byte, as a number: no other copy of it is made. */
	unsigned int get_byte(size_t offset)
	{
		unsigned char byte = 0;

		check(osml_buffer_read($self, offset, &byte, 1));
		return byte;
	}

	/** Sets one byte. */
	void set_byte(size_t offset, unsigned int byte)
	{
		check(byte > 255 ? OSML_EINVAL : osml_buffer_fill($self, offset, (unsigned char)byte, 1));
	}

	/** Sets `n` bytes to one value. */
	void fill(size_t offset, unsigned int byte, size_t n)
	{
		check(byte > 255 ? OSML_EINVAL : osml_buffer_fill($self, offset, (unsigned char)byte, n));
	}

	/** Fills `n` bytes with random ones of the system's. */
	void random(size_t offset, size_t n)
	{
		check(osml_buffer_random($self, offset, n));
	}

	/** Copies `n` bytes of another buffer, or of this one. */
	void copy(size_t offset, LockedBuffer *from, size_t start, size_t n)
	{
		check(osml_buffer_copy($self, offset, from, start, n));
	}

	/** Sets all bytes to zero. The buffer stays open. */
	void wipe()
	{
		check(osml_buffer_wipe($self));
	}

	/** Returns whether the bytes are those of another buffer, in a time that does not depend on them. */
	bool equal(LockedBuffer *other)
	{
		int equal = 0;

		check(osml_buffer_equal(&equal, $self, other));
		return equal != 0;
	}

	/** Allows reading, writing, or neither, of a guarded buffer. */
	void protect(unsigned int access)
	{
		check(osml_buffer_protect($self, access));
	}

	/** Returns the protections that the buffer got. */
	unsigned int protections()
	{
		uint32_t bits = 0;

		check(osml_buffer_protections($self, &bits));
		return bits;
	}

	/** Returns the protections that are in effect, as the kernel tells. */
	unsigned int verify()
	{
		uint32_t bits = 0;

		check(osml_buffer_verify($self, &bits));
		return bits;
	}

	/** Reads a descriptor into a part of the buffer. Returns how many bytes came: fewer than `n` at the end of the input. */
	long long read_fd(size_t offset, size_t n, int fd)
	{
		osml_buffer_options options = osmls_options(0, 0);
		size_t got = 0;

		check(osml_buffer_read_fd($self, offset, n, fd, &got, &options));
		return (long long)got;
	}

	/* `to`, and not `fd` as in from_fd: what a language calls a file may have a descriptor for each direction. */
	/** Writes all bytes to a descriptor. */
	void write_fd(int to)
	{
		osml_buffer_options options = osmls_options(0, 0);

		check(osml_buffer_write_fd($self, to, &options));
	}
}
