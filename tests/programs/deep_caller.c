/* A library that opens a module: where it is, only this library's RUNPATH says. */
#define _GNU_SOURCE
#include <dlfcn.h>

void *open_module(void) { return dlopen("deep_module.so", RTLD_NOW | RTLD_DEEPBIND); }
