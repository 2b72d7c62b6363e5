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

use crate::access::Problem;
use heaplab_arena::{Addr, WORD_BYTES};
use std::ops::Range;

// Fresh is what new memory is marked as.
pub(super) const FRESH: u8 = b'.';
pub(super) const KEPT: u8 = b'K';
pub(super) const LIVE: u8 = b'L';
pub(super) const STALE: u8 = b'S';

/// What nearly every access finds.
const KEPT_WORD: [u8; WORD_BYTES as usize] = [KEPT; WORD_BYTES as usize];

/// The marks of the heap segment.
#[derive(Debug)]
pub(super) struct Marks {
    marks: Vec<u8>,
    /// Where the heap segment starts; null until the first `sbrk`.
    start: Addr,
    /// The highest break so far.
    high_water: Addr,
}

impl Default for Marks {
    fn default() -> Marks {
        Marks { marks: Vec::new(), start: Addr::NULL, high_water: Addr::NULL }
    }
}

impl Marks {
    /// Returns the heap segment: its start, and its end, which is the break.
    pub(super) fn segment(&self) -> (Addr, Addr) {
        (self.start, self.start + self.marks.len() as u32)
    }

    /// Returns the words in the heap segment.
    pub(super) fn words(&self) -> u64 {
        self.marks.len() as u64 / u64::from(WORD_BYTES)
    }

    /// Returns the marks of these bytes, if all of them are in the heap segment.
    pub(super) fn of(&self, addr: Addr, size: u32) -> Option<&[u8]> {
        self.marks.get(self.range(addr, size))
    }

    /// Returns whether this is a word that the allocator keeps.
    #[inline]
    pub(super) fn is_kept_word(&self, addr: Addr) -> bool {
        let range = self.range(addr, WORD_BYTES);
        addr.is_aligned_to(WORD_BYTES) && self.marks.get(range) == Some(&KEPT_WORD)
    }

    /// Returns whether the allocator keeps all these bytes, and they are aligned.
    #[inline]
    pub(super) fn are_kept(&self, addr: Addr, size: u32, align_bytes: u32) -> bool {
        const PAIR: [u8; 2 * WORD_BYTES as usize] = [KEPT; 2 * WORD_BYTES as usize];
        let Some(marks) = self.marks.get(self.range(addr, size)) else { return false };
        let are_kept = match size {
            WORD_BYTES => marks == KEPT_WORD,
            8 => marks == PAIR,
            _ => marks.iter().all(|&mark| mark == KEPT),
        };
        are_kept && addr.is_aligned_to(align_bytes)
    }

    /// Marks these bytes, if all of them are in the heap segment.
    pub(super) fn fill(&mut self, addr: Addr, size: u32, mark: u8) {
        let range = self.range(addr, size);
        if let Some(marks) = self.marks.get_mut(range) {
            marks.fill(mark);
        }
    }

    /// Marks those of these bytes that are live as stale. Bytes that the allocator wrote while it
    /// resized the payload are its own; bytes that it gave back then have no owner.
    pub(super) fn let_go(&mut self, payload: Addr, size: u32) {
        let Range { start, end } = self.range(payload, size);
        let end = end.min(self.marks.len());
        for mark in self.marks.get_mut(start..end).unwrap_or_default() {
            *mark = if *mark == LIVE { STALE } else { *mark };
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
        let given_back = self.marks.get((brk - self.start) as usize..).unwrap_or_default();
        let live = (0..).zip(given_back).filter(|&(_, &mark)| mark == LIVE);
        live.map(move |(offset, _)| brk + offset)
    }

    /// Moves the break; new bytes are fresh.
    pub(super) fn move_break(&mut self, brk: Addr) {
        self.marks.resize((brk - self.start) as usize, FRESH);
        self.high_water = self.high_water.max(brk);
    }

    /// Returns the first byte, from `addr` on, that is not in the heap segment, and what is wrong
    /// with it. Null and addresses near it on both sides (the header of null is at null - 4) are
    /// one case.
    pub(super) fn outside(&self, addr: Addr) -> (Addr, Problem) {
        const NEAR_NULL_BYTES: u32 = 4096;
        let (start, brk) = self.segment();
        let is_inside = ((addr - start) as usize) < self.marks.len();
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

    /// Returns which marks stand for these bytes; a range past all marks if the bytes are not in
    /// the heap segment.
    fn range(&self, addr: Addr, size: u32) -> Range<usize> {
        let first = (addr - self.start) as usize;
        first..first + size as usize
    }
}
