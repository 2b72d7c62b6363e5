//! A run of a trace on a heap as a film: each operation with all that it changed, forwards and
//! backwards, for any heap behind the trait, up to the operation at which it fails.
//!
//! ```text
//!  operations   0 . . . . . . . 500 . . . . . . . 1000 . . n . . .
//!  checkpoints  *               *                 *
//!                                                 +------->  at most 500 operations are done again
//! ```
//!
//! | I want to | start at |
//! |---|---|
//! | record a heap in this process | [`Film::record`] |
//! | see an operation: call, result, changed blocks and lists, stores, cost | [`Film::step`] |
//! | see all loads and stores within it | [`Film::accesses`] |
//! | see the whole heap, or its bytes | [`Film::heap`], [`Film::bytes`] |
//! | go to the next split, merge, `sbrk` or failure | [`Film::next`] |
//! | see a film while it is recorded | [`Film::begin`], [`Film::record_more`] |
//! | do the same with a heap that may end its process | [`FilmInWorker`] (its job: [`AskFilm`]) |
//! | print a step in a line | [`Step::in_a_line`] |
//!
//! Nothing is kept of a step. A checkpoint is a copy of the heap's value
//! ([`Heap::copy_onto`](heaplab_heap::Heap::copy_onto)) and the words of memory that were changed
//! since the one before. From the checkpoint before a step, the operations are done once more, the
//! last one under a probe that records it.
#![forbid(unsafe_code)]

mod access;
mod changes;
mod check_behind;
mod error;
mod film;
mod holders;
mod in_worker;
mod job;
mod memory;
mod options;
mod owners;
mod packed;
mod player;
mod probe;
mod seeing;
mod step;
mod text;
mod view;

pub use access::{Access, Event, FunctionAt, Source};
pub use error::FilmError;
pub use film::Film;
pub use in_worker::{FilmInWorker, Pending, TraceOfFilm};
pub use job::{AskFilm, FilmAnswer, Question};
pub use options::{KnownFault, Options};
pub use step::{
    BlockChange, BlockState, Cost, FactsSoFar, Failure, Kind, ListChange, ListPlace, Notes,
    Returned, SbrkCall, Step,
};
pub use text::{InALine, writes_in_lines};
pub use view::{BlockNow, Entry, HeapView, Owner};
