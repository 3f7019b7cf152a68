/*
 * The exec front door: real Linux programs, held by the driver's code through seccomp user
 * notification.
 *
 * Three processes besides the lab. `portreeve-lab exec` stays in the foreground and stands for the
 * program (signals in, exit status out). Its child, the supervisor, answers the notifications and
 * reaps what the program leaves behind. The supervisor's child installs the filter and becomes the
 * program. The supervisor must be an ancestor of everything it looks into: Yama (the default of
 * Ubuntu) lets nobody else read another process's memory. It tells the lab about processes, sockets
 * and attempts over the door (exec_wire.h) and hears the answers there. When the lab goes away,
 * what is held fails with EACCES, and so does what comes until the lab is back.
 *
 * It is a development tool, not a security boundary: after a permit the kernel reads the address
 * from the program's memory again. The supervisor compares address and socket a last time just
 * before, which makes the window small, not zero. A program that means harm has other ways out too
 * (AF_PACKET sockets, a helper that was started elsewhere).
 *
 * What differs from Windows, and from Linux without a door:
 *  - a call on a non-blocking socket sleeps while it is held, like one on a blocking socket;
 *  - connect() of a datagram socket is classified when it is called (what is sent later over it is
 *    not trapped), so the C library's address sorting, which connects datagram sockets and never
 *    sends, is classified too;
 *  - sendmmsg() is all or nothing: one blocked address refuses the call with EACCES, and nothing
 *    has been sent;
 *  - io_uring and system calls of another architecture (32-bit, x32) are refused: they would bypass
 *    the filter;
 *  - a program whose memory may not be read (not dumpable) gets EACCES;
 *  - no_new_privs is set: set-user-ID programs run without their privileges.
 */
#ifndef PORTREEVE_LAB_EXEC_H
#define PORTREEVE_LAB_EXEC_H

#include <stdbool.h>

/*
 * `exec --door PATH -- PROGRAM ARG...`; argv[0] is "exec". Returns the program's exit
 * code (a fatal signal is raised again here), 127 when there is no such program, 126 when it can't
 * be run, 125 when the launcher itself failed.
 */
int lab_exec_main(int argc, char **argv);

/*
 * Listens at door_path on a thread of its own. False, with a line on stderr, when it could not.
 * After lab_start().
 */
bool lab_exec_door_start(const char *door_path);
/*
 * Call it before lab_stop(): no new attempt reaches the emulator from then on, but answers still go
 * out, so that what is held gets the verdict of the unloading driver.
 */
void lab_exec_door_drain(void);
/*
 * Call it after lab_stop(): hangs up and ends the thread. Without a drain before, everything held
 * ends as closed.
 */
void lab_exec_door_stop(void);

#endif
