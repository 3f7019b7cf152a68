/*
 * The few atomic operations of the core. Values are naturally aligned; loads and stores are relaxed unless named
 * otherwise. Any IRQL, no locks.
 */
#ifndef PR_ATOMIC_H
#define PR_ATOMIC_H

#include <stdint.h>

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>

static inline uint64_t pr_atomic_load(const volatile uint64_t *value)
{
    return *value;
}

static inline void pr_atomic_store(volatile uint64_t *value, uint64_t next)
{
    (void)_InterlockedExchange64((volatile long long *)value, (long long)next);
}

static inline void pr_atomic_add(volatile uint64_t *value, uint64_t amount)
{
    (void)_InterlockedExchangeAdd64((volatile long long *)value, (long long)amount);
}
#else
static inline uint64_t pr_atomic_load(const volatile uint64_t *value)
{
    return __atomic_load_n(value, __ATOMIC_RELAXED);
}

static inline void pr_atomic_store(volatile uint64_t *value, uint64_t next)
{
    __atomic_store_n(value, next, __ATOMIC_SEQ_CST);
}

static inline void pr_atomic_add(volatile uint64_t *value, uint64_t amount)
{
    (void)__atomic_fetch_add(value, amount, __ATOMIC_RELAXED);
}
#endif

#endif
