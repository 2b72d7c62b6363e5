//! Which bytes of the heap segment belong to a live block.

use fixedbitset::FixedBitSet;
use heaplab_arena::Addr;
use std::ops::Range;

/// One bit for 8 bytes. Payloads are aligned to at least 8, so no two correct
/// blocks share such a granule, and every way in which blocks can overlap (at
/// one end, at both, one inside the other) is a bit set twice.
#[derive(Default)]
pub(crate) struct Occupancy {
    granules: FixedBitSet,
}

const GRANULE_BYTES: u64 = 8;

impl Occupancy {
    /// Whether a live block has any byte of these.
    pub(crate) fn is_taken(&self, offset: u32, size: u32) -> bool {
        let range = granules(offset, size);
        let end = range.end.min(self.granules.len());
        range.start < end && self.granules.contains_any_in_range(range.start..end)
    }

    /// Takes them.
    pub(crate) fn take(&mut self, offset: u32, size: u32) {
        let range = granules(offset, size);
        if range.end > self.granules.len() {
            self.granules.grow(range.end.next_power_of_two());
        }
        self.granules.insert_range(range);
    }

    /// Gives them back.
    pub(crate) fn give_back(&mut self, offset: u32, size: u32) {
        self.granules.remove_range(granules(offset, size));
    }
}

/// The granules of `size` bytes (0 counts as 1) at `offset` in the heap segment.
fn granules(offset: u32, size: u32) -> Range<usize> {
    let end = u64::from(offset) + u64::from(size.max(1));
    let first = u64::from(offset) / GRANULE_BYTES;
    first as usize..end.div_ceil(GRANULE_BYTES) as usize
}

/// Whether two blocks share a byte; the slow way, to name the other block.
pub(crate) fn overlap(a: (Addr, u32), b: (Addr, u32)) -> bool {
    let ends = |(addr, size): (Addr, u32)| {
        let start = u64::from(addr.to_word());
        (start, start + u64::from(size.max(1)))
    };
    let ((a_start, a_end), (b_start, b_end)) = (ends(a), ends(b));
    a_start < b_end && b_start < a_end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_every_form_of_overlap() {
        let mut taken = Occupancy::default();
        taken.take(64, 32);
        for (offset, size, form) in [
            (64, 32, "the same bytes"),
            (56, 16, "its start"),
            (88, 16, "its end"),
            (72, 8, "inside it"),
            (0, 256, "enclosing it"),
            (72, 0, "an empty block inside it"),
        ] {
            assert!(taken.is_taken(offset, size), "{form}");
        }
        for (offset, size, form) in [(0, 64, "before"), (96, 900, "behind"), (4096, 8, "far off")] {
            assert!(!taken.is_taken(offset, size), "{form}");
        }
        taken.give_back(64, 32);
        assert!(!taken.is_taken(0, 256));
    }

    #[test]
    fn blocks_that_touch_do_not_overlap() {
        let at = |addr, size| (Addr::new(addr), size);
        assert!(!overlap(at(16, 16), at(32, 8)));
        assert!(overlap(at(16, 17), at(32, 8)));
        assert!(overlap(at(0, 100), at(32, 8)));
    }
}
