/* For files without the course's own config.h. */
#ifndef HEAPLAB_CONFIG_H
#define HEAPLAB_CONFIG_H

#ifndef ALIGNMENT
#define ALIGNMENT 16
#endif
#ifndef MAX_HEAP
#define MAX_HEAP (100 * (1 << 20))
#endif

#endif
