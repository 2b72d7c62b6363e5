/* For files without the course's own contracts.h: the contracts of CMU 15-122 and 15-213. They are
   checked if DEBUG is defined. */
#ifndef HEAPLAB_CONTRACTS_H
#define HEAPLAB_CONTRACTS_H

#include <assert.h>

#ifdef DEBUG
#define ASSERT(COND) assert(COND)
#define REQUIRES(COND) assert(COND)
#define ENSURES(COND) assert(COND)
#else
#define ASSERT(COND) ((void)0)
#define REQUIRES(COND) ((void)0)
#define ENSURES(COND) ((void)0)
#endif

#endif
