//! What a run passes to its watcher, and how it ends early.

use crate::fault::Fault;
use heaplab_arena::ReserveError;
use std::fmt;

/// What is going on: a run passes it on before the heap is called, so that a panic or an endless
/// loop can be attributed to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// An empty heap is being set up.
    Build,
    /// The operation with this index runs.
    Op(usize),
    /// `check` runs; this many operations are done.
    Check(usize),
    /// The heap is called with bad pointers; this many operations are done.
    BadPointers(usize),
    /// `blocks` is walked; this many operations are done.
    Blocks(usize),
    /// `free_lists` is walked; this many operations are done.
    FreeLists(usize),
    /// The operation with this index runs for the second time, on a fresh
    /// machine.
    SecondRun(usize),
}

/// Why there are no facts.
#[derive(Debug)]
pub enum Stopped {
    /// The heap is at fault.
    Fault(Box<Fault>),
    /// The host gave no address space for a machine.
    NoMachine(ReserveError),
}

impl From<Fault> for Stopped {
    fn from(fault: Fault) -> Stopped {
        Stopped::Fault(Box::new(fault))
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stopped::Fault(fault) => fault.fmt(f),
            Stopped::NoMachine(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Stopped {}
