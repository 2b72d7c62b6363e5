void *mem_sbrk(int incr);
