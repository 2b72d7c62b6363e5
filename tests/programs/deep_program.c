/* Opens a module with RTLD_DEEPBIND, through a library, and trades blocks with it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

void *open_module(void);

int main(void) {
    void *module = open_module();
    if (module == NULL) {
        puts(dlerror());
        return 1;
    }
    char *(*swap_block)(char *) = (char *(*)(char *))dlsym(module, "swap_block");
    char *block = malloc(1000);
    for (int i = 0; i < 1000; i++) block = swap_block(block);
    puts(block);
    free(block);
    return dlclose(module);
}
