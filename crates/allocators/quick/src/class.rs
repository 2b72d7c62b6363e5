//! Size classes: which list a free block is on.

use heaplab_heap::Align;

/// A size class, from 0 to [`CLASSES`] − 1, in the order of sizes.
///
/// Sizes are counted in units of the alignment. Below 32 units each size has a
/// class of its own, so that any block on the list is an exact fit. From there
/// on each doubling is cut into four:
///
/// ```text
///  units  |  2   3   4  ...  31 | 32-39  40-47  48-55  56-63 | 64-79  80-95 ...
///  class  |  2   3   4  ...  31 |  32     33     34     35   |  36     37   ...
///         |      one size each  |      four to a doubling
/// ```
///
/// At alignment 16 the first range ends at 512 bytes, at alignment 8 at 256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Class(pub(crate) u32);

/// How many classes there are: room for blocks up to 2³¹ bytes.
pub(crate) const CLASSES: u32 = 128;

/// log2 of the number of classes in a doubling.
const STEPS_LOG2: u32 = 2;

/// Sizes below this many units of the alignment (256 bytes at alignment 16, 128
/// at alignment 8) have a quick list each as well, unless the policy is to
/// coalesce at every free. Programs ask for these sizes again and again; a
/// larger block that waits keeps more memory from being merged.
pub(crate) const QUICK_LISTS: u32 = 16;

impl Class {
    /// Classes of a single size: those below this number.
    pub(crate) const EXACT: u32 = 32;

    // ANCHOR: class_of
    /// Returns the class of a block of `bytes` bytes.
    #[inline(always)]
    pub(crate) fn of(bytes: u32, align: Align) -> Class {
        let units = align.units(bytes);
        if units < Class::EXACT {
            return Class(units);
        }
        let doubling = units.ilog2() - Class::EXACT.ilog2();
        // The bits just below the highest say which quarter of the doubling.
        let step = (units >> (units.ilog2() - STEPS_LOG2)) & ((1 << STEPS_LOG2) - 1);
        Class(Class::EXACT + (doubling << STEPS_LOG2) + step)
    }
    // ANCHOR_END: class_of

    /// Whether all blocks of the class have the same size.
    #[inline(always)]
    pub(crate) fn is_exact(self) -> bool {
        self.0 < Class::EXACT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_as_in_the_docs_table() {
        let class = |units: u32| Class::of(units * 8, Align::Eight).0;
        assert_eq!((class(2), class(31)), (2, 31));
        assert_eq!((class(32), class(39), class(40), class(63)), (32, 32, 33, 35));
        assert_eq!((class(64), class(79), class(80)), (36, 36, 37));
        assert_eq!(Class::of(496, Align::Sixteen).0, 31);
    }

    #[test]
    fn larger_blocks_never_have_a_lower_class() {
        for align in [Align::Eight, Align::Sixteen] {
            let mut last = Class(0);
            for units in (2..5000).chain((13..28).flat_map(|n| [(1 << n) - 1, 1 << n])) {
                let class = Class::of(units * align.bytes(), align);
                assert!(class >= last, "{units} units");
                last = class;
            }
            assert!(Class::of(1 << 31, align).0 < CLASSES);
        }
    }
}
