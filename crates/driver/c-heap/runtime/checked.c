/* The checked build's half of the runtime: included by runtime.c. */
