//! The design of heaps in C: which files a name means, and the heap that is built of them.
