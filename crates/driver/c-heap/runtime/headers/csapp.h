/* For files that include the book's csapp.h, where it is not beside them: the headers of the system
   that it includes, and its wrappers for none of them. An allocator needs no more. */
#ifndef HEAPLAB_CSAPP_H
#define HEAPLAB_CSAPP_H

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "memlib.h"
#include "mm.h"

#endif
