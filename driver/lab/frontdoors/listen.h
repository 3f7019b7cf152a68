/* Unix sockets to listen at, for the control socket and the door. */
#ifndef PORTREEVE_LAB_LISTEN_H
#define PORTREEVE_LAB_LISTEN_H

/*
 * A listening, close-on-exec, non-blocking Unix socket with mode 0600, or -1 with a line on stderr.
 * A file left by a dead server is replaced; a live one is an error. `type` is SOCK_STREAM or SOCK_SEQPACKET.
 */
int lab_listen(const char *path, int type);

#endif
