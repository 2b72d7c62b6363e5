//! The contract between an allocator and the code that runs, checks or draws it,
//! and the few types that all allocators share.
//!
//! - [`Heap`] is what an allocator offers; [`Design`] is a named, configurable
//!   recipe for one.
//! - [`Tag`] and [`Block`] are the bits and the arithmetic of boundary tags.
//!   This is the only place with masks and shifts of tags.
//! - [`Violation`] numbers the invariants; [`Layout::check`] asserts those that
//!   can be seen by walking the blocks.
//!
//! Searching, splitting, coalescing and free lists are not here: they are the
//! lesson, so each allocator has its own.
#![forbid(unsafe_code)]

mod align;
mod block;
mod contract;
mod design;
mod error;
mod layout;
mod step;
mod tag;
mod violation;

pub use align::Align;
pub use block::Block;
pub use contract::{BlockView, Heap, Listed, MakeAll, NativeCalls, TimedCalls};
pub use design::{Design, UnknownWord, Word, change_policy, parse_policy};
pub use error::{HeapError, PointerFault};
pub use layout::{Adjacency, Footers, Layout, Prologue, check_free_blocks_are_listed};
pub use step::Step;
pub use tag::Tag;
pub use violation::Violation;

/// The largest request, in bytes, that an allocator has to consider. One `sbrk` call
/// can't provide more, because its increment is a signed word. A larger request is
/// refused before any arithmetic on it can overflow.
pub const LARGEST_REQUEST_BYTES: u32 = i32::MAX as u32 - (64 << 10);
