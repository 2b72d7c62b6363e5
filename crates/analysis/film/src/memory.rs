//! The memory of a machine as it was at each checkpoint.
//!
//! ```text
//!  checkpoint     0             1             2             3
//!  log            | differences | differences | differences |
//!                               ^
//!  machine        the bytes at this checkpoint, but for the changes that the probe has noted since
//! ```
//!
//! A difference is a word's address and the exclusive or of its values before and after, so the
//! same list leads forwards and backwards, and changes are undone in any order. Only words that an
//! allocator stores are in it (the program's payloads are not written), some ten for each
//! operation; a copy of all memory for each checkpoint would take a thousand times more.
//!
//! A jump over many checkpoints would apply many lists. So of some checkpoints there is an image:
//! all words that are not zero. A jump may begin there.

use crate::probe::{Change, FilmProbe};
use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Arena, WORD_BYTES};

const WORD: usize = WORD_BYTES as usize;

/// Memory is emptied and searched in pages of this many bytes, those that were ever changed.
const PAGE: usize = 4096;

/// The memory at each checkpoint, as differences.
#[derive(Default)]
pub(crate) struct Memory {
    log: Vec<u8>,
    images: Vec<Image>,
    /// A bit for each page that has a difference.
    pages: Vec<u64>,
    /// Where the last word with a difference ends.
    end: u32,
}

/// All of the memory at a checkpoint.
#[derive(Default)]
struct Image {
    /// The place in the log where the checkpoint's differences end, which says which one it is.
    log_end: usize,
    /// The pages that are not empty, by ascending number: a bit for each word that is not zero.
    pages: Vec<(usize, PageBits)>,
    /// These words, in order.
    words: Vec<u32>,
}

type PageBits = [u64; PAGE / WORD / 64];

/// The log may grow by this many bytes, and two thirds of those of the last image, until there is
/// another one.
const LOG_BYTES_TO_IMAGE: usize = 1 << 18;

/// An image is put into memory this much faster than differences of as many bytes are applied.
const BYTES_OF_IMAGE_A_BYTE_OF_LOG: usize = 4;

/// Memory is emptied this much faster than differences are applied.
const BYTES_EMPTIED_A_BYTE_OF_LOG: usize = 16;

impl Memory {
    /// Takes the machine's memory as that of a new checkpoint, after the one that the probe's
    /// changes begin at. Returns where the log ends.
    pub(crate) fn take(&mut self, arena: &Arena<FilmProbe>) -> usize {
        let differences = net(arena.probe().take_changes());
        for (number, _) in &differences {
            self.note_page(*number);
        }
        write(&mut self.log, &differences);
        let log_end = self.log.len();
        let last = self.images.last();
        let (last_end, last_bytes) = last.map_or((0, 0), |last| (last.log_end, last.bytes()));
        if log_end - last_end > LOG_BYTES_TO_IMAGE + last_bytes / 3 * 2 {
            self.images.push(self.image(arena, log_end));
        }
        log_end
    }

    fn note_page(&mut self, number: u32) {
        let page = number as usize * WORD / PAGE;
        if page / 64 >= self.pages.len() {
            self.pages.resize(page / 64 + 1, 0);
        }
        self.pages[page / 64] |= 1 << (page % 64);
        self.end = self.end.max((number + 1).saturating_mul(WORD_BYTES));
    }

    /// Returns the pages that have differences, by number.
    fn pages(&self) -> impl Iterator<Item = usize> {
        let pages = self.pages.iter().enumerate().filter(|(_, bits)| **bits != 0);
        pages.flat_map(|(at, bits)| {
            (0..64).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| at * 64 + bit)
        })
    }

    /// Returns an image of the machine's memory.
    fn image(&self, arena: &Arena<FilmProbe>, log_end: usize) -> Image {
        let bytes = arena.payload(Addr::NULL, self.end).unwrap_or_default();
        let mut image = Image { log_end, ..Image::default() };
        for page in self.pages() {
            let end = ((page + 1) * PAGE).min(bytes.len());
            let mut bits = PageBits::default();
            for (at, bytes) in bytes[page * PAGE..end].chunks_exact(WORD).enumerate() {
                let word = word(bytes);
                if word != 0 {
                    bits[at / 64] |= 1 << (at % 64);
                    image.words.push(word);
                }
            }
            if bits != PageBits::default() {
                image.pages.push((page, bits));
            }
        }
        image.words.shrink_to_fit();
        image
    }

    /// Brings the machine's memory from one checkpoint, with the changes noted since, to another.
    /// Each is named by the place in the log where its differences end.
    pub(crate) fn go(&self, arena: &mut Arena<FilmProbe>, from: usize, to: usize) {
        let changes = arena.probe().take_changes();
        let ends = changes.iter().map(|(number, _)| (number + 1).saturating_mul(WORD_BYTES));
        let end = ends.max().unwrap_or(0).max(self.end);
        // A word past the machine's end was never stored.
        let Some(bytes) = arena.payload_mut(Addr::NULL, end) else { return };
        apply(bytes, changes.into_iter());
        let nearest = self.images.iter().min_by_key(|image| self.effort(image, to));
        let mut from = from;
        if let Some(image) = nearest.filter(|image| self.effort(image, to) < from.abs_diff(to)) {
            for page in self.pages() {
                let end = ((page + 1) * PAGE).min(bytes.len());
                bytes[page * PAGE..end].fill(0);
            }
            image.put(bytes);
            from = image.log_end;
        }
        apply(bytes, Differences::of(&self.log[from.min(to)..from.max(to)]));
    }

    /// Returns about how many bytes of the log take as long to apply as the way to a checkpoint by
    /// an image.
    fn effort(&self, image: &Image, to: usize) -> usize {
        let pages: u32 = self.pages.iter().map(|bits| bits.count_ones()).sum();
        pages as usize * PAGE / BYTES_EMPTIED_A_BYTE_OF_LOG
            + image.bytes() / BYTES_OF_IMAGE_A_BYTE_OF_LOG
            + image.log_end.abs_diff(to)
    }

    /// Returns the bytes that all lists and images take.
    pub(crate) fn log_bytes(&self) -> usize {
        self.log.len() + self.images.iter().map(Image::bytes).sum::<usize>()
    }

    /// Makes one list of differences of each pair of neighbours, but keeps the first list. `ends`
    /// are the ends of the lists in the log; those that are left are returned.
    pub(crate) fn join_pairs(&mut self, ends: &[usize]) -> Vec<usize> {
        let (mut log, mut new_ends, mut stays, mut from) = (Vec::new(), Vec::new(), Vec::new(), 0);
        let ends = ends.iter().enumerate().filter(|(at, _)| is_kept(*at, ends.len()));
        for (_, &to) in ends {
            write(&mut log, &net(Differences::of(&self.log[from..to]).collect()));
            from = to;
            // The end of the pair is a checkpoint that stays, and so may be its image.
            let image = self.images.iter_mut().find(|image| image.log_end == to);
            if let Some(mut image) = image.map(std::mem::take) {
                image.log_end = log.len();
                stays.push(image);
            }
            new_ends.push(log.len());
        }
        log.shrink_to_fit();
        self.log = log;
        self.images = stays;
        new_ends
    }
}

impl Image {
    fn bytes(&self) -> usize {
        self.pages.len() * size_of::<(usize, PageBits)>() + self.words.len() * WORD
    }

    /// Writes the words into memory, which is empty.
    fn put(&self, bytes: &mut [u8]) {
        let mut words = self.words.iter();
        for (page, bits) in &self.pages {
            for (part, mut bits) in (0..).zip(*bits) {
                while bits != 0 {
                    let number = page * PAGE / WORD + part * 64 + bits.trailing_zeros() as usize;
                    let place = bytes.get_mut(number * WORD..(number + 1) * WORD);
                    if let (Some(place), Some(word)) = (place, words.next()) {
                        place.copy_from_slice(&word.to_le_bytes());
                    }
                    bits &= bits - 1;
                }
            }
        }
    }
}

/// Returns whether the list at this place is left when pairs are joined: the first is, then the
/// second of each pair, and the last if it is alone.
pub(crate) fn is_kept(at: usize, len: usize) -> bool {
    at.is_multiple_of(2) || at + 1 == len
}

/// Returns one change for each word that is not as it was, by ascending number.
fn net(mut changes: Vec<Change>) -> Vec<Change> {
    changes.sort_unstable_by_key(|(number, _)| *number);
    changes.dedup_by(|later, earlier| {
        let is_same = later.0 == earlier.0;
        earlier.1 ^= if is_same { later.1 } else { 0 };
        is_same
    });
    changes.retain(|(_, difference)| *difference != 0);
    changes
}

/// Applies changes to memory, which begins at address 0. Most of them miss the processor's caches.
/// They are read in batches before they are applied: so it waits for many of them at once.
fn apply(bytes: &mut [u8], mut changes: impl Iterator<Item = Change>) {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        batch.extend(changes.by_ref().take(BATCH));
        if batch.is_empty() {
            return;
        }
        for (number, difference) in batch.drain(..) {
            let at = number as usize * WORD;
            if let Some(place) = bytes.get_mut(at..at + WORD) {
                place.copy_from_slice(&(word(place) ^ difference).to_le_bytes());
            }
        }
    }
}

const BATCH: usize = 512;

fn word(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// Appends a list of differences, by ascending number of the word: how many, then for each the
/// distance from the one before, and the difference; all in as few bytes as the number needs.
fn write(log: &mut Vec<u8>, differences: &[Change]) {
    put(log, differences.len() as u32); // there are at most 2^30 words
    let mut last = 0;
    for (number, difference) in differences {
        put(log, number - last);
        put(log, *difference);
        last = *number;
    }
}

/// Appends a number: seven bits a byte, the lowest first, and a bit that says whether more follow.
fn put(log: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        log.push(number as u8 | 0x80);
        number >>= 7;
    }
    log.push(number as u8);
}

/// Reads lists of differences.
struct Differences<'a> {
    rest: &'a [u8],
    left_in_list: u32,
    last: u32,
}

impl Differences<'_> {
    fn of(log: &[u8]) -> Differences<'_> {
        Differences { rest: log, left_in_list: 0, last: 0 }
    }

    #[inline]
    fn get(&mut self) -> u32 {
        let (mut number, mut shift) = (0, 0);
        while let Some((byte, rest)) = self.rest.split_first() {
            self.rest = rest;
            number |= u32::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        number
    }
}

impl Iterator for Differences<'_> {
    /// The number of a word, and what changes.
    type Item = Change;

    #[inline]
    fn next(&mut self) -> Option<Change> {
        while self.left_in_list == 0 {
            if self.rest.is_empty() {
                return None;
            }
            self.left_in_list = self.get();
            self.last = 0;
        }
        self.left_in_list -= 1;
        self.last += self.get();
        Some((self.last, self.get()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_differences_are_read_as_written() {
        let first = [(0, 1), (1, u32::MAX), (1 << 29, 0x80)];
        let second = [(7, 0x7f), (1 << 30, 0x4000)];
        let mut log = Vec::new();
        write(&mut log, &first);
        write(&mut log, &[]);
        write(&mut log, &second);
        let read: Vec<_> = Differences::of(&log).collect();
        assert_eq!(read, [&first[..], &second[..]].concat());
    }

    #[test]
    fn lists_are_joined_in_pairs() {
        let (mut memory, mut ends) = (Memory::default(), Vec::new());
        let lists: [&[_]; 6] =
            [&[(1, 1)], &[(1, 2), (5, 4)], &[(1, 3), (2, 8)], &[(5, 4)], &[(5, 4)], &[(9, 9)]];
        for list in lists {
            write(&mut memory.log, list);
            ends.push(memory.log.len());
        }
        let ends = memory.join_pairs(&ends);
        let mut from = 0;
        let lists = ends.iter().map(|&to| {
            let list: Vec<_> = Differences::of(&memory.log[from..to]).collect();
            from = to;
            list
        });
        let lists: Vec<_> = lists.collect();
        assert_eq!(lists, [vec![(1, 1)], vec![(1, 1), (2, 8), (5, 4)], vec![], vec![(9, 9)]]);
    }
}
