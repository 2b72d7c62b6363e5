//! Which bytes belong to a live block.

use fixedbitset::FixedBitSet;
use heaplab_arena::Addr;
use std::collections::BTreeMap;
use std::ops::Range;

/// An address that a block can have: in the simulated machine, or in the host's memory.
pub trait Address: Copy + Ord {
    /// The data structure that notes which bytes belong to a block.
    type Taken: Taken<Self>;

    /// Returns the address as a number; 0 is not an address.
    fn number(self) -> u64;

    /// Returns the address `bytes` further on.
    fn after(self, bytes: u32) -> Self;
}

/// Which bytes belong to a block. A block of 0 bytes takes 1, so that its address is unique.
pub trait Taken<A>: Default {
    /// Returns whether a block contains any of these bytes.
    fn is_taken(&self, addr: A, size: u32) -> bool;

    /// Marks the bytes as taken.
    fn take(&mut self, addr: A, size: u32);

    /// Marks bytes that were taken as not taken.
    fn give_back(&mut self, addr: A, size: u32);
}

impl Address for Addr {
    type Taken = Granules;

    #[inline]
    fn number(self) -> u64 {
        self.to_word().into()
    }

    fn after(self, bytes: u32) -> Addr {
        self + bytes
    }
}

/// An address of the host's memory.
impl Address for usize {
    type Taken = BTreeMap<usize, u32>;

    fn number(self) -> u64 {
        self as u64
    }

    fn after(self, bytes: u32) -> usize {
        self + bytes as usize
    }
}

/// Returns the bytes of a block.
#[inline]
fn bytes<A: Address>(addr: A, size: u32) -> Range<u64> {
    addr.number()..addr.number() + u64::from(size.max(1))
}

/// Returns whether two blocks share a byte.
pub(crate) fn overlap<A: Address>(a: (A, u32), b: (A, u32)) -> bool {
    let (a, b) = (bytes(a.0, a.1), bytes(b.0, b.1));
    a.start < b.end && b.start < a.end
}

/// One bit for 8 bytes of the simulated machine, which is small enough. Payloads are aligned to at
/// least 8, so two correct blocks do not share these 8 bytes, and every way in which blocks can
/// overlap (at one end, at both, one inside the other) sets a bit twice.
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

/// A tree of blocks, for a space too wide for bits: where each is, and its bytes.
impl Taken<usize> for BTreeMap<usize, u32> {
    fn is_taken(&self, addr: usize, size: u32) -> bool {
        overlapping(self, addr, size).is_some()
    }

    fn take(&mut self, addr: usize, size: u32) {
        self.insert(addr, size);
    }

    fn give_back(&mut self, addr: usize, _size: u32) {
        self.remove(&addr);
    }
}

/// Returns the last of the blocks that share a byte with these; the blocks themselves are disjoint.
pub(crate) fn overlapping<A: Address>(
    blocks: &BTreeMap<A, u32>,
    addr: A,
    size: u32,
) -> Option<(A, u32)> {
    let last = blocks.range(..addr.after(size.max(1))).next_back();
    let last = last.map(|(&other, &bytes)| (other, bytes));
    last.filter(|&last| overlap(last, (addr, size)))
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
