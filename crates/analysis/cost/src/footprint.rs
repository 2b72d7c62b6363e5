//! The distinct lines or pages of the heap that an operation has touched.

use heaplab_arena::Addr;

/// A set of lines or pages that is emptied in constant time.
///
/// Each unit of the heap segment has a stamp: the number of the operation that touched it last. A
/// unit is new to an operation if its stamp has a different number. The stamps take 4 bytes a unit:
/// for lines, a sixteenth of the heap.
#[derive(Debug)]
pub(crate) struct Footprint {
    /// log2 of the bytes in a unit.
    unit_log2: u32,
    /// The number of the heap segment's first unit; `None` before the first `sbrk`.
    first: Option<u32>,
    stamps: Vec<u32>,
}

/// How a touch counts for an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touch {
    /// The operation's first touch of this unit.
    New,
    /// A later touch of this unit.
    Again,
    /// A touch of a unit that was never in the heap segment.
    Outside,
}

impl Footprint {
    /// Returns an empty set of units of 2 to the `unit_log2` bytes.
    pub(crate) fn new(unit_log2: u32) -> Footprint {
        Footprint { unit_log2, first: None, stamps: Vec::new() }
    }

    /// Extends the heap segment to `end`. The segment begins at the `start` of the first call.
    pub(crate) fn cover(&mut self, start: Addr, end: Addr) {
        let first = *self.first.get_or_insert(start.to_word() >> self.unit_log2);
        let end = end.to_word().div_ceil(1 << self.unit_log2);
        let units = end.saturating_sub(first) as usize;
        if units > self.stamps.len() {
            self.stamps.resize(units, 0);
        }
    }

    /// Records that operation `now` touches a unit. Operations are numbered from 1.
    #[inline]
    pub(crate) fn touch(&mut self, unit: u32, now: u32) -> Touch {
        // Before the first `sbrk` there are no stamps, and every unit is outside.
        let place = unit.wrapping_sub(self.first.unwrap_or(0)) as usize;
        match self.stamps.get_mut(place) {
            None => Touch::Outside,
            Some(stamp) if *stamp == now => Touch::Again,
            Some(stamp) => {
                *stamp = now;
                Touch::New
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_counts_as_new_once_per_operation() {
        let mut lines = Footprint::new(6);
        assert_eq!(lines.touch(0x400, 1), Touch::Outside);
        lines.cover(Addr::new(0x1_0000), Addr::new(0x1_0041));
        let touches = [(0x400, 1), (0x400, 1), (0x401, 1), (0x400, 2)];
        let seen = touches.map(|(unit, now)| lines.touch(unit, now));
        assert_eq!(seen, [Touch::New, Touch::Again, Touch::New, Touch::New]);
        // One byte of the second line is in the segment, and none of the third.
        for outside in [0x402, 0x3ff, 0, u32::MAX] {
            assert_eq!(lines.touch(outside, 2), Touch::Outside);
        }
    }

    #[test]
    fn the_segment_may_shrink_and_grow_again() {
        let mut pages = Footprint::new(12);
        let start = Addr::new(0x1_0000);
        pages.cover(start, start + 0x3000);
        pages.cover(start, start);
        assert_eq!(pages.touch(0x12, 1), Touch::New);
        pages.cover(start, start + 0x4000);
        assert_eq!((pages.touch(0x12, 1), pages.touch(0x13, 1)), (Touch::Again, Touch::New));
    }
}
