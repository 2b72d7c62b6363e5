//! Counts the words that the allocator reads and writes in each operation.

use heaplab_arena::{Addr, Probe, WORD_BYTES};
use std::cell::{Cell, RefCell};

/// Counts loads and stores as `cost` does: a copy reads and writes as many words as it takes.
#[derive(Default)]
pub(crate) struct CountingProbe {
    counts: Cell<Words>,
    /// The counts of the operations that have ended.
    ops: RefCell<Vec<Words>>,
    has_begun: Cell<bool>,
}

/// Words read and written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) loads: u64,
    pub(crate) stores: u64,
}

impl Words {
    pub(crate) fn touches(self) -> u64 {
        self.loads + self.stores
    }
}

impl CountingProbe {
    /// Notes that the next operation begins. What came before the first is the set-up.
    pub(crate) fn begin(&self) {
        let ended = self.counts.take();
        if self.has_begun.replace(true) {
            self.ops.borrow_mut().push(ended);
        }
    }

    /// Returns the counts of each operation.
    pub(crate) fn finish(self) -> Vec<Words> {
        self.begin();
        self.ops.into_inner()
    }

    fn add(&self, loads: u64, stores: u64) {
        let counts = self.counts.get();
        let (loads, stores) = (counts.loads + loads, counts.stores + stores);
        self.counts.set(Words { loads, stores });
    }
}

fn words(bytes: u32) -> u64 {
    u64::from(bytes.div_ceil(WORD_BYTES))
}

impl Probe for CountingProbe {
    #[inline]
    fn on_load(&self, _addr: Addr) {
        self.add(1, 0);
    }

    #[inline]
    fn on_store(&self, _addr: Addr) {
        self.add(0, 1);
    }

    fn on_copy(&self, _from: Addr, _to: Addr, size: u32) {
        self.add(words(size), words(size));
    }

    fn on_zero(&self, _addr: Addr, size: u32) {
        self.add(0, words(size));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_up_is_not_an_operation() {
        let probe = CountingProbe::default();
        probe.on_load(Addr::NULL);
        probe.begin();
        probe.on_copy(Addr::NULL, Addr::NULL, 9);
        probe.on_zero(Addr::NULL, 4);
        probe.begin();
        let of = |loads, stores| Words { loads, stores };
        assert_eq!(probe.finish(), [of(3, 4), of(0, 0)]);
        assert_eq!(CountingProbe::default().finish(), []);
    }
}
