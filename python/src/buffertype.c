/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The table of LockedBuffer: its names and what they mean. */
#include "buffer.h"

#include <structmember.h>

/* Every constructor takes these, and says the same of them. */
#define MAKES ", policy='default', guarded=False, secretmem=False, fork='wipe')\n--\n\n"
#define READS ", max_size=65536, trim_newline=False" MAKES
#define SEE   " Keywords as in LockedBuffer()."
#define LIMIT                                                                                           \
	"\n\nAt most max_size bytes are read, before a newline is trimmed; more is a ValueError, and\n" \
	"all that was read is wiped. trim_newline drops one newline (\\n or \\r\\n) at the end; else\n" \
	"every byte is kept."

/* With a cast through void (*)(void), as the compiler wants it between function types. */
#define FAST(function) (PyCFunction)(void (*)(void))(function)
#define SOURCE         METH_CLASS | METH_FASTCALL | METH_KEYWORDS

static PyMethodDef methods[] = {
	{ "from_bytes", FAST(osmlpy_source_bytes), SOURCE,
	  "from_bytes($type, data, /, *" MAKES
	  "A buffer with a copy of any C-contiguous buffer's bytes. The source stays as it is: wipe()\n"
	  "it if it is yours and writable; a bytes object cannot be wiped. Raises BufferError for one\n"
	  "that is not contiguous." SEE },
	{ "random", FAST(osmlpy_source_random), SOURCE,
	  "random($type, size, /, *" MAKES
	  "A buffer of size bytes from the system's random generator (getrandom(2)), written straight into it." SEE },
	{ "from_fd", FAST(osmlpy_source_fd), SOURCE,
	  "from_fd($type, fd, /, *" READS "Reads a file descriptor, or an object with fileno(), to its end, straight into the buffer.\n"
	  "The descriptor stays open and the caller's. A signal handler that raises ends the read, and\n"
	  "what was read is wiped. Raises OSError with errno; TypeError for an object that may change\n"
	  "what passes: a GzipFile, an SSLSocket, and text or a buffer above one.\n\n"
	  "Read nothing from a file object before, or open it with buffering=0. What Python has read\n"
	  "ahead from a pipe or a socket is not seen here, and lies in memory that nobody wipes; where\n"
	  "there are positions, as in a file on a disk, that is a ValueError." LIMIT SEE },
	{ "from_file", FAST(osmlpy_source_file), SOURCE,
	  "from_file($type, path, /, *" READS "Reads a file straight into the buffer. The kernel's page cache keeps its own copy: for\n"
	  "secrets at rest prefer a tmpfs, a pipe or a credential. Raises OSError with errno and\n"
	  "filename." LIMIT SEE },
	{ "from_env", FAST(osmlpy_source_env), SOURCE,
	  "from_env($type, name, /, *" READS "Takes a variable out of the environment: copies its value, overwrites the original, so that\n"
	  "/proc/PID/environ shows NULs too, and unsets it, in os.environ as well.\n\n"
	  "One copy is out of reach: Python copied the whole environment to the heap when it started,\n"
	  "into os.environ. That copy is freed here, not wiped. Where it matters, pass the secret by a\n"
	  "descriptor, a file or a credential. FileNotFoundError: not set. On failure the variable is\n"
	  "left alone. Not while another thread uses the environment (setenv(3))." LIMIT SEE },
	{ "from_credential", FAST(osmlpy_source_credential), SOURCE,
	  "from_credential($type, name, /, *" READS
	  "Reads the systemd credential of that name from $CREDENTIALS_DIRECTORY (systemd.exec(5)).\n"
	  "FileNotFoundError: no such directory or credential." LIMIT SEE },
	{ "from_command", FAST(osmlpy_source_command), SOURCE,
	  "from_command($type, argv, /, *" READS
	  "Runs a command without a shell, with stdin from /dev/null, and reads its stdout straight\n"
	  "from the pipe into the buffer.\n\n"
	  "subprocess.CalledProcessError: it failed; the exception holds none of its output. When\n"
	  "anything goes wrong, the command is killed, and it is always waited for." LIMIT SEE },
	{ "prompt", FAST(osmlpy_source_prompt), SOURCE,
	  "prompt($type, prompt='Password: ', /, *, max_size=1024" MAKES
	  "Asks on the controlling terminal (/dev/tty) with echo off, and reads one line, without its\n"
	  "newline. OSError with ENXIO: no terminal. At a signal the terminal is restored and what was\n"
	  "typed is wiped; when its Python handler raises (KeyboardInterrupt), that comes out, else the\n"
	  "question is asked again. A line longer than max_size is a ValueError." SEE },
	{ "close", osmlpy_buffer_close, METH_NOARGS,
	  "close($self, /)\n"
	  "--\n\n"
	  "Wipes now. Views that are alive read as zeros from here on, and the memory goes with the\n"
	  "last of them. A second close does nothing. CorruptionError: something had written outside\n"
	  "its buffer; this one is wiped and closed all the same." },
	{ "wipe", osmlpy_bytes_wipe, METH_NOARGS,
	  "wipe($self, /)\n--\n\nSets all bytes to zero, in a way that no optimiser removes. The buffer stays open." },
	{ "verify", osmlpy_buffer_verify, METH_NOARGS,
	  "verify($self, /)\n"
	  "--\n\n"
	  "Those of the protections that the kernel confirms now (/proc/self/smaps: milliseconds in a\n"
	  "large process), as a frozenset. CorruptionError: something wrote outside its buffer.\n"
	  "UnsupportedError where the system cannot be asked." },
	{ "protect", osmlpy_buffer_protect, METH_O,
	  "protect($self, access, /)\n"
	  "--\n\n"
	  "Sets what this process may do with the bytes of a guarded buffer: 'none', 'read' or\n"
	  "'readwrite' (mprotect(2)). BufferError while a view or another thread uses it;\n"
	  "UnsupportedError for a buffer that is not guarded. It stops stray reads and writes, not\n"
	  "dumps or debuggers." },
	{ "decode_hex", osmlpy_bytes_decode_hex, METH_NOARGS,
	  "decode_hex($self, /)\n"
	  "--\n\n"
	  "Replaces hex text by the bytes it means, in place, and shortens the buffer. ValueError: no\n"
	  "pairs of hex digits; the text is still there. BufferError while a view is alive." },
	{ "decode_base64", osmlpy_bytes_decode_base64, METH_NOARGS,
	  "decode_base64($self, /)\n"
	  "--\n\n"
	  "Replaces base64 text (RFC 4648, either alphabet, with or without padding) by the bytes it\n"
	  "means, in place, and shortens the buffer. ValueError: it is none; the text is still there.\n"
	  "BufferError while a view is alive." },
	{ "write_to", osmlpy_bytes_write_to, METH_O,
	  "write_to($self, fd, /)\n"
	  "--\n\n"
	  "Writes all bytes to a file descriptor, or to an object with fileno(), past that object's own\n"
	  "buffering; its flush() comes first. A short write goes on; a signal handler that raises ends\n"
	  "it, with some bytes written. Raises OSError with errno; TypeError for an object that may\n"
	  "change what passes, as in from_fd()." },
	{ "__enter__", osmlpy_buffer_enter, METH_NOARGS, "__enter__($self, /)\n--\n\nThe buffer itself. ValueError when it is closed." },
	{ "__exit__", FAST(osmlpy_buffer_exit), METH_FASTCALL,
	  "__exit__($self, kind, error, trace, /)\n"
	  "--\n\n"
	  "close(). It raises for no view, and hides no exception that is under way: a CorruptionError\n"
	  "is then a note on that one." },
	{ "__reduce_ex__", osmlpy_buffer_reduce, METH_O, "__reduce_ex__($self, protocol, /)\n--\n\nTypeError: no copies, no pickles." },
	{ NULL, NULL, 0, NULL },
};

static PyGetSetDef attributes[] = {
	{ "closed", osmlpy_buffer_closed, NULL, "Whether the buffer was closed. Never raises.", NULL },
	{ "protections", osmlpy_buffer_held, NULL,
	  "The protections that hold, from what the system answered when the buffer was made, as a\n"
	  "frozenset: 'locked' (stays in RAM), 'nodump' (left out of core dumps), 'wipeonfork',\n"
	  "'nofork' (what a forked child gets), 'canary', 'guarded', 'secretmem'.",
	  NULL },
	{ "exports", osmlpy_bytes_exports, NULL, "How many views of the buffer are not yet released. Never raises.", NULL },
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
        "repr(). bytes(b) makes an ordinary copy that nobody wipes.\n\n"
        "policy 'default': there is no buffer unless it can be locked, wherever the platform can lock\n"
        "at all; the rest is told by protections. 'strict': every protection must hold.\n"
        "'best_effort': none need to. guarded: pages of its own between inaccessible pages; protect()\n"
        "works. secretmem: memfd_secret(2), which stops hibernation. fork: what a child sees. 'wipe':\n"
        "zeros; 'absent': nothing mapped; 'keep': a copy, locked again. In the first two cases the\n"
        "object answers ForkedError there, and closing it is safe; a view made before shows the zeros,\n"
        "or ends the child by SIGSEGV where nothing is mapped (absent, secretmem).\n\n"
        "Closed, every use is a ValueError, but for close(), closed, exports, bool() and repr(). Any\n"
        "thread may use a buffer at any time; two that write the same bytes at once need a lock of\n"
        "their own. Dropped while open, it is wiped with a ResourceWarning. Raises LockLimitError\n"
        "(its message tells what to type), OSError with errno, UnsupportedError.";

static PyType_Slot slots[] = {
	{ Py_tp_doc, (void *)doc },
	{ Py_tp_new, osmlpy_buffer_new },
	{ Py_tp_dealloc, osmlpy_buffer_dealloc },
	{ Py_tp_repr, osmlpy_buffer_repr },
	{ Py_tp_hash, PyObject_HashNotImplemented },
	{ Py_tp_richcompare, osmlpy_bytes_compare },
	{ Py_tp_methods, methods },
	{ Py_tp_getset, attributes },
	{ Py_tp_members, members },
	{ Py_nb_bool, osmlpy_bytes_bool },
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
