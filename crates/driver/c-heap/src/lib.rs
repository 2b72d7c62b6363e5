//! A heap in C, as one more heap of the lab: `heaplab run --heap ./mm.c`.
//!
//! ```text
//!   ./mm.c  --source-->  which files, which headers
//!           --compile->  a shared object: the files, and runtime/runtime.c (its mem_sbrk, ...)
//!           --interface> which functions it has, and how they are called
//!           --load---->  in the worker: the object, with the variables that it starts with
//!           --heap---->  CHeap: malloc, free, ... as calls of C, over any machine
//! ```
//!
//! The object is compiled twice: plain for timed runs, and instrumented for checked ones
//! (`access`), where each load and store of the C code is reported to the machine's probe before
//! it happens. Everything that C asks of the lab goes through one table, `runtime/heaplab.h`.
//!
//! This crate contains `unsafe`, because it calls C. The argument is the same everywhere: the code
//! under test may do anything to the process, so it runs in a worker, a process that has nothing
//! to lose.

mod access;
mod compile;
mod crash;
mod design;
mod heap;
mod interface;
mod lines;
mod load;
mod machine;
mod self_test;
mod source;
