//! Compiles the files of a heap to a shared object, once for each content.
