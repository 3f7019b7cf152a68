/* The processes, sockets and flows that the supervisor knows of. */
#define _GNU_SOURCE 1
#include "exec_supervisor.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *allocate(size_t bytes)
{
    void *memory = calloc(1, bytes);

    if (!memory) {
        fputs("portreeve-lab: out of memory\n", stderr);
        abort();
    }
    return memory;
}

static void announce(struct supervisor *supervisor, struct known_process *process,
                     const struct target_process *details)
{
    struct door_process message = {process->link.key, process->created, details->parent_id};

    if (message.parent_id == (uint64_t)getpid()) {
        message.parent_id = (uint64_t)supervisor->launcher_parent;
    }
    door_queue(&supervisor->door, DOOR_PROCESS_START, &message, sizeof message, details->path,
               details->path_bytes);
}

static struct known_process *meet(struct supervisor *supervisor, pid_t pid, pid_t tid,
                                  uint64_t after)
{
    struct target_process details;
    struct target_image image;
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

    if (pidfd < 0) {
        return NULL;
    }
    if (!target_image_read(tid, &image) || !target_process_read(pid, tid, &details)) {
        close(pidfd);
        return NULL;
    }
    struct known_process *process = allocate(sizeof *process);
    process->pidfd = pidfd;
    process->image = image;
    process->created = details.created > after ? details.created : after + 1;
    exec_table_put(&supervisor->processes, &process->link, (uint64_t)pid);
    (void)supervisor_watch(supervisor, pidfd, TAG_PROCESS, (uint32_t)pid);
    announce(supervisor, process, &details);
    return process;
}

static bool is_alive(const struct known_process *process)
{
    return syscall(SYS_pidfd_send_signal, process->pidfd, 0, NULL, 0) == 0 || errno != ESRCH;
}

static struct known_process *find_alive(struct supervisor *supervisor, pid_t pid)
{
    struct known_process *process =
        (struct known_process *)exec_table_find(&supervisor->processes, (uint64_t)pid);

    if (process && !is_alive(process)) {
        known_process_end(supervisor, process);
        return NULL;
    }
    return process;
}

struct known_process *known_process_of(struct supervisor *supervisor, pid_t tid)
{
    struct target_image image;
    pid_t pid = tid;
    struct known_process *process = find_alive(supervisor, tid);

    if (!process) {
        pid = target_process_of(tid);
        process = pid == tid ? NULL : find_alive(supervisor, pid);
    }
    if (pid <= 0) {
        return NULL;
    }
    if (!process) {
        return meet(supervisor, pid, tid, 0);
    }
    if (!target_image_read(tid, &image)) {
        return NULL;
    }
    if (image.device == process->image.device && image.inode == process->image.inode) {
        return process;
    }
    uint64_t created = process->created;
    known_process_end(supervisor, process);
    return meet(supervisor, pid, tid, created);
}

static uint64_t flow_key(uint64_t inode, const struct target_destination *remote)
{
    uint64_t key = inode * 31 + remote->family;

    for (size_t index = 0; index < sizeof remote->address.bytes; index++) {
        key = key * 31 + remote->address.bytes[index];
    }
    return (key * 31 + remote->address.port) * 31 + remote->address.scope_id;
}

static bool flow_is(const struct known_flow *flow, uint64_t inode,
                    const struct target_destination *remote)
{
    return flow->inode == inode && flow->remote.family == remote->family &&
           flow->remote.address.port == remote->address.port &&
           flow->remote.address.scope_id == remote->address.scope_id &&
           memcmp(flow->remote.address.bytes, remote->address.bytes,
                  sizeof remote->address.bytes) == 0;
}

bool known_flow_has(struct supervisor *supervisor, uint64_t inode,
                    const struct target_destination *remote)
{
    struct exec_link *link = exec_table_find(&supervisor->flows, flow_key(inode, remote));

    while (link && !flow_is((struct known_flow *)link, inode, remote)) {
        link = exec_table_next(link);
    }
    return link != NULL;
}

void known_flow_add(struct supervisor *supervisor, struct known_endpoint *endpoint,
                    const struct target_destination *remote)
{
    if (known_flow_has(supervisor, endpoint->link.key, remote)) {
        return;
    }
    struct known_flow *flow = allocate(sizeof *flow);
    flow->inode = endpoint->link.key;
    flow->remote = *remote;
    flow->next = endpoint->flows;
    endpoint->flows = flow;
    exec_table_put(&supervisor->flows, &flow->link, flow_key(flow->inode, remote));
}

struct known_endpoint *known_endpoint_of(struct supervisor *supervisor, uint64_t inode)
{
    struct known_endpoint *endpoint =
        (struct known_endpoint *)exec_table_find(&supervisor->endpoints, inode);

    if (!endpoint) {
        endpoint = allocate(sizeof *endpoint);
        endpoint->id = ++supervisor->last_endpoint;
        exec_table_put(&supervisor->endpoints, &endpoint->link, inode);
    }
    return endpoint;
}

void known_endpoint_renew(struct supervisor *supervisor, struct known_endpoint *endpoint)
{
    door_queue(&supervisor->door, DOOR_ENDPOINT_CLOSE, &endpoint->id, sizeof endpoint->id, NULL, 0);
    endpoint->id = ++supervisor->last_endpoint;
}

static void end_endpoint(struct supervisor *supervisor, struct known_endpoint *endpoint)
{
    door_queue(&supervisor->door, DOOR_ENDPOINT_CLOSE, &endpoint->id, sizeof endpoint->id, NULL, 0);
    if (endpoint->holds > 0) {
        hold_end_endpoint(supervisor, endpoint);
    }
    while (endpoint->flows) {
        struct known_flow *flow = endpoint->flows;
        endpoint->flows = flow->next;
        exec_table_remove(&supervisor->flows, &flow->link);
        free(flow);
    }
    exec_table_remove(&supervisor->endpoints, &endpoint->link);
    free(endpoint);
}

struct owned {
    struct supervisor *supervisor;
    pid_t pid;
};

static void end_owned(struct exec_link *link, void *context)
{
    struct known_endpoint *endpoint = (struct known_endpoint *)link;
    const struct owned *owned = context;

    if (endpoint->pid == owned->pid && endpoint->holds == 0) {
        end_endpoint(owned->supervisor, endpoint);
    }
}

static void free_process(struct supervisor *supervisor, struct known_process *process)
{
    exec_table_remove(&supervisor->processes, &process->link);
    close(process->pidfd);
    free(process->inodes);
    free(process);
}

/* The exit comes before the closures, as Windows reports it. */
void known_process_end(struct supervisor *supervisor, struct known_process *process)
{
    struct owned owned = {supervisor, (pid_t)process->link.key};

    door_queue(&supervisor->door, DOOR_PROCESS_EXIT, &process->link.key, sizeof process->link.key,
               NULL, 0);
    hold_end_process(supervisor, owned.pid);
    exec_table_each(&supervisor->endpoints, end_owned, &owned);
    free_process(supervisor, process);
}

static int by_number(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;

    return a < b ? -1 : a > b;
}

static void add_inode(struct known_process *process, uint64_t inode)
{
    size_t count = process->inode_count;

    if ((count & (count - 1)) == 0) {
        size_t room = count ? count * 2 : 1;
        uint64_t *grown = realloc(process->inodes, room * sizeof *grown);
        if (!grown) {
            return;
        }
        process->inodes = grown;
    }
    process->inodes[process->inode_count++] = inode;
}

/* False when the descriptors can't be listed. */
static bool list_sockets(struct known_process *process, pid_t tid)
{
    char path[64];
    struct dirent *entry;

    process->inode_count = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", tid);
    DIR *directory = opendir(path);
    if (!directory) {
        return false;
    }
    while ((entry = readdir(directory)) != NULL) {
        uint64_t inode = entry->d_name[0] == '.'
                             ? 0
                             : target_socket_inode(tid, (int)strtol(entry->d_name, NULL, 10));
        if (inode != 0) {
            add_inode(process, inode);
        }
    }
    closedir(directory);
    if (process->inode_count > 1) {
        qsort(process->inodes, process->inode_count, sizeof *process->inodes, by_number);
    }
    return true;
}

/*
 * A socket lives while the process that used it last has it open under any number. One that only
 * another process still has (inherited, never used for a trapped call since) counts as closed: its
 * next trapped call is a new endpoint.
 */
static bool is_open(struct supervisor *supervisor, const struct known_endpoint *endpoint)
{
    uint64_t inode = endpoint->link.key;

    if (target_socket_inode(endpoint->tid, endpoint->fd) == inode) {
        return true;
    }
    struct known_process *process =
        (struct known_process *)exec_table_find(&supervisor->processes, (uint64_t)endpoint->pid);
    if (!process) {
        return false;
    }
    if (process->sweep != supervisor->sweep) {
        if (!list_sockets(process, (pid_t)process->link.key)) {
            return true;
        }
        process->sweep = supervisor->sweep;
    }
    return process->inode_count > 0 &&
           bsearch(&inode, process->inodes, process->inode_count, sizeof inode, by_number) != NULL;
}

static void sweep_endpoint(struct exec_link *link, void *context)
{
    struct supervisor *supervisor = context;
    struct known_endpoint *endpoint = (struct known_endpoint *)link;

    if (!is_open(supervisor, endpoint)) {
        end_endpoint(supervisor, endpoint);
    }
}

void known_sweep(struct supervisor *supervisor)
{
    supervisor->sweep++;
    exec_table_each(&supervisor->endpoints, sweep_endpoint, supervisor);
}

static void forget_flow(struct exec_link *link, void *context)
{
    exec_table_remove(&((struct supervisor *)context)->flows, link);
    free(link);
}

static void forget_endpoint(struct exec_link *link, void *context)
{
    exec_table_remove(&((struct supervisor *)context)->endpoints, link);
    free(link);
}

static void forget_process(struct exec_link *link, void *context)
{
    free_process(context, (struct known_process *)link);
}

void known_forget(struct supervisor *supervisor)
{
    exec_table_each(&supervisor->flows, forget_flow, supervisor);
    exec_table_each(&supervisor->endpoints, forget_endpoint, supervisor);
    exec_table_each(&supervisor->processes, forget_process, supervisor);
}
