/* The calls that are held, from notification to reply. */
#define _GNU_SOURCE 1
#include "exec_supervisor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#define MAX_PAYLOAD 65535
#define CHECKED_AT_ONCE                                                                            \
    1024 /* the kernel finds a notification by walking the list of all of them */

/* Error 0 lets the call go on. False when nobody waits for the reply any more. */
static bool reply(struct supervisor *supervisor, uint64_t notification, int error)
{
    struct seccomp_notif_resp response = {.id = notification, .error = -error};

    if (error == 0) {
        response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    }
    return ioctl(supervisor->listener, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0;
}

static bool is_valid(struct supervisor *supervisor, uint64_t notification)
{
    return ioctl(supervisor->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &notification) == 0;
}

static void free_hold(struct hold *hold)
{
    free(hold->parts);
    free(hold->call.destinations);
    free(hold);
}

static void release(struct supervisor *supervisor, struct hold *hold)
{
    for (size_t index = 0; index < hold->part_count; index++) {
        if (hold->parts[index].state == PART_ASKED) {
            exec_table_remove(&supervisor->parts, &hold->parts[index].link);
        }
    }
    hold->endpoint->holds--;
    exec_table_remove(&supervisor->holds, &hold->link);
    free_hold(hold);
}

/* Nobody waits for the answer any more: the lab's hold ends by the closure of the endpoint. */
static void abandon(struct supervisor *supervisor, struct hold *hold)
{
    if (hold->asked > 0) {
        known_endpoint_renew(supervisor, hold->endpoint);
    }
    release(supervisor, hold);
}

static void fill_local(struct door_attempt *message, const struct target_socket *socket,
                       const struct target_destination *remote)
{
    static const uint8_t any[sizeof message->local.bytes];
    uint16_t port = socket->has_local ? socket->local.port : 0;

    if (socket->has_local && socket->local_family == remote->family &&
        memcmp(socket->local.bytes, any, sizeof any) != 0) {
        message->local = socket->local;
        return;
    }
    (void)target_route_from(remote->family, &remote->address, &message->local);
    message->local.port = port;
}

static void ask(struct supervisor *supervisor, struct hold_part *part)
{
    static uint8_t payload[MAX_PAYLOAD];
    struct hold *hold = part->hold;
    struct door_attempt message = {.id = ++supervisor->last_attempt,
                                   .process_id = (uint64_t)hold->pid};
    size_t bytes = 0;

    part->endpoint_id = hold->endpoint->id;
    part->state = PART_ASKED;
    message.endpoint = part->endpoint_id;
    message.family = part->remote.family;
    message.protocol = hold->socket.protocol;
    message.remote = part->remote.address;
    fill_local(&message, &hold->socket, &part->remote);
    if (!hold->socket.stream && hold->data.nr != SYS_connect) {
        bytes = target_payload_read((pid_t)hold->link.key, &hold->data, &part->remote, payload,
                                    sizeof payload);
        message.has_payload = 1;
    }
    exec_table_put(&supervisor->parts, &part->link, message.id);
    door_queue(&supervisor->door, DOOR_ATTEMPT, &message, sizeof message, payload, bytes);
}

/* Keeps only what isn't a flow yet. */
static bool make_parts(struct supervisor *supervisor, struct hold *hold)
{
    hold->parts = calloc(hold->call.count, sizeof *hold->parts);
    if (!hold->parts) {
        return false;
    }
    for (size_t index = 0; index < hold->call.count; index++) {
        const struct target_destination *remote = &hold->call.destinations[index];
        if (hold->socket.stream || !known_flow_has(supervisor, hold->socket.inode, remote)) {
            hold->parts[hold->part_count++] = (struct hold_part){.hold = hold, .remote = *remote};
        }
    }
    return true;
}

static void begin(struct supervisor *supervisor, struct hold *hold, pid_t tid)
{
    hold->endpoint = known_endpoint_of(supervisor, hold->socket.inode);
    hold->endpoint->pid = hold->pid;
    hold->endpoint->tid = tid;
    hold->endpoint->fd = (int)hold->data.args[0];
    hold->endpoint->holds++;
    exec_table_put(&supervisor->holds, &hold->link, (uint64_t)tid);
    hold->asked = hold->part_count;
    for (size_t index = 0; index < hold->part_count; index++) {
        ask(supervisor, &hold->parts[index]);
    }
}

/* What the call asks for, read anew; the socket may have become another one while it was held. */
static int recheck(struct hold *hold)
{
    pid_t tid = (pid_t)hold->link.key;
    struct target_call now;

    if (target_socket_inode(tid, (int)hold->data.args[0]) != hold->socket.inode) {
        return EBADF;
    }
    bool same = target_call_read(tid, &hold->data, &hold->socket, &now) == TARGET_ASK &&
                target_call_equal(&hold->call, &now);
    free(now.destinations);
    return same ? 0 : EACCES;
}

static int verdict_of(struct supervisor *supervisor, struct hold *hold)
{
    int error = 0;

    for (size_t index = 0; index < hold->part_count; index++) {
        if (hold->parts[index].state == PART_BLOCKED) {
            error = EACCES;
        } else if (!hold->socket.stream) {
            known_flow_add(supervisor, hold->endpoint, &hold->parts[index].remote);
        }
    }
    return error != 0 ? error : recheck(hold);
}

/*
 * When a signal was faster than the reply, the hold stays for the call that starts anew, until the
 * next ticks.
 */
static void settle(struct supervisor *supervisor, struct hold *hold)
{
    if (reply(supervisor, hold->notification, verdict_of(supervisor, hold))) {
        release(supervisor, hold);
    }
}

static bool same_call(const struct hold *hold, const struct seccomp_notif *notification,
                      const struct target_socket *socket, const struct target_call *call)
{
    return hold->data.nr == notification->data.nr && hold->socket.inode == socket->inode &&
           memcmp(hold->data.args, notification->data.args, sizeof hold->data.args) == 0 &&
           target_call_equal(&hold->call, call);
}

static void take_over(struct supervisor *supervisor, struct hold *hold,
                      const struct seccomp_notif *notification)
{
    hold->notification = notification->id;
    hold->missing = false;
    if (hold->asked == 0) {
        settle(supervisor, hold);
    }
}

/* Takes `call` over. True when an earlier hold of this thread goes on. */
static bool resume(struct supervisor *supervisor, const struct seccomp_notif *notification,
                   const struct target_socket *socket, const struct target_call *call)
{
    struct hold *before = (struct hold *)exec_table_find(&supervisor->holds, notification->pid);

    if (!before) {
        return false;
    }
    if (!same_call(before, notification, socket, call)) {
        abandon(supervisor, before);
        return false;
    }
    take_over(supervisor, before, notification);
    return true;
}

/* From here on the call is the hold's. */
static void start_hold(struct supervisor *supervisor, const struct seccomp_notif *notification,
                       const struct target_socket *socket, struct target_call *call)
{
    pid_t tid = (pid_t)notification->pid;
    struct hold *hold = calloc(1, sizeof *hold);

    if (!hold) {
        free(call->destinations);
        (void)reply(supervisor, notification->id, EACCES);
        return;
    }
    hold->notification = notification->id;
    hold->data = notification->data;
    hold->socket = *socket;
    hold->call = *call;
    struct known_process *process = known_process_of(supervisor, tid);
    if (!process || !make_parts(supervisor, hold)) {
        free_hold(hold);
        (void)reply(supervisor, notification->id, EACCES);
        return;
    }
    hold->pid = (pid_t)process->link.key;
    if (hold->part_count == 0 || !is_valid(supervisor, hold->notification)) {
        (void)reply(supervisor, notification->id, 0);
        free_hold(hold);
        return;
    }
    begin(supervisor, hold, tid);
}

void hold_notification(struct supervisor *supervisor, const struct seccomp_notif *notification)
{
    pid_t tid = (pid_t)notification->pid;
    struct target_socket socket;
    struct target_call call = {NULL, 0};

    if (target_call_is_foreign(tid, &notification->data)) {
        (void)reply(supervisor, notification->id, 0);
        return;
    }
    enum target_outcome outcome = target_socket_read(tid, (int)notification->data.args[0], &socket);
    if (outcome == TARGET_ASK) {
        outcome = target_call_read(tid, &notification->data, &socket, &call);
    }
    if (outcome != TARGET_ASK) {
        free(call.destinations);
        (void)reply(supervisor, notification->id, outcome == TARGET_GO_ON ? 0 : EACCES);
        return;
    }
    if (resume(supervisor, notification, &socket, &call)) {
        free(call.destinations);
        return;
    }
    if (!supervisor_door_up(supervisor)) {
        free(call.destinations);
        (void)reply(supervisor, notification->id, EACCES);
        return;
    }
    start_hold(supervisor, notification, &socket, &call);
}

void hold_answer(struct supervisor *supervisor, const struct door_answer *answer)
{
    struct hold_part *part = (struct hold_part *)exec_table_find(&supervisor->parts, answer->id);

    if (!part) {
        return;
    }
    struct hold *hold = part->hold;
    exec_table_remove(&supervisor->parts, &part->link);
    if (answer->answer == LAB_ENDED && part->endpoint_id != hold->endpoint->id) {
        /* Another call's interruption closed the endpoint in the lab, not this call's socket. */
        ask(supervisor, part);
        return;
    }
    part->state = answer->answer == LAB_PERMITTED ? PART_PERMITTED : PART_BLOCKED;
    if (--hold->asked == 0) {
        settle(supervisor, hold);
    }
}

struct ending {
    struct supervisor *supervisor;
    const struct known_endpoint *endpoint;
    pid_t pid;
};

static void end_on_endpoint(struct exec_link *link, void *context)
{
    struct hold *hold = (struct hold *)link;
    const struct ending *ending = context;

    if (hold->endpoint == ending->endpoint) {
        (void)reply(ending->supervisor, hold->notification, EBADF);
        release(ending->supervisor, hold);
    }
}

void hold_end_endpoint(struct supervisor *supervisor, struct known_endpoint *endpoint)
{
    struct ending ending = {supervisor, endpoint, 0};

    exec_table_each(&supervisor->holds, end_on_endpoint, &ending);
}

static void end_of_process(struct exec_link *link, void *context)
{
    struct hold *hold = (struct hold *)link;
    const struct ending *ending = context;

    if (hold->pid == ending->pid) {
        abandon(ending->supervisor, hold);
    }
}

void hold_end_process(struct supervisor *supervisor, pid_t pid)
{
    struct ending ending = {supervisor, NULL, pid};

    exec_table_each(&supervisor->holds, end_of_process, &ending);
}

static void tick_one(struct exec_link *link, void *context)
{
    struct supervisor *supervisor = context;
    struct hold *hold = (struct hold *)link;

    if (is_valid(supervisor, hold->notification)) {
        hold->missing = false;
    } else if (hold->missing) {
        abandon(supervisor, hold);
    } else {
        hold->missing = true;
    }
}

void hold_tick(struct supervisor *supervisor)
{
    exec_table_some(&supervisor->holds, &supervisor->hold_cursor, CHECKED_AT_ONCE, tick_one,
                    supervisor);
}

static void refuse(struct exec_link *link, void *context)
{
    struct supervisor *supervisor = context;
    struct hold *hold = (struct hold *)link;

    (void)reply(supervisor, hold->notification, EACCES);
    release(supervisor, hold);
}

void hold_refuse_all(struct supervisor *supervisor)
{
    exec_table_each(&supervisor->holds, refuse, supervisor);
}
