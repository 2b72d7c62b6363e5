//! Whether every access is reported: a small program, compiled and run before a checked run.
