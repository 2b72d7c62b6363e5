//! What the checked run writes into payloads, to see whether it stays there.

use std::ops::Range;

/// The contents of one block: a stream of bytes that depends on which block it
/// is (id and how many blocks that id has named so far) and on the offset, so
/// that neither another block's bytes nor the block's own bytes moved by a few
/// can pass for it.
///
/// Bytes are unsigned and compared as they are. Of a block
/// of more than a mebibyte only a part has the pattern: its first mebibyte, and after
/// that 64 bytes at each 16 KiB. What is written and looked at does not depend on the
/// block's size, so that a block may grow and shrink.
/// The default does not belong to a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    first_word: u64,
}

/// Odd, and with its bits well spread (2⁶⁴ divided by the golden ratio).
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

const WORD: usize = size_of::<u64>();

/// Words that are made and compared at a time, each from the one this many before it.
const MANY: usize = 8;
const MANY_BYTES: usize = MANY * WORD;
const MANY_STEP: u64 = STEP.wrapping_mul(MANY as u64);

/// The pattern fills a block up to this many bytes.
const DENSE: usize = 1 << 20;

/// Behind that, samples of this many bytes have it ...
const SAMPLE: usize = 64;

/// ... one at each multiple of this.
const SAMPLE_EVERY: usize = 16 << 10;

/// Returns the stretches of a payload of `length` bytes that have the pattern.
fn stretches(length: usize) -> impl Iterator<Item = Range<usize>> {
    let samples = (DENSE..length).step_by(SAMPLE_EVERY);
    let samples = samples.map(move |start| start..(start + SAMPLE).min(length));
    std::iter::once(0..length.min(DENSE)).chain(samples)
}

impl Pattern {
    /// Returns the pattern of the id's block after `generation` earlier ones.
    pub fn new(id: u32, generation: u32) -> Pattern {
        let block = u64::from(id) << 32 | u64::from(generation);
        // SplitMix64's finalizer: neighbouring blocks get unrelated words.
        let mut word = block.wrapping_add(1).wrapping_mul(STEP);
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        Pattern { first_word: word ^ word >> 31 }
    }

    /// Returns the 8 bytes from offset `8 * index`.
    #[inline]
    fn word(self, index: usize) -> [u8; WORD] {
        self.first_word.wrapping_add((index as u64).wrapping_mul(STEP)).to_le_bytes()
    }

    /// Returns the byte at `offset`.
    pub(crate) fn byte(self, offset: usize) -> u8 {
        self.word(offset / WORD)[offset % WORD]
    }

    /// Fills a payload from offset `from` to its end.
    pub fn fill(self, payload: &mut [u8], from: usize) {
        let stretches = stretches(payload.len()).filter(|stretch| stretch.end > from);
        for Range { start, end } in stretches {
            self.fill_stretch(&mut payload[..end], start.max(from));
        }
    }

    /// Fills all bytes of a payload's beginning, from offset `from` on.
    fn fill_stretch(self, payload: &mut [u8], from: usize) {
        let aligned = from.next_multiple_of(WORD).min(payload.len());
        for (offset, byte) in payload.iter_mut().enumerate().take(aligned).skip(from) {
            *byte = self.byte(offset);
        }
        let (many, rest) = payload[aligned..].as_chunks_mut::<MANY_BYTES>();
        let mut words = self.many_words(aligned / WORD);
        for chunk in many {
            let (chunk, _) = chunk.as_chunks_mut::<WORD>();
            for (place, word) in chunk.iter_mut().zip(&mut words) {
                *place = word.to_le_bytes();
                *word = word.wrapping_add(MANY_STEP);
            }
        }
        let (full, last) = rest.as_chunks_mut::<WORD>();
        let mut words = words.into_iter();
        for (place, word) in full.iter_mut().zip(&mut words) {
            *place = word.to_le_bytes();
        }
        let word = words.next().unwrap_or_default().to_le_bytes();
        for (place, byte) in last.iter_mut().zip(word) {
            *place = byte;
        }
    }

    /// Returns the words from this index on, as numbers.
    fn many_words(self, index: usize) -> [u64; MANY] {
        std::array::from_fn(|i| u64::from_le_bytes(self.word(index + i)))
    }

    /// Returns the first offset at which the payload is not as it was filled.
    pub fn first_difference(self, payload: &[u8]) -> Option<usize> {
        let dense = self.first_difference_in(&payload[..payload.len().min(DENSE)]);
        dense.or_else(|| {
            let mut sampled = stretches(payload.len()).skip(1).flatten();
            sampled.find(|&offset| payload[offset] != self.byte(offset))
        })
    }

    /// Returns the same for a payload's beginning, where all bytes were filled.
    fn first_difference_in(self, payload: &[u8]) -> Option<usize> {
        // No early exit within a stretch, so that it is compared many bytes at
        // a time; almost always there is nothing to find.
        const STRETCH_BYTES: usize = 32 * MANY_BYTES;
        let mut words = self.many_words(0);
        let mut stretches = payload.chunks(STRETCH_BYTES);
        let damaged = stretches.position(|stretch| {
            let (many, rest) = stretch.as_chunks::<MANY_BYTES>();
            let mut found = [0; MANY];
            for chunk in many {
                let (chunk, _) = chunk.as_chunks::<WORD>();
                for ((found, there), word) in found.iter_mut().zip(chunk).zip(&mut words) {
                    *found |= u64::from_le_bytes(*there) ^ *word;
                    *word = word.wrapping_add(MANY_STEP);
                }
            }
            let (full, last) = rest.as_chunks::<WORD>();
            let differs = |(there, word): (&[u8; WORD], u64)| u64::from_le_bytes(*there) ^ word;
            let of_full = full.iter().zip(words).map(differs).fold(0, |all, one| all | one);
            let word = words.get(full.len()).copied().unwrap_or_default().to_le_bytes();
            found.iter().fold(of_full, |all, one| all | one) != 0
                || last.iter().zip(word).any(|(there, byte)| *there != byte)
        });
        let from = damaged? * STRETCH_BYTES;
        (from..payload.len()).find(|&offset| payload[offset] != self.byte(offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_byte_is_found_at_its_offset() {
        let pattern = Pattern::new(200, 3);
        for length in [0, 1, 7, 8, 9, 100, 1000, 5000] {
            let mut payload = vec![0; length];
            pattern.fill(&mut payload, 0);
            assert_eq!(pattern.first_difference(&payload), None);
            for offset in (0..length).step_by(13) {
                payload[offset] ^= 0x80;
                assert_eq!(pattern.first_difference(&payload), Some(offset));
                payload[offset] ^= 0x80;
            }
        }
    }

    #[test]
    fn filling_only_the_new_part_gives_the_same_pattern() {
        let pattern = Pattern::new(1, 0);
        let mut at_once = vec![0; 77];
        pattern.fill(&mut at_once, 0);
        for old in 0..77 {
            let mut grown = at_once[..old].to_vec();
            grown.resize(77, 0);
            pattern.fill(&mut grown, old);
            assert_eq!(grown, at_once, "grown from {old}");
        }
    }

    #[test]
    fn a_huge_block_is_compared_at_its_beginning_and_in_samples() {
        const LENGTH: usize = DENSE + 3 * SAMPLE_EVERY + 5;
        let pattern = Pattern::new(7, 1);
        let mut payload = vec![0; LENGTH];
        // In two parts, as a block that grows.
        pattern.fill(&mut payload[..DENSE + 70], 0);
        pattern.fill(&mut payload, DENSE + 70);
        assert_eq!(pattern.first_difference(&payload), None);
        let filled = payload.iter().filter(|&&byte| byte != 0).count();
        assert!(filled <= DENSE + 4 * SAMPLE);
        let last_sample = DENSE + 3 * SAMPLE_EVERY;
        for offset in [0, DENSE - 1, DENSE, DENSE + SAMPLE - 1, last_sample, LENGTH - 1] {
            payload[offset] ^= 1;
            assert_eq!(pattern.first_difference(&payload), Some(offset));
            // As far as a block that shrank still has it.
            assert_eq!(pattern.first_difference(&payload[..offset]), None);
            payload[offset] ^= 1;
        }
    }

    #[test]
    fn a_different_or_shifted_pattern_is_detected() {
        let mut payload = vec![0; 64];
        Pattern::new(5, 0).fill(&mut payload, 0);
        assert!(Pattern::new(5, 1).first_difference(&payload).is_some());
        assert!(Pattern::new(6, 0).first_difference(&payload).is_some());
        assert!(Pattern::new(5, 0).first_difference(&payload[8..]).is_some());
    }
}
