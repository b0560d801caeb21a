/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * System codes are Windows' own there (-GetLastError()), so what the library itself calls ENOMEM must be the code that Windows has for it. This
 * file comes before all others in the sources that are built for Windows (core/CMakeLists.txt).
 */
#ifndef OSML_OS_ERRNO_WINDOWS_H
#define OSML_OS_ERRNO_WINDOWS_H

/* The oldest that is supported is Windows 8. Some compilers say another one. */
#undef _WIN32_WINNT
#define _WIN32_WINNT 0x0602

#include <errno.h>

#undef ENOMEM
#undef EPERM
#undef EAGAIN
#undef EINTR
#undef ENOENT
#undef EDQUOT
#undef EBUSY
#undef ENOTDIR
#define ENOMEM  8    /* ERROR_NOT_ENOUGH_MEMORY */
#define EPERM   5    /* ERROR_ACCESS_DENIED */
#define EAGAIN  258  /* WAIT_TIMEOUT */
#define EINTR   995  /* ERROR_OPERATION_ABORTED */
#define ENOENT  2    /* ERROR_FILE_NOT_FOUND */
#define EBUSY   170  /* ERROR_BUSY */
#define ENOTDIR 267  /* ERROR_DIRECTORY */
#define EDQUOT  1453 /* ERROR_WORKING_SET_QUOTA: no other system says EDQUOT to a lock */

#endif
