/* Switching between stacks, for the fibers of thread.c. */
#ifndef PORTREEVE_LAB_FIBER_H
#define PORTREEVE_LAB_FIBER_H

#include <stddef.h>

#if defined(__x86_64__)
struct lab_context {
    void *stack_pointer;
};
#else
#include <ucontext.h>
struct lab_context {
    ucontext_t machine;
};
#endif

/* The first switch to `context` calls `run` on the stack given; it may never return. */
void lab_context_make(struct lab_context *context, void *stack, size_t bytes, void (*run)(void));
void lab_context_switch(struct lab_context *from, struct lab_context *to);

#endif
