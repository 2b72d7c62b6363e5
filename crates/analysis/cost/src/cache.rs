//! A simulated cache: set-associative, replacing the least recently used line.

use crate::Geometry;
use heaplab_arena::{Addr, WORD_BYTES};

/// A cache that knows which lines it holds, but not their contents. It starts empty. A load and a
/// store are the same to it: both fetch the line.
#[derive(Clone, Debug)]
pub struct Cache {
    geometry: Geometry,
    line_log2: u32,
    /// For each set the numbers of its lines, the most recently used first.
    lines: Vec<u32>,
}

/// The number of an empty place; a line can't have it, as a line has at least 4 bytes.
const EMPTY: u32 = u32::MAX;

impl Cache {
    /// Returns an empty cache.
    pub fn new(geometry: Geometry) -> Cache {
        Cache {
            geometry,
            line_log2: geometry.line_bytes().ilog2(),
            lines: vec![EMPTY; geometry.lines() as usize],
        }
    }

    /// Accesses the word at `addr`, which may cross into a second line. Returns the misses.
    #[inline]
    pub fn word(&mut self, addr: Addr) -> u64 {
        let (first, last) = (self.line_of(addr), self.line_of(addr + (WORD_BYTES - 1)));
        let mut misses = self.line(first);
        if last != first {
            misses += self.line(last);
        }
        misses
    }

    /// Writes `size` bytes by ascending address. Returns the misses.
    pub fn range(&mut self, addr: Addr, size: u32) -> u64 {
        let Some(last) = size.checked_sub(1) else {
            return 0;
        };
        let last = Addr::new(addr.to_word().saturating_add(last));
        let lines = self.line_of(addr)..=self.line_of(last);
        lines.map(|line| self.line(line)).sum()
    }

    /// Copies `size` bytes word by word, by ascending address: a load, a store, a load... Returns
    /// the misses.
    pub fn copy(&mut self, from: Addr, to: Addr, size: u32) -> u64 {
        let words = size.div_ceil(WORD_BYTES);
        let (mut done, mut misses) = (0, 0);
        while done < words {
            let (from, to) = (from + done * WORD_BYTES, to + done * WORD_BYTES);
            let together = self.words_left_in_line(from);
            let together = together.min(self.words_left_in_line(to)).min(words - done);
            misses += self.pairs(self.line_of(from), self.line_of(to), together);
            done += together;
        }
        misses
    }

    /// Accesses line `a` and line `b` alternately, `times` each. From the second time on each pair
    /// has the same outcome as the one before: both hit, or, if they evict each other from a set
    /// with one way, both miss.
    fn pairs(&mut self, a: u32, b: u32, times: u32) -> u64 {
        let first = self.line(a) + self.line(b);
        if times == 1 {
            return first;
        }
        let each = self.line(a) + self.line(b);
        first + u64::from(times - 1) * each
    }

    /// Accesses a line. Returns 1 for a miss and 0 for a hit.
    #[inline]
    fn line(&mut self, line: u32) -> u64 {
        let ways = self.geometry.ways() as usize;
        let start = (line & (self.geometry.sets() - 1)) as usize * ways;
        let set = &mut self.lines[start..start + ways];
        if set[0] == line {
            return 0;
        }
        match set.iter().position(|&held| held == line) {
            Some(place) => {
                set[..=place].rotate_right(1);
                0
            }
            None => {
                set.rotate_right(1);
                set[0] = line;
                1
            }
        }
    }

    #[inline]
    fn line_of(&self, addr: Addr) -> u32 {
        addr.to_word() >> self.line_log2
    }

    /// Returns how many words begin in the line of `addr` from `addr` on.
    fn words_left_in_line(&self, addr: Addr) -> u32 {
        let line_bytes = self.geometry.line_bytes();
        (line_bytes - addr.to_word() % line_bytes).div_ceil(WORD_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(lines: u32, ways: u32, line_bytes: u32) -> Cache {
        Cache::new(Geometry::new(lines, ways, line_bytes).unwrap())
    }

    fn words(cache: &mut Cache, addresses: &[u32]) -> Vec<u64> {
        let word = |&addr: &u32| cache.word(Addr::new(addr));
        addresses.iter().map(word).collect()
    }

    /// Four sets of two ways and 16-byte lines: addresses 64 apart share a set. Worked out by hand.
    #[test]
    fn the_least_recently_used_line_of_a_set_is_evicted() {
        let mut cache = cache(8, 2, 16);
        // 0 and 64 fill the set; 0 is used again; so 128 evicts 64, and 64 then evicts 0, not 128.
        let seen = words(&mut cache, &[0, 64, 0, 128, 0, 64, 128, 0]);
        assert_eq!(seen, [1, 1, 0, 1, 0, 1, 1, 1]);
        // Another set has not been affected.
        assert_eq!(words(&mut cache, &[16, 80, 16, 80]), [1, 1, 0, 0]);
    }

    /// The sequence of CS:APP 6.4.2: a direct-mapped cache of 4 sets with blocks of 2 units,
    /// addresses 0, 1, 7, 8, 0. A unit is a word here. Misses at 0, 7, 8, and again 0, which 8
    /// evicted.
    #[test]
    fn the_books_direct_mapped_cache_has_the_books_misses() {
        let mut cache = cache(4, 1, 8);
        let seen = words(&mut cache, &[0, 1, 7, 8, 0].map(|unit| unit * 4));
        assert_eq!(seen, [1, 0, 1, 1, 1]);
    }

    /// Data that fits stays; twice as much, in order, never hits: LRU's worst case.
    #[test]
    fn streaming_over_twice_the_cache_never_hits() {
        let size = 32 << 10;
        let mut cache = Cache::new(Geometry::CACHE);
        let passes = [0; 3].map(|start| cache.range(Addr::new(start), size));
        assert_eq!(passes, [512, 0, 0]);
        let mut cache = Cache::new(Geometry::CACHE);
        let passes = [0; 3].map(|start| cache.range(Addr::new(start), 2 * size));
        assert_eq!(passes, [1024, 1024, 1024]);
    }

    #[test]
    fn a_word_across_two_lines_is_two_accesses() {
        let mut cache = cache(8, 2, 16);
        assert_eq!(words(&mut cache, &[13, 0, 16, 12]), [2, 0, 0, 0]);
    }

    #[test]
    fn a_translation_buffer_misses_once_a_page() {
        let mut tlb = Cache::new(Geometry::TLB);
        assert_eq!(words(&mut tlb, &[0, 4092, 4096, 8191]), [1, 0, 1, 1]);
        assert_eq!(tlb.range(Addr::new(0), 3 * 4096), 0);
    }

    /// A copy accesses its words one after the other, also with the shortcut: compared with a cache
    /// that accesses them one by one.
    #[test]
    fn a_copy_is_word_by_word() {
        for (lines, ways) in [(1, 1), (4, 1), (8, 2), (16, 4)] {
            for (from, to, size) in [(0, 64, 100), (4, 52, 61), (0, 0, 40), (60, 8, 3), (0, 9, 0)] {
                let mut short = cache(lines, ways, 16);
                let mut long = short.clone();
                let misses = short.copy(Addr::new(from), Addr::new(to), size);
                let each = (0..size.div_ceil(4))
                    .map(|i| long.line((from + 4 * i) / 16) + long.line((to + 4 * i) / 16));
                assert_eq!(misses, each.sum::<u64>(), "{lines}/{ways}: {from} {to} {size}");
                assert_eq!(short.lines, long.lines);
            }
        }
    }

    #[test]
    fn ranges_past_the_last_address_end_there() {
        let mut cache = cache(8, 2, 16);
        assert_eq!(cache.range(Addr::new(u32::MAX - 15), 64), 1);
        assert_eq!(cache.range(Addr::NULL, 0), 0);
    }
}
