//! The sizes at which allocators behave differently.

use heaplab_trace::Dice;

/// The sizes of one case: a few, so that blocks fit in each other's places
/// exactly or almost.
pub(super) struct Sizes {
    few: Vec<u32>,
    limit_bytes: u32,
    /// How often, in percent, a size is not one of the few.
    fresh_percent: u32,
    /// Whether there are blocks of mebibytes among them.
    is_large: bool,
}

impl Sizes {
    /// Returns sizes for a heap of at most `limit_bytes`.
    pub(super) fn roll(dice: &mut Dice, limit_bytes: u32) -> Sizes {
        let count = dice.between(1, 5);
        let few = (0..count).map(|_| ordinary(dice)).collect();
        Sizes { few, limit_bytes, fresh_percent: dice.pick(&[0, 10, 10, 40]), is_large: false }
    }

    /// Returns sizes that include blocks of mebibytes.
    pub(super) fn roll_large(dice: &mut Dice, limit_bytes: u32) -> Sizes {
        let count = dice.between(2, 5);
        let few = (0..count).map(|_| large(dice, limit_bytes)).collect();
        Sizes { few, limit_bytes, fresh_percent: dice.pick(&[0, 10, 20]), is_large: true }
    }

    /// Returns whether there are blocks of mebibytes among them.
    pub(super) fn is_large(&self) -> bool {
        self.is_large
    }

    /// Returns the heap limit in bytes.
    pub(super) fn limit_bytes(&self) -> u32 {
        self.limit_bytes
    }

    /// Returns one of the few sizes, or one that is a byte or a word off, or any edge size.
    pub(super) fn draw(&self, dice: &mut Dice) -> u32 {
        if dice.percent(self.fresh_percent) {
            return edge(dice, self.limit_bytes);
        }
        let size = dice.pick(&self.few);
        match dice.below(8) {
            0 => off(dice, size),
            _ => size,
        }
    }
}

/// Returns any size, most often one at the edges of what allocators distinguish.
pub(super) fn edge(dice: &mut Dice, limit_bytes: u32) -> u32 {
    match dice.below(100) {
        0..88 => ordinary(dice),
        88..91 => 0,
        91..96 => {
            let part = limit_bytes / dice.between(1, 16);
            off(dice, part)
        }
        _ => impossible(dice),
    }
}

/// Returns a size that fits in a heap of some kibibytes, at least 1.
fn ordinary(dice: &mut Dice) -> u32 {
    let size = match dice.below(20) {
        // Around the smallest block, where header and links need more bytes than the payload.
        0..7 => dice.between(1, 64),
        // Size classes begin and end at powers of two.
        7..12 => {
            let power = 1 << dice.between(4, 12);
            off(dice, power)
        }
        12..16 => {
            let multiple = 16 * dice.between(1, 80);
            off(dice, multiple)
        }
        // Heaps grow by pages.
        16 => {
            let pages = 4096 * dice.between(1, 4);
            off(dice, pages)
        }
        _ => dice.between(1, 1500),
    };
    size.max(1)
}

/// Returns a size of mebibytes, or one of the others.
fn large(dice: &mut Dice, limit_bytes: u32) -> u32 {
    let size = match dice.below(10) {
        0..3 => 1 << dice.between(20, 24),
        3..6 => (1 << 20) * dice.between(1, 40),
        6 => limit_bytes / dice.between(2, 8),
        7 => 4096 * dice.between(256, 4096),
        _ => return ordinary(dice),
    };
    off(dice, size)
}

/// Returns a size that is a little smaller or larger: by a byte, by a tag, by an alignment.
pub(super) fn off(dice: &mut Dice, size: u32) -> u32 {
    const OFFS: [u32; 11] = [0, 1, 3, 4, 7, 8, 9, 12, 15, 16, 17];
    let by = dice.pick(&OFFS);
    match dice.below(2) {
        0 => size.saturating_sub(by),
        _ => size.saturating_add(by),
    }
}

/// Returns a size that can't be had: near half of and near the largest word, where rounding up
/// overflows.
fn impossible(dice: &mut Dice) -> u32 {
    let near = dice.pick(&[1 << 31, 1 << 31, u32::MAX, u32::MAX, 1 << 30, 0xffff_0000]);
    off(dice, near)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn large_sizes_are_of_mebibytes_and_beside_them() {
        let mut dice = Dice::new(1, 0);
        let drawn: BTreeSet<u32> = (0..50_000).map(|_| large(&mut dice, 1 << 28)).collect();
        for size in [1 << 20, (1 << 20) - 1, (1 << 20) + 8, 16 << 20, (16 << 20) + 1, 128 << 20] {
            assert!(drawn.contains(&size), "{size}");
        }
        assert!(drawn.iter().all(|&size| size <= (128 << 20) + 17));
    }

    #[test]
    fn the_edges_are_reached() {
        let mut dice = Dice::new(1, 0);
        let drawn: BTreeSet<u32> = (0..50_000).map(|_| edge(&mut dice, 1 << 18)).collect();
        let edges = [0, 1, 8, 15, 16, 17, 24, 127, 128, 129, 4079, 4096, 4097, 8192];
        for size in edges.into_iter().chain([1 << 31, (1 << 31) - 1, u32::MAX, 1 << 18]) {
            assert!(drawn.contains(&size), "{size}");
        }
    }
}
