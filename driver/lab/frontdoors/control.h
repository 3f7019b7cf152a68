/* The control socket: the driver's device for programs on this machine. One connection is one handle. */
#ifndef PORTREEVE_LAB_CONTROL_H
#define PORTREEVE_LAB_CONTROL_H

#include <stdbool.h>

/* Listens at `path` (mode 0600). False, with a line on stderr, when it can't. */
bool lab_control_start(const char *path);
/* Closes every handle, then the socket. */
void lab_control_stop(void);

#endif
