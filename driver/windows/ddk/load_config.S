/*
 * The load configuration of the image, with which Windows finds the tables of control flow guard ("PE Format",
 * learn.microsoft.com; the names that begin with __guard_ are the linker's). MSVC's library brings it; with the WDK this file
 * isn't built.
 *
 * Where the kernel enforces control flow guard it sets the pointers to its own check. Everywhere else the functions here do
 * nothing but let the call through.
 */

#if defined(__x86_64__)
    .text
    .p2align 4
check_nothing:
    ret
    .p2align 4
dispatch_unchecked: /* the target is in rax */
    jmp *%rax
#else
    .text
    .p2align 4
check_nothing: /* the target is in x15, and no other register may change */
    ret
#endif

    .section .00cfg,"dr"
    .p2align 3
    .globl __guard_check_icall_fptr
__guard_check_icall_fptr:
    .quad check_nothing
    .globl __guard_dispatch_icall_fptr
__guard_dispatch_icall_fptr:
#if defined(__x86_64__)
    .quad dispatch_unchecked
#else
    .quad 0
#endif

    .section .rdata,"dr"
    .p2align 3
    .globl _load_config_used
_load_config_used:
    .long 192                                  /* Size */
    .zero 108
    .quad __guard_check_icall_fptr             /* GuardCFCheckFunctionPointer, at 112 */
#if defined(__x86_64__)
    .quad __guard_dispatch_icall_fptr          /* GuardCFDispatchFunctionPointer */
#else
    .quad 0
#endif
    .quad __guard_fids_table                   /* GuardCFFunctionTable */
    .quad __guard_fids_count                   /* GuardCFFunctionCount */
    .long __guard_flags                        /* GuardFlags */
    .zero 12                                   /* CodeIntegrity */
    .quad __guard_iat_table                    /* GuardAddressTakenIatEntryTable, at 160 */
    .quad __guard_iat_count                    /* GuardAddressTakenIatEntryCount */
    .quad __guard_longjmp_table                /* GuardLongJumpTargetTable */
    .quad __guard_longjmp_count                /* GuardLongJumpTargetCount */
