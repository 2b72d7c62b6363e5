//! Size classes: which list a free block is on.

use crate::Segregated;
use heaplab_arena::Probe;
use heaplab_heap::Align;

/// A size class, from 0 on in the order of sizes.
///
/// Sizes are counted in units of the alignment. Below 32 units each size has a
/// class of its own, so that any block on the list is an exact fit. From there
/// on each doubling is cut into as many classes as the policy says; with four:
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

/// Classes of a single size: those below this number.
const EXACT: u32 = 32;

/// Doublings above those classes: room for blocks of up to 2³¹ bytes.
const DOUBLINGS: u32 = 24;

/// How many classes a doubling of sizes is cut into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Classes {
    /// One: the powers of two, as in CS:APP 9.9.14.
    One,
    /// Two.
    Two,
    /// Four.
    #[default]
    Four,
    /// Eight: a closer fit, and twice the heads.
    Eight,
}

impl Classes {
    /// Returns how many lists there are.
    pub(crate) fn count(self) -> u32 {
        EXACT + (DOUBLINGS << self.steps_log2())
    }

    /// Returns log2 of the number of classes in a doubling.
    fn steps_log2(self) -> u32 {
        self as u32
    }
}

impl Class {
    // ANCHOR: class_of
    /// Returns the class of a block of `bytes` bytes.
    pub(crate) fn of(bytes: u32, align: Align, classes: Classes) -> Class {
        let units = align.units(bytes);
        if units < EXACT {
            return Class(units);
        }
        let steps_log2 = classes.steps_log2();
        let doubling = units.ilog2() - EXACT.ilog2();
        // The bits just below the highest say which part of the doubling.
        let step = (units >> (units.ilog2() - steps_log2)) & ((1 << steps_log2) - 1);
        Class(EXACT + (doubling << steps_log2) + step)
    }
    // ANCHOR_END: class_of

    /// Returns the next class, which has larger sizes.
    pub(crate) fn above(self) -> Class {
        Class(self.0 + 1)
    }
}

impl<P: Probe> Segregated<P> {
    /// Returns the class of a block of `bytes` bytes.
    pub(crate) fn class_of(&self, bytes: u32) -> Class {
        Class::of(bytes, self.align, self.policy.classes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Classes; 4] = [Classes::One, Classes::Two, Classes::Four, Classes::Eight];

    #[test]
    fn classes_are_as_in_the_docs_table() {
        let class = |units: u32| Class::of(units * 8, Align::Eight, Classes::Four).0;
        assert_eq!((class(2), class(31)), (2, 31));
        assert_eq!((class(32), class(39), class(40), class(63)), (32, 32, 33, 35));
        assert_eq!((class(64), class(79), class(80)), (36, 36, 37));
        assert_eq!(Class::of(496, Align::Sixteen, Classes::Four).0, 31);
    }

    #[test]
    fn a_doubling_is_cut_into_as_many_classes_as_the_policy_says() {
        for (classes, steps) in ALL.into_iter().zip([1, 2, 4, 8]) {
            let class = |units: u32| Class::of(units * 8, Align::Eight, classes).0;
            assert_eq!(class(64) - class(32), steps);
            assert_eq!(class(128) - class(64), steps);
        }
    }

    #[test]
    fn larger_blocks_never_have_a_lower_class() {
        for (align, classes) in [Align::Eight, Align::Sixteen]
            .into_iter()
            .flat_map(|align| ALL.map(|classes| (align, classes)))
        {
            let mut last = Class(0);
            for units in (2..5000).chain((13..28).flat_map(|n| [(1 << n) - 1, 1 << n])) {
                let class = Class::of(units * align.bytes(), align, classes);
                assert!(class >= last, "{units} units");
                last = class;
            }
            assert!(Class::of(1 << 31, align, classes).0 < classes.count());
        }
    }
}
