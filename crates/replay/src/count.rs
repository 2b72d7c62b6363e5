//! A probe that counts what the allocator does to memory.

use heaplab_arena::{Addr, Probe};
use std::cell::Cell;

/// Counts loads and stores of words. A copy of n bytes counts as the words it
/// would take.
///
/// Seconds differ from machine to machine and from run to run; these counts
/// never do.
#[derive(Debug, Default)]
pub struct Counting {
    loads: Cell<u64>,
    stores: Cell<u64>,
}

impl Counting {
    /// Words read.
    pub fn loads(&self) -> u64 {
        self.loads.get()
    }

    /// Words written.
    pub fn stores(&self) -> u64 {
        self.stores.get()
    }
}

fn words(size: u32) -> u64 {
    u64::from(size.div_ceil(heaplab_arena::WORD_BYTES))
}

impl Probe for Counting {
    #[inline]
    fn on_load(&self, _addr: Addr, size: u32) {
        self.loads.set(self.loads.get() + words(size));
    }

    #[inline]
    fn on_store(&self, _addr: Addr, size: u32) {
        self.stores.set(self.stores.get() + words(size));
    }
}
