//! The memory of a machine as it was at each checkpoint.
//!
//! ```text
//!  checkpoint     0             1             2             3
//!  log            | differences | differences | differences |
//!                               ^
//!  image          the bytes at this checkpoint
//!  machine        the same, but for the lines that the probe says were changed since
//! ```
//!
//! A difference is a word's address and the exclusive or of its values before and after, so the
//! same list leads forwards and backwards. Only words that an allocator stores are in it (the
//! program's payloads are not written), some ten for each operation; a copy of all memory for each
//! checkpoint would take a thousand times more.
//!
//! A jump over many checkpoints would apply many lists. So at some checkpoints there is a whole
//! list: the differences from empty memory. A jump may begin there.

use crate::probe::{FilmProbe, LINE_BYTES};
use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Arena, WORD_BYTES};

const WORD: usize = WORD_BYTES as usize;
const LINE: usize = LINE_BYTES as usize;

/// The bytes of a machine. A line that was never written is not there, and reads as zero: in a heap
/// of large blocks, that is most of them.
#[derive(Default)]
struct Image {
    lines: Vec<Option<Box<[u8; LINE]>>>,
}

impl Image {
    fn line_mut(&mut self, number: u32) -> &mut [u8; LINE] {
        let number = number as usize;
        if number >= self.lines.len() {
            self.lines.resize_with(number + 1, || None);
        }
        self.lines[number].get_or_insert_with(|| Box::new([0; LINE]))
    }

    /// Returns all words that are not zero, by number.
    fn words(&self) -> impl Iterator<Item = (u32, u32)> {
        let lines =
            (0..).zip(&self.lines).filter_map(|(number, line)| Some((number, line.as_ref()?)));
        lines.flat_map(|(number, line)| {
            let words = (number * (LINE / WORD) as u32..).zip(line.chunks_exact(WORD));
            words.map(|(number, bytes)| (number, word(bytes))).filter(|(_, word)| *word != 0)
        })
    }

    /// Sets all bytes to zero, and tells the probe which lines that changes.
    fn clear(&mut self, probe: &FilmProbe) {
        for (number, line) in (0..).zip(&mut self.lines) {
            if let Some(line) = line {
                line.fill(0);
                probe.change(Addr::new(number * LINE_BYTES), LINE_BYTES);
            }
        }
    }

    /// Applies lists of differences, and tells the probe which lines they change.
    fn apply(&mut self, lists: &[u8], probe: &FilmProbe) {
        let mut last_line = None;
        for (number, difference) in Differences::of(lists) {
            let at = number as usize * WORD;
            let line = (at / LINE) as u32;
            let place = &mut self.line_mut(line)[at % LINE..][..WORD];
            place.copy_from_slice(&(word(place) ^ difference).to_le_bytes());
            if last_line != Some(line) {
                probe.change(Addr::new(at as u32), WORD_BYTES);
                last_line = Some(line);
            }
        }
    }
}

/// The memory at each checkpoint, as differences.
#[derive(Default)]
pub(crate) struct Memory {
    image: Image,
    log: Vec<u8>,
    whole: Vec<Whole>,
}

/// All of the memory at a checkpoint.
#[derive(Default)]
struct Whole {
    /// The place in the log where the checkpoint's differences end, which says which one it is.
    log_end: usize,
    /// The differences from empty memory.
    list: Vec<u8>,
}

/// The log may grow by this many bytes, and this many for each byte of the last whole list, until
/// there is another whole list.
const LOG_BYTES_TO_WHOLE: usize = 1 << 18;
const LOG_BYTES_TO_WHOLE_A_BYTE: usize = 1;

impl Memory {
    /// Takes the machine's memory as that of a new checkpoint, after the one that the image shows.
    /// Returns where the log ends.
    pub(crate) fn take(&mut self, arena: &mut Arena<FilmProbe>) -> usize {
        let mut differences = Vec::new();
        let mut changed = arena.probe().take_changed();
        changed.sort_unstable();
        for line in changed {
            let Some(now) = arena.payload(Addr::new(line * LINE_BYTES), LINE_BYTES) else {
                continue; // past the machine's end, where nothing can be stored
            };
            let before = self.image.line_mut(line);
            if before == now {
                continue;
            }
            let words = before.chunks_exact(WORD).zip(now.chunks_exact(WORD));
            for (number, (before, now)) in (0..).zip(words) {
                let difference = word(before) ^ word(now);
                if difference != 0 {
                    differences.push((line * (LINE_BYTES / WORD_BYTES) + number, difference));
                }
            }
            before.copy_from_slice(now);
        }
        write(&mut self.log, &differences);
        let log_end = self.log.len();
        let last = self.whole.last();
        let (last_end, last_bytes) = last.map_or((0, 0), |last| (last.log_end, last.list.len()));
        if log_end - last_end > LOG_BYTES_TO_WHOLE + LOG_BYTES_TO_WHOLE_A_BYTE * last_bytes {
            let mut list = Vec::new();
            write(&mut list, &self.image.words().collect::<Vec<_>>());
            self.whole.push(Whole { log_end, list });
        }
        log_end
    }

    /// Brings the machine's memory, and the image, from one checkpoint to another. Each is named by
    /// the place in the log where its differences end.
    pub(crate) fn go(&mut self, arena: &mut Arena<FilmProbe>, from: usize, to: usize) {
        let probe = arena.probe().clone();
        let nearest = self.whole.iter().min_by_key(|whole| whole.bytes_to(to));
        let from = match nearest.filter(|nearest| nearest.bytes_to(to) < from.abs_diff(to)) {
            Some(whole) => {
                self.image.clear(&probe);
                self.image.apply(&whole.list, &probe);
                whole.log_end
            }
            None => from,
        };
        self.image.apply(&self.log[from.min(to)..from.max(to)], &probe);
        self.undo(arena);
    }

    /// Brings the machine's memory back to the checkpoint that the image shows.
    fn undo(&mut self, arena: &mut Arena<FilmProbe>) {
        for line in arena.probe().take_changed() {
            let then = self.image.line_mut(line);
            if let Some(now) = arena.payload_mut(Addr::new(line * LINE_BYTES), LINE_BYTES) {
                now.copy_from_slice(then);
            }
        }
    }

    /// Returns the bytes that all lists take.
    pub(crate) fn log_bytes(&self) -> usize {
        self.log.len() + self.whole.iter().map(|whole| whole.list.len()).sum::<usize>()
    }

    /// Makes one list of differences of each pair of neighbours, but keeps the first list. `ends`
    /// are the ends of the lists in the log; those that are left are returned.
    pub(crate) fn join_pairs(&mut self, ends: &[usize]) -> Vec<usize> {
        let (mut log, mut new_ends, mut stays, mut from) = (Vec::new(), Vec::new(), Vec::new(), 0);
        let ends = ends.iter().enumerate().filter(|(at, _)| is_kept(*at, ends.len()));
        for (_, &to) in ends {
            let mut all: Vec<(u32, u32)> = Differences::of(&self.log[from..to]).collect();
            from = to;
            all.sort_unstable_by_key(|(number, _)| *number);
            all.dedup_by(|later, earlier| {
                let is_same = later.0 == earlier.0;
                earlier.1 ^= if is_same { later.1 } else { 0 };
                is_same
            });
            all.retain(|(_, difference)| *difference != 0);
            write(&mut log, &all);
            // The end of the pair is a checkpoint that stays, and so may be its whole list.
            let whole = self.whole.iter_mut().find(|whole| whole.log_end == to);
            if let Some(mut whole) = whole.map(std::mem::take) {
                whole.log_end = log.len();
                stays.push(whole);
            }
            new_ends.push(log.len());
        }
        log.shrink_to_fit();
        self.log = log;
        self.whole = stays;
        new_ends
    }
}

impl Whole {
    /// Returns about how many bytes of lists lead from empty memory by this list to a checkpoint.
    fn bytes_to(&self, to: usize) -> usize {
        // Memory has to be emptied first, which takes as long.
        2 * self.list.len() + self.log_end.abs_diff(to)
    }
}

/// Returns whether the list at this place is left when pairs are joined: the first is, then the
/// second of each pair, and the last if it is alone.
pub(crate) fn is_kept(at: usize, len: usize) -> bool {
    at.is_multiple_of(2) || at + 1 == len
}

fn word(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// Appends a list of differences, by ascending number of the word: how many, then for each the
/// distance from the one before, and the difference; all in as few bytes as the number needs.
fn write(log: &mut Vec<u8>, differences: &[(u32, u32)]) {
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
    type Item = (u32, u32);

    #[inline]
    fn next(&mut self) -> Option<(u32, u32)> {
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
