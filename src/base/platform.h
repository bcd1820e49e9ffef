/* platform.h - what the library does not run on, or not exactly. Included by all of it. */
#ifndef NB_BASE_PLATFORM_H
#define NB_BASE_PLATFORM_H

/* Files and states are little endian, and are copied from memory as they are. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Noisebook's files are little endian: it is not built for a big-endian machine"
#endif

/* Sums would be taken in another order, and the checks for NaN and infinity would be left out. */
#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) ||               \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "Noisebook gives the same bits everywhere: build it without -ffast-math and its parts"
#endif

#endif
