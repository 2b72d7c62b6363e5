//! A heap in C: in this process, or in one of its own.

use crate::heap::CHeap;
use crate::remote::RemoteHeap;
use heaplab_arena::{Addr, Arena, Probe};
use heaplab_heap::{BlockView, Heap, HeapError, Listed, TimedCalls, Violation};

/// A heap whose functions are C.
pub enum EitherHeap<P: Probe> {
    /// Its code is loaded into this process.
    Here(CHeap<P>),
    /// Its code is for 32-bit processors, and runs in a program.
    There(RemoteHeap<P>),
}

/// Does the same with either.
macro_rules! either {
    ($heap:expr, $one:ident => $done:expr) => {
        match $heap {
            EitherHeap::Here($one) => $done,
            EitherHeap::There($one) => $done,
        }
    };
}

impl<P: Probe> Heap for EitherHeap<P> {
    type Probe = P;

    #[inline]
    fn malloc(&mut self, size: u32) -> Result<Addr, HeapError> {
        either!(self, heap => heap.malloc(size))
    }

    #[inline]
    fn free(&mut self, payload: Addr) -> Result<(), HeapError> {
        either!(self, heap => heap.free(payload))
    }

    #[inline]
    fn realloc(&mut self, payload: Addr, size: u32) -> Result<Addr, HeapError> {
        either!(self, heap => heap.realloc(payload, size))
    }

    fn calloc(&mut self, count: u32, size: u32) -> Result<Addr, HeapError> {
        either!(self, heap => heap.calloc(count, size))
    }

    fn usable_size(&self, payload: Addr) -> Result<u32, HeapError> {
        either!(self, heap => heap.usable_size(payload))
    }

    fn check(&self) -> Result<(), Violation> {
        either!(self, heap => heap.check())
    }

    fn blocks(&self) -> impl Iterator<Item = BlockView> + '_ {
        let blocks: Vec<BlockView> = either!(self, heap => heap.blocks().collect());
        blocks.into_iter()
    }

    fn free_lists(&self) -> impl Iterator<Item = Listed> + '_ {
        let lists: Vec<Listed> = either!(self, heap => heap.free_lists().collect());
        lists.into_iter()
    }

    fn shows_blocks(&self) -> bool {
        either!(self, heap => heap.shows_blocks())
    }

    fn timed_calls(&mut self) -> TimedCalls<'_> {
        either!(self, heap => heap.timed_calls())
    }

    fn refuses_bad_pointers(&self) -> bool {
        either!(self, heap => heap.refuses_bad_pointers())
    }

    #[inline]
    fn arena(&self) -> &Arena<P> {
        either!(self, heap => heap.arena())
    }

    #[inline]
    fn arena_mut(&mut self) -> &mut Arena<P> {
        either!(self, heap => heap.arena_mut())
    }

    fn into_arena(self) -> Arena<P> {
        either!(self, heap => heap.into_arena())
    }
}
