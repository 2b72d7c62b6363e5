//! A mark for each byte of the heap segment: whose it is.
//!
//! ```text
//!            header   payload, 13 bytes        padding  footer   never used
//!  heap    +--------+--------------------------+------+--------+-------------
//!          | 24|a   | the program's bytes      |      | 24|a   |
//!          +--------+--------------------------+------+--------+-------------
//!  marks     KKKK     LLLLLLLLLLLLL              ...    KKKK     ............
//!
//!  . fresh: never written since sbrk          K kept: the allocator wrote it
//!  L live: a payload, the program's           S stale: of a freed payload, still
//!                                               holding what the program left
//! ```
//!
//! A mark is two bits, so the marks of a word of the machine are one byte: nearly every access is
//! of a whole word that is kept, which is one comparison.

use crate::access::Problem;
use heaplab_arena::{Addr, WORD_BYTES};
use std::ops::Range;

// Fresh is what new memory is marked as. A live byte becomes stale if 1 is added.
pub(super) const FRESH: u8 = 0b00;
pub(super) const LIVE: u8 = 0b01;
pub(super) const STALE: u8 = 0b10;
pub(super) const KEPT: u8 = 0b11;

/// A word with this mark on each byte is the mark times this.
const EACH_BYTE: u8 = 0b0101_0101;

/// What nearly every access finds.
const KEPT_WORD: u8 = KEPT * EACH_BYTE;

const WORD: usize = WORD_BYTES as usize;

/// The marks of the heap segment.
#[derive(Debug)]
pub(super) struct Marks {
    /// The marks of each word, its first byte in the lowest bits.
    words: Vec<u8>,
    /// Bytes in the heap segment.
    bytes: u32,
    /// Where the heap segment starts; null until the first `sbrk`.
    start: Addr,
    /// The highest break so far.
    high_water: Addr,
}

impl Default for Marks {
    fn default() -> Marks {
        Marks { words: Vec::new(), bytes: 0, start: Addr::NULL, high_water: Addr::NULL }
    }
}

/// Bytes of the heap segment, as the words that they are in: which of the first and of the last
/// word, and all of those between.
struct Span {
    first: usize,
    first_mask: u8,
    between: Range<usize>,
    /// Nothing if there is only one word.
    last_mask: u8,
}

impl Span {
    /// Returns the words of these bytes, which are at least one.
    #[inline]
    fn of(bytes: Range<usize>) -> Span {
        let (first, last) = (bytes.start / WORD, (bytes.end - 1) / WORD);
        let first_mask = 0xff << (2 * (bytes.start % WORD));
        let last_mask = 0xff >> (2 * (WORD - 1 - (bytes.end - 1) % WORD));
        match first == last {
            true => Span {
                first,
                first_mask: first_mask & last_mask,
                between: first..first,
                last_mask: 0,
            },
            false => Span { first, first_mask, between: first + 1..last, last_mask },
        }
    }

    fn last(&self) -> usize {
        self.between.end
    }
}

/// Returns the lower bit of each mark that says live.
#[inline]
fn live_bytes(word: u8) -> u8 {
    word & !(word >> 1) & EACH_BYTE
}

impl Marks {
    /// Returns the heap segment: its start, and its end, which is the break.
    pub(super) fn segment(&self) -> (Addr, Addr) {
        (self.start, self.start + self.bytes)
    }

    /// Returns the words in the heap segment.
    pub(super) fn words(&self) -> u64 {
        (self.bytes / WORD_BYTES).into()
    }

    /// Returns whether these bytes are all in the heap segment.
    #[inline]
    pub(super) fn has(&self, addr: Addr, size: u32) -> bool {
        let first = addr - self.start;
        first <= self.bytes && size <= self.bytes - first
    }

    /// Returns the mark of a byte in the heap segment.
    pub(super) fn of(&self, addr: Addr) -> u8 {
        let offset = (addr - self.start) as usize;
        let word = self.words.get(offset / WORD).copied().unwrap_or(FRESH);
        word >> (2 * (offset % WORD)) & 0b11
    }

    /// Returns whether this is a word that the allocator keeps.
    #[inline]
    pub(super) fn is_kept_word(&self, addr: Addr) -> bool {
        let offset = addr - self.start;
        let word = self.words.get(offset as usize / WORD);
        offset.is_multiple_of(WORD_BYTES) && word == Some(&KEPT_WORD)
    }

    /// Marks a word as kept if it is one of the heap segment without a live byte. Returns whether
    /// it is.
    #[inline]
    pub(super) fn keep_word(&mut self, addr: Addr) -> bool {
        let offset = addr - self.start;
        let is_whole = offset.is_multiple_of(WORD_BYTES) && self.has(addr, WORD_BYTES);
        match self.words.get_mut(offset as usize / WORD) {
            Some(word) if is_whole && live_bytes(*word) == 0 => {
                *word = KEPT_WORD;
                true
            }
            _ => false,
        }
    }

    /// Returns whether the allocator keeps all these bytes, and they are aligned.
    #[inline]
    pub(super) fn are_kept(&self, addr: Addr, size: u32, align_bytes: u32) -> bool {
        match size {
            WORD_BYTES => self.is_kept_word(addr),
            8 => {
                let offset = addr - self.start;
                let first = offset as usize / WORD;
                offset.is_multiple_of(WORD_BYTES)
                    && self.words.get(first..first + 2) == Some(&[KEPT_WORD; 2])
            }
            0 => self.has(addr, 0),
            _ => addr.is_aligned_to(align_bytes) && self.are_all_kept(addr, size),
        }
    }

    /// Marks these bytes as kept if they are whole words of the heap segment without a live byte,
    /// one or two. Returns whether they are.
    #[inline]
    pub(super) fn keep_words(&mut self, addr: Addr, size: u32) -> bool {
        match size {
            WORD_BYTES => self.keep_word(addr),
            8 => {
                let offset = addr - self.start;
                let first = offset as usize / WORD;
                let is_whole = offset.is_multiple_of(WORD_BYTES) && self.has(addr, size);
                match self.words.get_mut(first..first + 2) {
                    Some([one, other])
                        if is_whole && live_bytes(*one) | live_bytes(*other) == 0 =>
                    {
                        (*one, *other) = (KEPT_WORD, KEPT_WORD);
                        true
                    }
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// Returns whether these bytes are in the heap segment, and the allocator keeps all of them.
    pub(super) fn are_all_kept(&self, addr: Addr, size: u32) -> bool {
        let are_kept = |words: &[u8]| words.iter().fold(KEPT_WORD, |all, word| all & word);
        self.is_each(
            addr,
            size,
            |word, mask| word & mask == mask,
            |words| are_kept(words) == KEPT_WORD,
        )
    }

    /// Returns whether these bytes are in the heap segment, and none of them is live.
    pub(super) fn has_no_live_byte(&self, addr: Addr, size: u32) -> bool {
        let live = |words: &[u8]| words.iter().fold(0, |found, &word| found | live_bytes(word));
        self.is_each(
            addr,
            size,
            |word, mask| live_bytes(word) & mask == 0,
            |words| live(words) == 0,
        )
    }

    /// Returns whether bytes are in the heap segment and their words are as they should be: the
    /// first and the last, and all between, some at a time.
    #[inline]
    fn is_each(
        &self,
        addr: Addr,
        size: u32,
        is_word: impl Fn(u8, u8) -> bool,
        are_words: impl Fn(&[u8]) -> bool,
    ) -> bool {
        // Without an early exit within a part, many words are looked at at a time.
        const PART_WORDS: usize = 256;
        if size == 0 || !self.has(addr, size) {
            return size == 0 && self.has(addr, 0);
        }
        let span = self.span(addr, size);
        is_word(self.words[span.first], span.first_mask)
            && is_word(self.words[span.last()], span.last_mask)
            && self.words[span.between].chunks(PART_WORDS).all(are_words)
    }

    fn span(&self, addr: Addr, size: u32) -> Span {
        let first = (addr - self.start) as usize;
        Span::of(first..first + size as usize)
    }

    /// Marks these bytes, if all of them are in the heap segment.
    pub(super) fn fill(&mut self, addr: Addr, size: u32, mark: u8) {
        if size == 0 || !self.has(addr, size) {
            return;
        }
        let span = self.span(addr, size);
        let new = mark * EACH_BYTE;
        for (index, mask) in [(span.first, span.first_mask), (span.last(), span.last_mask)] {
            self.words[index] = self.words[index] & !mask | new & mask;
        }
        self.words[span.between].fill(new);
    }

    /// Marks those of these bytes that are live as stale. Bytes that the allocator wrote while it
    /// resized the payload are its own; bytes that it gave back then have no owner.
    pub(super) fn let_go(&mut self, payload: Addr, size: u32) {
        let first = payload - self.start;
        let size = size.min(self.bytes.saturating_sub(first));
        if size == 0 {
            return;
        }
        let span = self.span(payload, size);
        for (index, mask) in [(span.first, span.first_mask), (span.last(), span.last_mask)] {
            self.words[index] += live_bytes(self.words[index]) & mask;
        }
        for word in &mut self.words[span.between] {
            *word += live_bytes(*word);
        }
    }

    /// Notes the first break: the heap segment starts there.
    pub(super) fn begin_at(&mut self, brk: Addr) {
        if self.start.is_null() {
            self.start = brk;
        }
    }

    /// Returns the live bytes at and above `brk`, which `sbrk` is about to give back.
    pub(super) fn live_from(&self, brk: Addr) -> impl Iterator<Item = Addr> {
        let first = (brk - self.start) as usize;
        let words = self.words.iter().enumerate().skip(first / WORD);
        let offsets = words.filter(|&(_, &word)| live_bytes(word) != 0);
        let offsets = offsets.flat_map(|(index, _)| index * WORD..(index + 1) * WORD);
        let at = offsets.filter(move |&offset| offset >= first);
        at.map(|offset| self.start + offset as u32).filter(|&at| self.of(at) == LIVE)
    }

    /// Moves the break; new bytes are fresh.
    pub(super) fn move_break(&mut self, brk: Addr) {
        let bytes = brk - self.start;
        if bytes < self.bytes {
            // The rest of the last word is not of the segment any more.
            self.fill(brk, self.bytes - bytes, FRESH);
        }
        self.bytes = bytes;
        self.words.resize((bytes as usize).div_ceil(WORD), FRESH * EACH_BYTE);
        self.high_water = self.high_water.max(brk);
    }

    /// Returns the first byte, from `addr` on, that is not in the heap segment, and what is wrong
    /// with it. Null and addresses near it on both sides (the header of null is at null - 4) are
    /// one case.
    pub(super) fn outside(&self, addr: Addr) -> (Addr, Problem) {
        const NEAR_NULL_BYTES: u32 = 4096;
        let (start, brk) = self.segment();
        let is_inside = addr - start < self.bytes;
        let at = if is_inside { brk } else { addr };
        let (near_above, near_below) = (at - Addr::NULL, Addr::NULL - at);
        let problem = if near_above < NEAR_NULL_BYTES || near_below <= NEAR_NULL_BYTES {
            Problem::Null
        } else if at < start {
            Problem::BelowHeap
        } else if at < self.high_water {
            Problem::GivenBack
        } else {
            Problem::PastBreak
        };
        (at, problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Addr = Addr::new(0x1_0000);

    /// Returns the marks of a heap of this many bytes.
    fn marks(bytes: u32) -> Marks {
        let mut marks = Marks::default();
        marks.begin_at(START);
        marks.move_break(START + bytes);
        marks
    }

    #[test]
    fn each_range_of_bytes_is_marked_and_no_other() {
        const BYTES: u32 = 40;
        for first in 0..BYTES {
            for size in 1..=BYTES - first {
                let mut marks = marks(BYTES);
                marks.fill(START, BYTES, KEPT);
                marks.fill(START + first, size, LIVE);
                let is_marked = |offset: u32| offset >= first && offset < first + size;
                for offset in 0..BYTES {
                    let expected = if is_marked(offset) { LIVE } else { KEPT };
                    assert_eq!(marks.of(START + offset), expected);
                    assert_eq!(marks.are_all_kept(START + offset, 1), !is_marked(offset));
                    assert_eq!(marks.has_no_live_byte(START + offset, 1), !is_marked(offset));
                    let rest = BYTES - offset;
                    let is_before = offset >= first + size;
                    assert_eq!(marks.has_no_live_byte(START + offset, rest), is_before);
                    assert_eq!(marks.are_all_kept(START, offset), offset <= first);
                }
                marks.let_go(START + first, size + 100);
                for offset in 0..BYTES {
                    let expected = if is_marked(offset) { STALE } else { KEPT };
                    assert_eq!(marks.of(START + offset), expected);
                }
                assert_eq!(marks.live_from(START).next(), None);
            }
        }
    }

    #[test]
    fn a_range_that_leaves_the_segment_is_neither_kept_nor_marked() {
        let mut marks = marks(30);
        marks.fill(START, 30, KEPT);
        marks.fill(START + 20, 11, LIVE);
        assert!(marks.are_kept(START + 28, 2, 2) && !marks.are_kept(START + 28, 4, 4));
        assert!(!marks.keep_word(START + 28) && marks.keep_word(START + 24));
        assert!(!marks.has_no_live_byte(START - 1, 4) && !marks.has(START + 30, 1));
        assert!(marks.has(START + 30, 0) && !marks.has(START + 31, 0));
        // What was given back is fresh when it comes again.
        marks.move_break(START + 29);
        marks.move_break(START + 32);
        assert_eq!((marks.of(START + 28), marks.of(START + 29)), (KEPT, FRESH));
    }

    #[test]
    fn live_bytes_above_a_break_are_found_in_order() {
        let mut marks = marks(64);
        marks.fill(START + 10, 3, LIVE);
        marks.fill(START + 40, 1, LIVE);
        let live = |from| marks.live_from(START + from).map(|at| at - START).collect::<Vec<_>>();
        assert_eq!(live(11), [11, 12, 40]);
        assert_eq!((live(41), live(64), live(400)), (vec![], vec![], vec![]));
    }
}
