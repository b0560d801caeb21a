/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The table of LockedBuffer: its names and what they mean. */
#include "buffer.h"

#include <structmember.h>

/* Every constructor takes these, and says the same of them. */
#define MAKES        ", policy='default', guarded=False, secretmem=False, fork='wipe')\n--\n\n"
#define TEXTS        ", max=65536, trim_newline=False, trim_space=False, first_line=False, allow_empty=False"
#define READS        TEXTS ", private=False, timeout=None" MAKES
#define SEE_KEYWORDS "Keywords as in LockedBuffer()."
#define SEE          " " SEE_KEYWORDS
#define LIMIT                                                                                                 \
	"\n\nA secret of more than max bytes is a ValueError, and so is an empty one unless\n"                \
	"allow_empty; all that was read is wiped. For text: trim_newline removes one newline (\\n or\n"       \
	"\\r\\n) at the end, trim_space all white space and NULs there, first_line all but the first line;\n" \
	"each of them drops a byte order mark too, and refuses UTF-16. Without them every byte is kept."
#define LATE    "\ntimeout: seconds, asked for five times a second; then TimeoutError, and what was read is wiped."
#define PRIVATE "\nprivate: PermissionError for a file that its group or others can read." LATE

/* With a cast through void (*)(void), as the compiler wants it between function types. */
#define FAST(function) (PyCFunction)(void (*)(void))(function)
#define MAKER          METH_FASTCALL | METH_KEYWORDS
#define SOURCE         METH_CLASS | MAKER

#define DECODES                                                             \
	" ValueError, which names the line: other text; it is unchanged.\n" \
	"BufferError while a view is alive."

static PyMethodDef methods[] = {
	{ "from_bytes", FAST(osmlpy_source_bytes), SOURCE,
	  "from_bytes($type, data, /, *, wipe=False" MAKES
	  "A buffer with a copy of any C-contiguous buffer's bytes. wipe: the source is overwritten with\n"
	  "zeros once they are in the buffer, and must be writable; a bytes object is not. Raises\n"
	  "BufferError for one that is not contiguous, or not writable." SEE },
	{ "join", FAST(osmlpy_source_join), SOURCE,
	  "join($type, pieces, /, *" MAKES "A buffer of all pieces, one behind the other: each a LockedBuffer, a str, as UTF-8, or any\n"
	  "C-contiguous buffer.\n\n"
	  "with LockedBuffer.join(['Authorization: Bearer ', token]) as header:\n"
	  "    connection.sendall(header)\n\n" SEE_KEYWORDS },
	{ "random", FAST(osmlpy_source_random), SOURCE,
	  "random($type, size, /, *" MAKES
	  "A buffer of size bytes from the system's random generator (getrandom(2)), written straight into it." SEE },
	{ "from_fd", FAST(osmlpy_source_fd), SOURCE,
	  "from_fd($type, fd, /, *" READS "Reads a file descriptor, or an object with fileno(), to its end, straight into the buffer.\n"
	  "The descriptor stays open and belongs to the caller. A signal handler that raises ends the read, and\n"
	  "what was read is wiped. Raises OSError with errno; TypeError for an object that may change\n"
	  "what passes: a GzipFile, an SSLSocket, and text or a buffer above one.\n\n"
	  "Read nothing from a file object before, or open it with buffering=0. What Python has read\n"
	  "ahead from a pipe or a socket is not seen here, and lies in memory that nobody wipes; where\n"
	  "there are positions, as in a file on a disk, that is a ValueError." LIMIT PRIVATE SEE },
	{ "from_file", FAST(osmlpy_source_file), SOURCE,
	  "from_file($type, path, /, *" READS "Reads a file straight into the buffer. The kernel's page cache keeps its own copy: for\n"
	  "secrets at rest prefer a tmpfs, a pipe or a credential. Raises OSError with errno and\n"
	  "filename." LIMIT PRIVATE SEE },
	{ "from_env", FAST(osmlpy_source_env), SOURCE,
	  "from_env($type, name, /, *" TEXTS MAKES
	  "Takes a variable out of the environment: copies its value, overwrites the original, so that\n"
	  "/proc/PID/environ shows NULs too, and unsets it, in os.environ as well.\n\n"
	  "One copy is out of reach: Python copied the whole environment to the heap when it started,\n"
	  "into os.environ. That copy is freed here, not wiped. Where it matters, pass the secret by a\n"
	  "descriptor, a file or a credential. FileNotFoundError: not set. On failure the variable is\n"
	  "unchanged. Not while another thread uses the environment (setenv(3))." LIMIT SEE },
	{ "from_credential", FAST(osmlpy_source_credential), SOURCE,
	  "from_credential($type, name, /, *" READS
	  "Reads the systemd credential of that name from $CREDENTIALS_DIRECTORY (systemd.exec(5)).\n"
	  "FileNotFoundError: no such directory or credential." LIMIT PRIVATE SEE },
	{ "from_command", FAST(osmlpy_source_command), SOURCE,
	  "from_command($type, argv, /, *" TEXTS ", timeout=None, input=None, env=None, cwd=None" MAKES
	  "Runs a command without a shell, and reads its stdout straight from the pipe into the\n"
	  "buffer. Its stdin is input, a LockedBuffer or bytes, or else /dev/null; env and cwd as for subprocess.\n\n"
	  "subprocess.CalledProcessError: it failed; the exception holds none of its output. When\n"
	  "anything goes wrong, the command is killed, and it is always waited for." LIMIT LATE SEE },
	{ "prompt", FAST(osmlpy_source_prompt), SOURCE,
	  "prompt($type, prompt='Password: ', /, *, max=65536, trim_space=False, allow_empty=False, timeout=None" MAKES
	  "Asks on the controlling terminal (/dev/tty) with echo off, and reads one line, without its\n"
	  "newline. OSError with ENXIO: no terminal. At a signal the terminal is restored and what was\n"
	  "typed is wiped; when its Python handler raises (KeyboardInterrupt), that comes out, else the\n"
	  "question is asked again. A line longer than max is a ValueError. EOFError: the input\n"
	  "ended, or the answer is empty and allow_empty is not set." LATE SEE },
	{ "close", osmlpy_buffer_close, METH_NOARGS,
	  "close($self, /)\n"
	  "--\n\n"
	  "Wipes now. Views that are alive read as zeros from here on, and the memory is unmapped\n"
	  "with the last of them. A second close does nothing. CorruptionError: something had written outside\n"
	  "its buffer; this one is wiped and closed all the same." },
	{ "wipe", osmlpy_bytes_wipe, METH_NOARGS,
	  "wipe($self, /)\n--\n\nSets all bytes to zero, which the compiler cannot remove. The buffer stays open." },
	{ "verify", osmlpy_buffer_verify, METH_NOARGS,
	  "verify($self, /)\n"
	  "--\n\n"
	  "Those of the protections that the kernel confirms now (/proc/self/smaps: milliseconds in a\n"
	  "large process), as a frozenset. CorruptionError: something wrote outside its buffer.\n"
	  "UnsupportedError where the system has no such report." },
	{ "protect", osmlpy_buffer_protect, METH_O,
	  "protect($self, access, /)\n"
	  "--\n\n"
	  "Sets the access mode of a guarded buffer's memory in this process: 'none', 'read' or\n"
	  "'readwrite' (mprotect(2)). BufferError while a view or another thread uses it;\n"
	  "UnsupportedError for a buffer that is not guarded. It stops stray reads and writes, not\n"
	  "dumps or debuggers." },
	{ "slice", FAST(osmlpy_text_slice), MAKER,
	  "slice($self, start=0, stop=None, /, *" MAKES
	  "A new buffer with a copy of those bytes, positions as in b[start:stop], which is a view." SEE },
	{ "find", FAST(osmlpy_text_find), METH_FASTCALL,
	  "find($self, wanted, start=0, /)\n"
	  "--\n\n"
	  "The first position at or after start where wanted stands, or -1. The time tells that\n"
	  "position, and nothing else about the contents. wanted: a str, as UTF-8, or any buffer." },
	{ "split", FAST(osmlpy_text_split), MAKER,
	  "split($self, delimiter, maxsplit=-1, /, *" MAKES
	  "A list of new buffers: what stands between the delimiters, of which at most the first\n"
	  "maxsplit count, or all (-1). The delimiter: a str, as UTF-8, or any buffer." SEE },
	{ "encode_hex", FAST(osmlpy_text_encode_hex), MAKER,
	  "encode_hex($self, /, *" MAKES "A new buffer with the bytes as hex text, in lower case." SEE },
	{ "encode_base64", FAST(osmlpy_text_encode_base64), MAKER,
	  "encode_base64($self, /, *" MAKES "A new buffer with the bytes as base64 text (RFC 4648), with padding, in one line." SEE },
	{ "encode_base64url", FAST(osmlpy_text_encode_base64url), MAKER,
	  "encode_base64url($self, /, *" MAKES
	  "A new buffer with the bytes as base64url text (RFC 4648), without padding, as in a JWT." SEE },
	{ "encode_base32", FAST(osmlpy_text_encode_base32), MAKER,
	  "encode_base32($self, /, *" MAKES "A new buffer with the bytes as base32 text (RFC 4648), with padding, in one line." SEE },
	{ "decode_hex", osmlpy_text_decode_hex, METH_NOARGS,
	  "decode_hex($self, /)\n"
	  "--\n\n"
	  "Decodes hex text in place, and shortens the buffer. Passed over are white space, ':' and '-',\n"
	  "and 0x in front." DECODES },
	{ "decode_base64", osmlpy_text_decode_base64, METH_NOARGS,
	  "decode_base64($self, /)\n"
	  "--\n\n"
	  "Decodes base64 text (RFC 4648), either alphabet, with or without padding, in place, and\n"
	  "shortens the buffer. White space is passed over." DECODES },
	{ "decode_base64url", osmlpy_text_decode_base64url, METH_NOARGS,
	  "decode_base64url($self, /)\n--\n\nThe same as decode_base64(): either decodes both alphabets." },
	{ "decode_base32", osmlpy_text_decode_base32, METH_NOARGS,
	  "decode_base32($self, /)\n"
	  "--\n\n"
	  "Decodes base32 text (RFC 4648), either case, with or without padding, in place, and shortens\n"
	  "the buffer. White space is passed over." DECODES },
	{ "read_fd", FAST(osmlpy_bytes_read_fd), MAKER,
	  "read_fd($self, fd, offset=0, size=None, /, *, timeout=None)\n"
	  "--\n\n"
	  "Reads size bytes (None: up to the end of the buffer) into the buffer at offset, and nothing\n"
	  "behind them, for protocols. Returns how many there were: fewer only at the end of the input.\n"
	  "The descriptor, or object with fileno(), is as in from_fd(). IndexError: they do not fit, and nothing\n"
	  "is read. TimeoutError, or what a signal handler raises, ends it with some bytes read." },
	{ "write_fd", osmlpy_bytes_write_fd, METH_O,
	  "write_fd($self, fd, /)\n"
	  "--\n\n"
	  "Writes all bytes to a file descriptor, or to an object with fileno(), past that object's own\n"
	  "buffering; its flush() comes first. A short write goes on; a signal handler that raises ends\n"
	  "it, with some bytes written. Raises OSError with errno; TypeError for an object that may\n"
	  "change what passes, as in from_fd()." },
	{ "expose_bytes", osmlpy_expose_bytes, METH_NOARGS,
	  "expose_bytes($self, /)\n"
	  "--\n\n"
	  "A context manager: a bytes object with a copy, for an API that takes no buffer. At the end of\n"
	  "the scope the object itself is overwritten with zeros. RuntimeError there: something besides\n"
	  "the variable of the with statement still refers to it, and sees the zeros.\n\n"
	  "with key.expose_bytes() as data:\n"
	  "    nacl.secret.SecretBox(data)\n\n"
	  "Meanwhile the copy lies in ordinary memory, and what the API itself copies is not wiped.\n"
	  "Prefer the buffer where one is taken. ValueError for one byte, whose object all of Python\n"
	  "shares." },
	{ "expose_str", osmlpy_expose_str, METH_NOARGS,
	  "expose_str($self, /)\n"
	  "--\n\n"
	  "The same as a str, of a buffer that holds UTF-8. UnicodeError: it does not. A str that was\n"
	  "interned meanwhile, as setattr() does with a name, cannot be overwritten: RuntimeError." },
	{ "__enter__", osmlpy_buffer_enter, METH_NOARGS, "__enter__($self, /)\n--\n\nThe buffer itself. ValueError when it is closed." },
	{ "__exit__", FAST(osmlpy_buffer_exit), METH_FASTCALL,
	  "__exit__($self, kind, error, trace, /)\n"
	  "--\n\n"
	  "close(). Views that are alive are no error. An exception that is under way is not replaced: a\n"
	  "CorruptionError is then a note on it." },
	{ "__reduce_ex__", osmlpy_buffer_reduce, METH_O, "__reduce_ex__($self, protocol, /)\n--\n\nTypeError: no copies, no pickles." },
	{ NULL, NULL, 0, NULL },
};

static PyGetSetDef attributes[] = {
	{ "closed", osmlpy_buffer_closed, NULL, "Whether the buffer was closed. Never raises.", NULL },
	{ "protections", osmlpy_buffer_held, NULL,
	  "The protections in effect, as the system granted them when the buffer was made, as a\n"
	  "frozenset: 'locked' (stays in RAM), 'nodump' (excluded from core dumps), 'wipeonfork',\n"
	  "'nofork' (what a forked child gets), 'canary', 'guarded', 'secretmem'.",
	  NULL },
	{ "pins", osmlpy_bytes_pins, NULL, "How many views of the buffer are not yet released. Never raises.", NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

static PyMemberDef members[] = {
	{ "__weaklistoffset__", T_PYSSIZET, offsetof(struct buffer, weakrefs), READONLY, NULL },
	{ NULL, 0, 0, 0, NULL },
};

static const char doc[] =
        "LockedBuffer(size, /, *" MAKES "A fixed number of bytes, zero at first, in memory that is locked in RAM, left out of core\n"
        "dumps and of forked children, and wiped when it is closed.\n\n"
        "with LockedBuffer(32) as key:\n"
        "    os.readv(fd, [key])\n"
        "    tag = hmac.digest(key, message, 'sha256')\n\n"
        "It is a buffer, so whatever takes one works on its bytes in place. b[i] is an int, b[i:j] a\n"
        "memoryview, == takes a time that depends on lengths only, when the LockedBuffer stands on\n"
        "its left. There is no hash, iteration, copy or pickle, and nothing of the contents in\n"
        "repr(), and str() and int() raise. bytes(b) makes an ordinary copy that nobody wipes.\n\n"
        "policy 'default': there is no buffer unless it can be locked, wherever the platform can lock\n"
        "at all; see protections for the rest. 'strict': every protection must be in effect.\n"
        "'best_effort': none need to. guarded: pages of its own between inaccessible pages; protect()\n"
        "works. secretmem: memfd_secret(2), which stops hibernation. fork: what a child sees. 'wipe':\n"
        "zeros; 'nofork': nothing mapped; 'keep': a copy, locked again. In the first two cases the\n"
        "object raises ForkedError there, and closing it is safe; a view made before shows the zeros,\n"
        "or ends the child by SIGSEGV where nothing is mapped (nofork, secretmem).\n\n"
        "Closed, every use is a ValueError, but for close(), closed, pins, bool() and repr(). A view\n"
        "cannot raise: closed while it is alive, it reads as zeros, so that what another function\n"
        "makes of it counts only if closed is False afterwards; a LockedBuffer takes nothing from a\n"
        "memoryview of a closed one. purge() closes all buffers at once. Any\n"
        "thread may use a buffer at any time; two that write the same bytes at once need a lock of\n"
        "their own. Dropped while open, it is wiped with a ResourceWarning. Raises LockLimitError\n"
        "(its message tells what to type), OSError with errno, UnsupportedError.";

static PyType_Slot slots[] = {
	{ Py_tp_doc, (void *)doc },
	{ Py_tp_new, osmlpy_buffer_new },
	{ Py_tp_dealloc, osmlpy_buffer_dealloc },
	{ Py_tp_repr, osmlpy_buffer_repr },
	{ Py_tp_str, osmlpy_buffer_no_text },
	{ Py_tp_richcompare, osmlpy_bytes_compare },
	{ Py_tp_methods, methods },
	{ Py_tp_getset, attributes },
	{ Py_tp_members, members },
	{ Py_nb_bool, osmlpy_bytes_bool },
	{ Py_nb_int, osmlpy_buffer_no_number },
	{ Py_nb_float, osmlpy_buffer_no_number },
	{ Py_mp_length, osmlpy_bytes_length },
	{ Py_mp_subscript, osmlpy_bytes_subscript },
	{ Py_mp_ass_subscript, osmlpy_bytes_assign },
	{ Py_bf_getbuffer, osmlpy_bytes_get },
	{ Py_bf_releasebuffer, osmlpy_bytes_release },
	{ 0, NULL },
};

/* Holds no object, so it is no business of the collector: it is freed, and wiped, with its last reference. */
static PyType_Spec spec = {
	.name = "osmemlock.LockedBuffer",
	.basicsize = sizeof(struct buffer),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
	.slots = slots,
};

int osmlpy_buffer_init(PyObject *module)
{
	struct state *state = PyModule_GetState(module);

	return osmlpy_add_type(module, &spec, &state->buffer_type);
}
