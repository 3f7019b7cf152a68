/*
 * portreeve-setup.exe: what the installer's actions do on the computer, and the way back when the app does not start.
 *
 * It stands alone: no C library, no file but those it is told of, and no module but those of System32. Verbs come in pairs:
 * one does its work and notes first what was there before (undo.c), the other puts that back. So the same pair is right in an
 * installation, an upgrade, a repair and a removal.
 */
#ifndef PORTREEVE_SETUP_H
#define PORTREEVE_SETUP_H

#include <windows.h>

#include "names.gen.h"

/* Longer paths are refused. */
#define PATH_UNITS 1024
#define TEXT_UNITS 16384

/* A bounded text; `overflow` says that something did not fit, and the text must not be used. */
struct text {
    WCHAR *units;
    DWORD length;
    DWORD capacity;
    BOOL overflow;
};

/* text.c. Memory comes from the process heap; an allocation that fails ends the process. */
void *allocate(SIZE_T bytes);
void release(void *memory);
struct text new_text(DWORD capacity);
void append(struct text *to, const WCHAR *what);
void append_number(struct text *to, DWORD number);
BOOL same_text(const WCHAR *a, const WCHAR *b);
BOOL same_path(const WCHAR *a, const WCHAR *b);
BOOL contains_path(const WCHAR *path, const WCHAR *part);
/* `first` and `second` as one text that the caller releases; NULL when it is longer than a path may be. */
WCHAR *joined(const WCHAR *first, const WCHAR *second);

/* report.c */
void say(const WCHAR *line);
/* To the console and the event log; returns `error`. */
DWORD failed(const WCHAR *what, DWORD error);
void note(const WCHAR *what);

/* undo.c: notes of what was there before, in a volatile key that only administrators may write. */
DWORD remember(const WCHAR *name, const WCHAR *value);
/* NULL when there is no note; else a text that the caller releases. */
WCHAR *recall(const WCHAR *name);
/* After it nothing can be put back any more. */
void forget(void);
DWORD forget_settings(void);

/* folder.c */
DWORD folder_make(void);
DWORD folder_undo(void);
DWORD folder_remove(void);
/* What the agents' browsers have put aside; nobody's rules. */
DWORD folder_remove_agents(void);

/* task.c: the task for signing in, and that of the service. */
DWORD task_make(const WCHAR *program);
/* That of the service alone. */
DWORD task_make_service(const WCHAR *program);
DWORD task_remove(void);
DWORD task_undo(void);
DWORD task_run(void);
/* The task for signing in. */
DWORD task_enable(BOOL enabled);
DWORD task_disable_service(void);
/* Until task_make or task_run: Task Scheduler would start the service again within a minute. */
DWORD task_pause_service(void);

/* driver.c; `route` is "service" or "store", or anything else for what suits this Windows. */
DWORD driver_install(const WCHAR *package, const WCHAR *route);
DWORD driver_remove(void);
DWORD driver_undo(const WCHAR *package);
DWORD driver_start(void);
DWORD driver_stop(void);
DWORD driver_commit(void);
DWORD driver_autostart(BOOL automatic);

/* service.c: the driver's service in the service manager. */
struct service_state {
    BOOL there;
    DWORD state;
    DWORD start_type;
};
DWORD service_query(struct service_state *found);
DWORD service_make(const WCHAR *image, DWORD start_type);
DWORD service_start(void);
DWORD service_stop(void);
DWORD service_delete(void);
DWORD service_start_type(DWORD start_type);
WCHAR *service_image(void);

/* store.c: Windows' driver store. */
BOOL store_is_used(const WCHAR *route);
DWORD store_install(const WCHAR *inf);
DWORD store_remove_all(void);

/* settings.c: the mode and the no-client policy that the installer was told; empty for none. */
/* One value, for the app to read. */
DWORD settings_write(const WCHAR *name, const WCHAR *value);
DWORD settings_make(const WCHAR *mode, const WCHAR *no_client);
DWORD settings_undo(void);

/* remote.c */
DWORD remote_keep(void);
DWORD remote_undo(void);

/* app.c: the app, in whichever session: also the service, and its agents. */
DWORD app_stop(const WCHAR *program);
/* The app beside this program, in the folder that it was installed to; the caller releases it. */
WCHAR *app_beside(void);

/* lockdown.c: what blocks while the driver doesn't run */
DWORD lockdown_add(void);
DWORD lockdown_remove(void);

/* reset.c */
DWORD reset(void);
DWORD restore(void);
DWORD remove_all(void);

#endif
