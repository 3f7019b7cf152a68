/*
 * The few atomic operations of the core. Values are naturally aligned; loads, additions and exchanges are relaxed, stores
 * and everything about pointers and `ordered` are sequentially consistent. Any IRQL, no locks.
 */
#ifndef PR_ATOMIC_H
#define PR_ATOMIC_H

#include <stddef.h>
#include <stdint.h>

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>

/* Asks for the line of memory that will be read next, so that waits for several of them overlap. */
static inline void pr_prefetch(const void *place)
{
#if defined(_M_ARM64)
    __prefetch(place);
#else
    _mm_prefetch((const char *)place, _MM_HINT_T0);
#endif
}

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

static inline uint64_t pr_atomic_load_ordered(volatile uint64_t *value)
{
    return (uint64_t)_InterlockedOr64((volatile long long *)value, 0);
}

static inline void pr_atomic_add_ordered(volatile uint64_t *value, uint64_t amount)
{
    (void)_InterlockedExchangeAdd64((volatile long long *)value, (long long)amount);
}

static inline uint32_t pr_atomic_load32(const volatile uint32_t *value)
{
    return *value;
}

static inline void pr_atomic_store32(volatile uint32_t *value, uint32_t next)
{
    (void)_InterlockedExchange((volatile long *)value, (long)next);
}

static inline void pr_atomic_add32(volatile uint32_t *value, uint32_t amount)
{
    (void)_InterlockedExchangeAdd((volatile long *)value, (long)amount);
}

static inline uint32_t pr_atomic_exchange32(volatile uint32_t *value, uint32_t next)
{
    return (uint32_t)_InterlockedExchange((volatile long *)value, (long)next);
}

static inline void *pr_atomic_load_pointer(void *volatile *place)
{
    return _InterlockedCompareExchangePointer(place, NULL, NULL);
}

static inline void pr_atomic_store_pointer(void *volatile *place, void *next)
{
    (void)_InterlockedExchangePointer(place, next);
}
#else
static inline void pr_prefetch(const void *place)
{
    __builtin_prefetch(place);
}

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

static inline uint64_t pr_atomic_load_ordered(volatile uint64_t *value)
{
    return __atomic_load_n(value, __ATOMIC_SEQ_CST);
}

static inline void pr_atomic_add_ordered(volatile uint64_t *value, uint64_t amount)
{
    (void)__atomic_fetch_add(value, amount, __ATOMIC_SEQ_CST);
}

static inline uint32_t pr_atomic_load32(const volatile uint32_t *value)
{
    return __atomic_load_n(value, __ATOMIC_RELAXED);
}

static inline void pr_atomic_store32(volatile uint32_t *value, uint32_t next)
{
    __atomic_store_n(value, next, __ATOMIC_RELAXED);
}

static inline void pr_atomic_add32(volatile uint32_t *value, uint32_t amount)
{
    (void)__atomic_fetch_add(value, amount, __ATOMIC_RELAXED);
}

static inline uint32_t pr_atomic_exchange32(volatile uint32_t *value, uint32_t next)
{
    return __atomic_exchange_n(value, next, __ATOMIC_RELAXED);
}

static inline void *pr_atomic_load_pointer(void *volatile *place)
{
    return __atomic_load_n(place, __ATOMIC_SEQ_CST);
}

static inline void pr_atomic_store_pointer(void *volatile *place, void *next)
{
    __atomic_store_n(place, next, __ATOMIC_SEQ_CST);
}
#endif

#endif
