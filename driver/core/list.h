/*
 * Intrusive doubly linked lists. A link that is in no list points to itself, so removing it twice is harmless.
 * Ownership and locking are those of the structure that holds the link.
 */
#ifndef PR_LIST_H
#define PR_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct pr_link {
    struct pr_link *next;
    struct pr_link *previous;
};

#define PR_CONTAINER(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

/* Makes an empty list, or a link that is in none. */
static inline void pr_list_init(struct pr_link *link)
{
    link->next = link;
    link->previous = link;
}

/* True for an empty list, and for a link that is in none. */
static inline bool pr_list_empty(const struct pr_link *link)
{
    return link->next == link;
}

static inline void pr_list_append(struct pr_link *head, struct pr_link *link)
{
    link->next = head;
    link->previous = head->previous;
    head->previous->next = link;
    head->previous = link;
}

static inline void pr_list_remove(struct pr_link *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
    pr_list_init(link);
}

/* Appends all of `from`, which is empty then. */
static inline void pr_list_move(struct pr_link *head, struct pr_link *from)
{
    if (from->next == from) {
        return;
    }
    from->next->previous = head->previous;
    head->previous->next = from->next;
    from->previous->next = head;
    head->previous = from->previous;
    pr_list_init(from);
}

/* Takes the oldest link out, or returns NULL. */
static inline struct pr_link *pr_list_take(struct pr_link *head)
{
    struct pr_link *link = head->next;
    if (link == head) {
        return NULL;
    }
    pr_list_remove(link);
    return link;
}

#endif
