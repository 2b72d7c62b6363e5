unsigned block_bytes(unsigned size);
void copy_bytes(char *to, const char *from, unsigned size);
