/*
 * Switching between stacks. swapcontext() makes a system call each time and is warned about by the address sanitizer,
 * which is why x86-64 has its own: it keeps the registers that a call keeps (System V ABI).
 */
#include "fiber.h"

#if defined(__x86_64__)

#define KEPT_REGISTERS 6

void lab_switch_stacks(void **from, void *to);
__asm__(".text\n"
        ".type lab_switch_stacks, @function\n"
        "lab_switch_stacks:\n"
        "    pushq %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    ret\n"
        ".size lab_switch_stacks, . - lab_switch_stacks\n");

/* `run` begins as if it had been called: its return address is 0, the stack 8 off a multiple of 16. */
void lab_context_make(struct lab_context *context, void *stack, size_t bytes, void (*run)(void))
{
    void **top = (void **)(void *)((char *)stack + bytes);
    *--top = NULL;
    *--top = (void *)run;
    for (int i = 0; i < KEPT_REGISTERS; i++) {
        *--top = NULL;
    }
    context->stack_pointer = top;
}

void lab_context_switch(struct lab_context *from, struct lab_context *to)
{
    lab_switch_stacks(&from->stack_pointer, to->stack_pointer);
}

#else

void lab_context_make(struct lab_context *context, void *stack, size_t bytes, void (*run)(void))
{
    (void)getcontext(&context->machine);
    context->machine.uc_stack.ss_sp = stack;
    context->machine.uc_stack.ss_size = bytes;
    context->machine.uc_link = NULL;
    makecontext(&context->machine, run, 0);
}

void lab_context_switch(struct lab_context *from, struct lab_context *to)
{
    (void)swapcontext(&from->machine, &to->machine);
}

#endif
