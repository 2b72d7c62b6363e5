/* A C program that opens a plug-in, given by its path: as a rule into the plug-in's own scope,
   with a second argument so that the plug-in finds its own libraries first. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>

int main(int count, char **arguments) {
    int deep = count > 2 ? RTLD_DEEPBIND : 0;
    void *plugin = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL | deep);
    if (!plugin) return fprintf(stderr, "%s\n", dlerror()), 9;
    int (*run)(void) = (int (*)(void))dlsym(plugin, "run_plugin");
    printf("%d\n", run());
    return dlclose(plugin);
}
