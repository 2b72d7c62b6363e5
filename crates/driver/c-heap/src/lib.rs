//! A heap in C, as one more heap of the lab: `heaplab run --heap ./mm.c`.
//!
//! ```text
//!   ./mm.c  --source---->  which files, which flags
//!           --compile--->  a shared object: the files, and runtime/runtime.c (its mem_sbrk, ...)
//!           --interface->  which functions it has, and what they return
//!           --load------>  in the worker: the object, with the variables that it starts with
//!           --heap------>  CHeap: malloc, free, ... as calls of C, over any machine
//! ```
//!
//! The object is compiled twice: plain for timed runs, and instrumented for checked ones
//! (`access`), where each load and store of the C code is reported to the machine's probe before
//! it happens. For a grade, and where it is compiled with -m32, the C code runs in a process of its
//! own (`remote`), made of the same parts (`program`); for a grade its speed is taken from outside
//! (`timed`). Everything that C asks of the lab goes through one table, `runtime/heaplab.h`.
//!
//! This crate contains `unsafe`, because it calls C. The argument is the same everywhere: the code
//! under test may do anything to its process, so it runs in a worker, which has nothing to lose.

mod access;
mod built;
mod cache;
mod compile;
mod compiler;
mod context;
mod crash;
mod design;
mod either;
mod functions;
mod heap;
mod interface;
mod lines;
mod load;
mod machine;
mod manifest;
mod places;
mod printed;
pub mod program;
mod remarks;
mod remote;
mod reports;
mod runtime;
mod sbrk;
mod segments;
mod self_test;
mod show;
mod sizes;
mod source;
mod symbols;
mod task;
mod text;
mod timed;
mod wrapped;

pub use compiler::Build;
pub use design::CDesign;
pub use either::EitherHeap;
pub use heap::CHeap;
pub use interface::{FAMILIES, Family, Interface};
pub use remote::{Launch, Programs, RemoteDesign, RemoteHeap};
pub use source::{is_file, is_shared_object, with_flags};
pub use timed::TimedProgram;
pub use wrapped::WRAPPED;
