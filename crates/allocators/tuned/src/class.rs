//! Size classes: which list a free block is on.

use heaplab_arena::WORD_BYTES;
use heaplab_heap::Align;

/// A size class, in the order of sizes.
///
/// Sizes are counted in units of the alignment. At first each doubling of sizes is a class. In a
/// large heap each size below 32 units is a class of its own, so that any block on the list is an
/// exact fit, and from there on each doubling is cut into four. The last class has all that is
/// larger:
///
/// ```text
///  units   |  2  3 | 4 ... 7 | 8 ... 15 | 16 ... 31 | 32-39  40-47  48-55  56-63 | 64-79 ...
///  coarse  |   2   |    3    |    4     |     5     |             6              |      7
///  fine    |  2  3 | 4 ... 7 | 8 ... 15 | 16 ... 31 |  32     33     34     35   |  36  ...
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Class(pub(crate) u32);

/// How many classes there are to a doubling of sizes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Spacing {
    /// log2 of the number of units from which on a class has several sizes.
    exact_log2: u32,
    /// log2 of the number of classes in a doubling.
    parts_log2: u32,
}

impl Spacing {
    /// One class for each doubling: 16 in all.
    pub(crate) const COARSE: Spacing = Spacing { exact_log2: 0, parts_log2: 0 };

    /// Four classes for each doubling: 96 in all.
    pub(crate) const FINE: Spacing = Spacing { exact_log2: 5, parts_log2: 2 };

    /// Returns how many classes there are.
    #[inline(always)]
    pub(crate) const fn classes(self) -> u32 {
        if self.parts_log2 == 0 { 16 } else { 96 }
    }

    /// Returns the size of a bitmap with a bit for each class.
    pub(crate) const fn bitmap_bytes(self) -> u32 {
        self.classes().div_ceil(32) * WORD_BYTES
    }

    /// Returns the size of the lists' heads and their bitmap.
    #[inline(always)]
    pub(crate) fn table_bytes(self) -> u32 {
        self.bitmap_bytes() + self.classes() * WORD_BYTES
    }

    /// Whether all blocks of a class have the same size.
    #[inline(always)]
    pub(crate) const fn is_exact(self, class: Class) -> bool {
        class.0 < 1 << self.exact_log2
    }

    // ANCHOR: class_of
    /// Returns the class of a block of `bytes` bytes.
    #[inline(always)]
    pub(crate) fn class_of(self, bytes: u32, align: Align) -> Class {
        let units = align.units(bytes);
        if units < 1 << self.exact_log2 {
            return Class(units);
        }
        // The highest bit says which doubling, and the bits just below it which part of that.
        let high = units.ilog2();
        let doubling = high - self.exact_log2;
        let part = (units >> (high - self.parts_log2)) - (1 << self.parts_log2);
        let class = (1 << self.exact_log2) + (doubling << self.parts_log2) + part;
        Class(class.min(self.classes() - 1))
    }
    // ANCHOR_END: class_of
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_as_in_the_table() {
        let coarse = |units: u32| Spacing::COARSE.class_of(units * 8, Align::Eight).0;
        assert_eq!([2, 3, 4, 7, 8, 16, 31, 32].map(coarse), [2, 2, 3, 3, 4, 5, 5, 6]);
        let fine = |units: u32| Spacing::FINE.class_of(units * 8, Align::Eight).0;
        assert_eq!([2, 31, 32, 39, 40, 63, 64].map(fine), [2, 31, 32, 32, 33, 35, 36]);
    }

    #[test]
    fn larger_blocks_never_have_a_lower_class() {
        for (spacing, align) in [Spacing::COARSE, Spacing::FINE]
            .into_iter()
            .flat_map(|spacing| [Align::Eight, Align::Sixteen].map(|align| (spacing, align)))
        {
            let mut last = Class(0);
            for units in (2..5000).chain((13..28).flat_map(|n| [(1 << n) - 1, 1 << n])) {
                let class = spacing.class_of(units * align.bytes(), align);
                assert!(class >= last && class.0 < spacing.classes(), "{units} units");
                last = class;
            }
        }
    }
}
