/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The interface that all languages share, one file for each noun. lang/<name>.i names the module, says how that language's bytes, numbers and
 * errors travel, and includes this file. No language is named in here.
 *
 * What a parameter is, by its name, in every function. Where it is something else, the function's own comment has a sentence such as
 * "`bytes`: the words.", and so have those that only one language has (bindings/comments.py).
 *
 * @param access what is allowed from now on
 * @param byte a number from 0 to 255
 * @param bytes plain bytes, which are only read
 * @param coding the form of the text
 * @param fd an open descriptor, which stays open
 * @param flags what is done to the bytes that are read
 * @param from the buffer that has the bytes
 * @param handle a handle of Windows; elsewhere a descriptor
 * @param held memory that does not move
 * @param into plain memory, which is written
 * @param max how many bytes there may be
 * @param memory memory that does not move
 * @param mode all that shall be set
 * @param n how many bytes
 * @param name what it is called
 * @param offset where the bytes begin in this buffer, counted from 0
 * @param options what is done besides
 * @param other another buffer, or this one
 * @param path where the file is
 * @param policy what happens when a protection is unavailable
 * @param prompt what is shown
 * @param rc the code
 * @param size how many bytes
 * @param start where the bytes begin in the other buffer
 * @param steps what is done or undone
 * @param to an open descriptor, which stays open
 * @param want the protections
 * @param what which figure
 */
%include <stdint.i>
%include "error.i"
#ifdef OSMLS_ENUMS
%include "enum.i"
#endif
%include "memlock.i"
#ifdef OSMLS_REGIONS
%include "region.i"
#endif
%include "coredump.i"
%include "errormode.i"
%include "command.i"
%include "buffer.i"
%include "text.i"
%include "source.i"
%include "process.i"
%include "report.i"
