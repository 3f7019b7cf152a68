/* The seccomp filter that puts a program behind the door. */
#ifndef PORTREEVE_LAB_EXEC_FILTER_H
#define PORTREEVE_LAB_EXEC_FILTER_H

/*
 * Sets no_new_privs and installs the filter in the calling thread. Returns the listener
 * (close-on-exec) or -errno: -EBUSY when the caller is behind a door already, -EINVAL or -ENOSYS
 * when the kernel has no user notification.
 */
int exec_filter_install(void);

#endif
