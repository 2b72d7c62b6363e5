//! Which bytes belong to a live block.

use fixedbitset::FixedBitSet;
use heaplab_arena::Addr;
use std::collections::BTreeMap;
use std::ops::Range;

/// An address that a block can have: in the simulated machine, or in the host's memory.
pub trait Address: Copy + Ord {
    /// What notes which bytes are a block's.
    type Taken: Taken<Self>;

    /// The address as a number; 0 is no address.
    fn number(self) -> u64;
}

/// Which bytes belong to a block. A block of 0 bytes takes 1: its address is its own.
pub trait Taken<A>: Default {
    /// Whether a block has any byte of these.
    fn is_taken(&self, addr: A, size: u32) -> bool;

    /// Takes them.
    fn take(&mut self, addr: A, size: u32);

    /// Gives back what was taken.
    fn give_back(&mut self, addr: A, size: u32);
}

impl Address for Addr {
    type Taken = Granules;

    #[inline]
    fn number(self) -> u64 {
        self.to_word().into()
    }
}

/// Where a pointer of the host points to.
impl Address for usize {
    type Taken = Spans<usize>;

    fn number(self) -> u64 {
        self as u64
    }
}

/// The bytes of a block.
#[inline]
fn bytes<A: Address>(addr: A, size: u32) -> Range<u64> {
    addr.number()..addr.number() + u64::from(size.max(1))
}

/// Whether two blocks share a byte.
pub(crate) fn overlap<A: Address>(a: (A, u32), b: (A, u32)) -> bool {
    let (a, b) = (bytes(a.0, a.1), bytes(b.0, b.1));
    a.start < b.end && b.start < a.end
}

/// One bit for 8 bytes of the simulated machine, which is small enough. Payloads are
/// aligned to at least 8, so no two correct blocks share such a granule, and every way in
/// which blocks can overlap (at one end, at both, one inside the other) is a bit set twice.
#[derive(Debug, Default)]
pub struct Granules(FixedBitSet);

const GRANULE_BYTES: u64 = 8;

fn granules(addr: Addr, size: u32) -> Range<usize> {
    let Range { start, end } = bytes(addr, size);
    (start / GRANULE_BYTES) as usize..end.div_ceil(GRANULE_BYTES) as usize
}

impl Taken<Addr> for Granules {
    fn is_taken(&self, addr: Addr, size: u32) -> bool {
        let range = granules(addr, size);
        let end = range.end.min(self.0.len());
        range.start < end && self.0.contains_any_in_range(range.start..end)
    }

    fn take(&mut self, addr: Addr, size: u32) {
        let range = granules(addr, size);
        if range.end > self.0.len() {
            self.0.grow(range.end.next_power_of_two());
        }
        self.0.insert_range(range);
    }

    fn give_back(&mut self, addr: Addr, size: u32) {
        self.0.remove_range(granules(addr, size));
    }
}

/// Blocks by their address, no two of which share a byte: for a space too wide for a bit
/// a granule, and for a program whose blocks have no id but their address.
#[derive(Debug)]
pub struct Spans<A>(BTreeMap<u64, (A, u32)>);

impl<A> Default for Spans<A> {
    fn default() -> Self {
        Spans(BTreeMap::new())
    }
}

impl<A: Address> Spans<A> {
    /// The bytes of the block at exactly this address.
    pub(crate) fn size_of(&self, addr: A) -> Option<u32> {
        self.0.get(&addr.number()).map(|&(_, size)| size)
    }

    /// The last block at or before an address.
    pub(crate) fn last_until(&self, addr: A) -> Option<(A, u32)> {
        self.last_in(..=addr.number())
    }

    /// The last of the blocks that share a byte with these.
    pub(crate) fn overlapping(&self, addr: A, size: u32) -> Option<(A, u32)> {
        let last = self.last_in(..bytes(addr, size).end);
        last.filter(|&last| overlap(last, (addr, size)))
    }

    /// The bytes of all blocks.
    pub(crate) fn total_bytes(&self) -> u64 {
        self.0.values().map(|&(_, size)| u64::from(size)).sum()
    }

    fn last_in(&self, starts: impl std::ops::RangeBounds<u64>) -> Option<(A, u32)> {
        self.0.range(starts).next_back().map(|(_, &block)| block)
    }
}

impl<A: Address> Taken<A> for Spans<A> {
    fn is_taken(&self, addr: A, size: u32) -> bool {
        self.overlapping(addr, size).is_some()
    }

    fn take(&mut self, addr: A, size: u32) {
        self.0.insert(addr.number(), (addr, size));
    }

    fn give_back(&mut self, addr: A, _size: u32) {
        self.0.remove(&addr.number());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sees_every_form_of_overlap<A: Address>(at: impl Fn(u16) -> A) {
        let mut taken = A::Taken::default();
        taken.take(at(64), 32);
        for (addr, size, form) in [
            (64, 32, "the same bytes"),
            (56, 16, "its start"),
            (88, 16, "its end"),
            (72, 8, "inside it"),
            (0, 256, "enclosing it"),
            (72, 0, "an empty block inside it"),
        ] {
            assert!(taken.is_taken(at(addr), size), "{form}");
        }
        for (addr, size, form) in [(0, 64, "before"), (96, 900, "behind"), (4096, 8, "far off")] {
            assert!(!taken.is_taken(at(addr), size), "{form}");
        }
        taken.give_back(at(64), 32);
        assert!(!taken.is_taken(at(0), 256));
    }

    #[test]
    fn every_form_of_overlap_is_seen_in_both_memories() {
        sees_every_form_of_overlap(|number| Addr::new(number.into()));
        sees_every_form_of_overlap(usize::from);
    }

    #[test]
    fn blocks_that_touch_do_not_overlap() {
        assert!(!overlap((16_usize, 16), (32, 8)));
        assert!(overlap((16_usize, 17), (32, 8)));
        assert!(overlap((0_usize, 100), (32, 8)));
    }
}
