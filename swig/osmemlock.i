/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The interface that all languages share, one file for each noun. lang/<name>.i names the module, says how that language's bytes, numbers and
 * errors travel, and includes this file. No language is named in here.
 */
%include <stdint.i>
%include "error.i"
%include "memlock.i"
#ifdef OSMLS_REGIONS
%include "region.i"
#endif
%include "coredump.i"
%include "errormode.i"
%include "buffer.i"
%include "source.i"
%include "process.i"
%include "report.i"
