//! The sizes at which allocators behave differently.

use heaplab_trace::RandomSource;

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
    pub(super) fn roll(random: &mut RandomSource, limit_bytes: u32) -> Sizes {
        let count = random.between(1, 5);
        let few = (0..count).map(|_| ordinary(random)).collect();
        Sizes { few, limit_bytes, fresh_percent: random.pick(&[0, 10, 10, 40]), is_large: false }
    }

    /// Returns sizes that include blocks of mebibytes.
    pub(super) fn roll_large(random: &mut RandomSource, limit_bytes: u32) -> Sizes {
        let count = random.between(2, 5);
        let few = (0..count).map(|_| large(random, limit_bytes)).collect();
        Sizes { few, limit_bytes, fresh_percent: random.pick(&[0, 10, 20]), is_large: true }
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
    pub(super) fn draw(&self, random: &mut RandomSource) -> u32 {
        if random.percent(self.fresh_percent) {
            return edge(random, self.limit_bytes);
        }
        let size = random.pick(&self.few);
        match random.below(8) {
            0 => off(random, size),
            _ => size,
        }
    }
}

/// Returns any size, most often one at the edges of what allocators distinguish.
pub(super) fn edge(random: &mut RandomSource, limit_bytes: u32) -> u32 {
    match random.below(100) {
        0..88 => ordinary(random),
        88..91 => 0,
        91..96 => {
            let part = limit_bytes / random.between(1, 16);
            off(random, part)
        }
        _ => impossible(random),
    }
}

/// Returns a size that fits in a heap of some kibibytes, at least 1.
fn ordinary(random: &mut RandomSource) -> u32 {
    let size = match random.below(20) {
        // Around the smallest block, where header and links need more bytes than the payload.
        0..7 => random.between(1, 64),
        // Size classes begin and end at powers of two.
        7..12 => {
            let power = 1 << random.between(4, 12);
            off(random, power)
        }
        12..16 => {
            let multiple = 16 * random.between(1, 80);
            off(random, multiple)
        }
        // Heaps grow by pages.
        16 => {
            let pages = 4096 * random.between(1, 4);
            off(random, pages)
        }
        _ => random.between(1, 1500),
    };
    size.max(1)
}

/// Returns a size of mebibytes, or one of the others.
fn large(random: &mut RandomSource, limit_bytes: u32) -> u32 {
    let size = match random.below(10) {
        0..3 => 1 << random.between(20, 24),
        3..6 => (1 << 20) * random.between(1, 40),
        6 => limit_bytes / random.between(2, 8),
        7 => 4096 * random.between(256, 4096),
        _ => return ordinary(random),
    };
    off(random, size)
}

/// Returns a size that is a little smaller or larger: by a byte, by a tag, by an alignment.
pub(super) fn off(random: &mut RandomSource, size: u32) -> u32 {
    const OFFS: [u32; 11] = [0, 1, 3, 4, 7, 8, 9, 12, 15, 16, 17];
    let by = random.pick(&OFFS);
    match random.below(2) {
        0 => size.saturating_sub(by),
        _ => size.saturating_add(by),
    }
}

/// Returns a size that can't be had: near half of and near the largest word, where rounding up
/// overflows.
fn impossible(random: &mut RandomSource) -> u32 {
    let near = random.pick(&[1 << 31, 1 << 31, u32::MAX, u32::MAX, 1 << 30, 0xffff_0000]);
    off(random, near)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn large_sizes_are_whole_mebibytes_or_close_to_them() {
        let mut random = RandomSource::new(1, 0);
        let drawn: BTreeSet<u32> = (0..50_000).map(|_| large(&mut random, 1 << 28)).collect();
        for size in [1 << 20, (1 << 20) - 1, (1 << 20) + 8, 16 << 20, (16 << 20) + 1, 128 << 20] {
            assert!(drawn.contains(&size), "{size}");
        }
        assert!(drawn.iter().all(|&size| size <= (128 << 20) + 17));
    }

    #[test]
    fn edge_sizes_are_drawn() {
        let mut random = RandomSource::new(1, 0);
        let drawn: BTreeSet<u32> = (0..50_000).map(|_| edge(&mut random, 1 << 18)).collect();
        let edges = [0, 1, 8, 15, 16, 17, 24, 127, 128, 129, 4079, 4096, 4097, 8192];
        for size in edges.into_iter().chain([1 << 31, (1 << 31) - 1, u32::MAX, 1 << 18]) {
            assert!(drawn.contains(&size), "{size}");
        }
    }
}
