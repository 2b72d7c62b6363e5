//! What a case is made of.

use heaplab_arena::Refuse;
use heaplab_trace::{Op, RandomSource};

/// The most operations of a case.
pub(super) const MOST_OPS: usize = 400;

/// What a case is made of.
#[derive(Clone, Debug)]
pub(super) struct Material {
    pub(super) ops: Vec<Op>,
    pub(super) limit_bytes: u32,
    pub(super) refuse: Refuse,
}

/// Returns the machine of a case: mostly a heap limit that some cases reach, sometimes an `sbrk`
/// that fails before it.
pub(super) fn machine(random: &mut RandomSource, least_limit_bytes: u32) -> (u32, Refuse) {
    let doublings = match random.below(100) {
        0..10 => 0,
        10..45 => 2,
        45..80 => 4,
        80..97 => 6,
        _ => 9,
    };
    let refuse = match random.below(100) {
        0..70 => Refuse::Never,
        70..90 => Refuse::Once(1 + random.below(12)),
        _ => Refuse::From(1 + random.below(12)),
    };
    let limit_bytes = least_limit_bytes
        .checked_shl(doublings)
        .filter(|limit| limit >> doublings == least_limit_bytes);
    (limit_bytes.unwrap_or(u32::MAX), refuse)
}
