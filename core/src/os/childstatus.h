/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * How a child ended, when another part of the process has waited for it, as event loops do that call waitpid(-1). Implementations:
 * childstatus-<system>.c.
 */
#ifndef OSML_CHILDSTATUS_H
#define OSML_CHILDSTATUS_H

/* A descriptor that will tell, or -1. To be asked while the child exists. */
int osml__os_childstatus_open(long process);

/* 0 and what waitpid(2) would have stored, or not 0: the system does not tell. */
int osml__os_childstatus(int fd, int *status);

#endif
