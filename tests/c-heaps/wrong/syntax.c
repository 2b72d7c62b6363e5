#include "mm.h"

int mm_init(void) { return 0 }
