//! Logs of heaptrack, raw or interpreted, perhaps packed by gzip or zstd.
//!
//! The first line is `v VERSION FORMAT`, and the letter that begins each line says what it
//! is. Numbers are hexadecimal without `0x`.
//!
//! | raw line | |
//! |---|---|
//! | `+ BYTES TRACE BLOCK` | malloc, calloc, or the second half of a realloc |
//! | `- BLOCK` | free, or the first half of a realloc |
//!
//! In an interpreted log a kind of allocation is described once, and the lines name kinds,
//! which are numbered from 0 in the order of their descriptions:
//!
//! | interpreted line | |
//! |---|---|
//! | `a BYTES TRACE` | describes a kind |
//! | `+ KIND` | a block of that kind is given out |
//! | `- KIND` | some block of that kind is freed |
//!
//! There are no addresses then. Of the blocks of a kind, the last one given out is taken to be
//! freed first, so lifetimes are guessed. Lines with other letters are about code, time and memory
//! and are skipped, except `A`, which says that the tool was attached to a program that ran
//! already.
//!
//! ```text
//! v 10500 3
//! X ./a.out
//! t 55d0 0
//! a 20 1
//! + 0
//! - 0
//! ```

use crate::blocks::{Blocks, Request};
use crate::error::Refusal;
use crate::reader::Reader;
use crate::scan::Scan;

/// The newest format that is known.
const NEWEST_FORMAT: u64 = 3;

/// Kinds of allocations that are kept. A program has one for each place that allocates and
/// each size there.
const MOST_KINDS: usize = 1 << 24;

#[derive(Default)]
pub(crate) struct Heaptrack {
    kinds: Vec<Kind>,
    /// The next address to make up.
    made_up: u64,
}

/// A kind of allocation.
struct Kind {
    bytes: u64,
    /// Addresses made up for its live blocks.
    live: Vec<u64>,
}

impl Reader for Heaptrack {
    fn line(&mut self, line: &[u8], blocks: &mut Blocks) -> Result<(), Refusal> {
        let Some(&letter) = line.first() else {
            return Ok(());
        };
        let fields = Scan::new(line.get(2..).unwrap_or_default());
        let is_spaced = line.get(1).is_none_or(|&byte| byte == b' ');
        let read = match letter {
            b'v' if is_spaced => return self.version(fields, blocks),
            b'a' if is_spaced => self.describe(fields)?,
            b'+' if is_spaced => self.give_out(fields, blocks),
            b'-' if is_spaced => self.free(fields, blocks),
            b'A' if line.len() == 1 => {
                blocks.notes.attached = true;
                Some(())
            }
            _ => {
                blocks.notes.other_lines.add(blocks.line);
                Some(())
            }
        };
        if read.is_none() {
            blocks.notes.unreadable.add(blocks.line);
        }
        Ok(())
    }
}

impl Heaptrack {
    fn version(&mut self, fields: Scan, blocks: &mut Blocks) -> Result<(), Refusal> {
        match numbers(fields).as_deref() {
            // Format 0 is not written.
            Some([_] | [_, 0..=NEWEST_FORMAT]) => {}
            Some(&[_, format]) => return Err(Refusal::UnknownFormat { format }),
            _ => blocks.notes.unreadable.add(blocks.line),
        }
        Ok(())
    }

    fn describe(&mut self, fields: Scan) -> Result<Option<()>, Refusal> {
        if self.kinds.len() >= MOST_KINDS {
            return Err(Refusal::TooManyKinds { limit: MOST_KINDS });
        }
        let numbers = numbers(fields);
        // A line that can't be read is a kind too, so that those after it keep their numbers.
        self.kinds.push(Kind {
            bytes: numbers.as_ref().map_or(0, |numbers| numbers[0]),
            live: Vec::new(),
        });
        Ok(numbers.map(|_| ()))
    }

    fn give_out(&mut self, fields: Scan, blocks: &mut Blocks) -> Option<()> {
        match numbers(fields)?[..] {
            [bytes, _, block] => blocks.allocate(Request::Malloc { bytes }, block),
            [kind] => {
                let kind = self.kinds.get_mut(usize::try_from(kind).ok()?)?;
                // Never 0, which is the null pointer.
                self.made_up += 1;
                kind.live.push(self.made_up);
                let bytes = kind.bytes;
                blocks.notes.guessed_lifetimes = true;
                blocks.allocate(Request::Malloc { bytes }, self.made_up);
            }
            _ => return None,
        }
        Some(())
    }

    fn free(&mut self, fields: Scan, blocks: &mut Blocks) -> Option<()> {
        let [block] = numbers(fields)?[..] else {
            return None;
        };
        if self.kinds.is_empty() {
            blocks.free(block);
            return Some(());
        }
        let kind = self.kinds.get_mut(usize::try_from(block).ok()?)?;
        match kind.live.pop() {
            Some(made_up) => blocks.free(made_up),
            None => blocks.notes.unknown_frees.add(blocks.line),
        }
        Some(())
    }
}

/// Returns the numbers of a line, up to three; `None` if it has other things, or none.
fn numbers(mut fields: Scan) -> Option<Vec<u64>> {
    let mut numbers = Vec::with_capacity(3);
    while let Some(word) = fields.word() {
        let mut word = Scan::new(word);
        numbers.push(word.hexadecimal()?);
        if !word.is_at_end() || numbers.len() > 3 {
            return None;
        }
    }
    (!numbers.is_empty()).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use crate::Tool;
    use crate::testing::{converted, converted_bytes, notes, refused};
    use std::io::Write;

    fn ops(text: &str) -> String {
        converted(Tool::Heaptrack, text)
    }

    const RAW: &str = "v 10400 3\nx 6 /bin/p\nX ./p\nI 1000 5e29\nm 1 x 56 0 8\nt 7f 0\n\
                       + 64 1 a0\nt 80 0\n+ 5b 2 b0\n- a0\n+ 1388 2 c0\nc a\nR 3a5\n- b0\n";

    #[test]
    fn a_raw_log_is_read() {
        assert_eq!(ops(RAW), "a 0 100, a 1 91, f 0, a 2 5000, f 1");
        assert!(!notes(Tool::Heaptrack, RAW).guessed_lifetimes);
    }

    const INTERPRETED: &str = "v 10400 3\nX ./p\ns 4 main\ni 55 1 2\nt 1 0\na 64 1\n+ 0\n\
                               t 2 0\na 20 2\n+ 1\n+ 1\n- 1\n- 0\nc 5\n- 1\n# strings: 1\n";

    #[test]
    fn an_interpreted_log_frees_the_last_block_of_a_kind() {
        assert_eq!(ops(INTERPRETED), "a 0 100, a 1 32, a 2 32, f 2, f 0, f 1");
        assert!(notes(Tool::Heaptrack, INTERPRETED).guessed_lifetimes);
    }

    #[test]
    fn format_0_has_no_number_and_raw_lines() {
        assert_eq!(ops("v 10000\nX ./p\n+ 8 0 10\n- 10\n"), "a 0 8, f 0");
    }

    #[test]
    fn a_newer_format_is_refused() {
        let error = refused(Tool::Heaptrack, "v 20000 4\n+ 8 0 10\n");
        assert!(error.starts_with("error: log:1: heaptrack's format 4"), "{error}");
    }

    #[test]
    fn gzip_and_zstd_logs_are_unpacked() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(RAW.as_bytes()).expect("a Vec takes all");
        let gzip = gzip.finish().expect("a Vec takes all");
        let level = ruzstd::encoding::CompressionLevel::Fastest;
        let zstd = ruzstd::encoding::compress_to_vec(RAW.as_bytes(), level);
        for packed in [gzip, zstd] {
            assert_eq!(converted_bytes(&packed).expect("it is a log"), ops(RAW));
            // Twice in one file: the second part is a log of its own, and its blocks are new.
            let twice = [&packed[..], &packed].concat();
            let twice = converted_bytes(&twice).expect("it is a log");
            assert!(twice.starts_with(&ops(RAW)) && twice.len() > 2 * ops(RAW).len());
        }
    }

    #[test]
    fn a_free_without_a_block_of_its_kind_is_counted() {
        let log = "v 1 3\na 8 0\n+ 0\n- 0\n- 0\n";
        assert_eq!(ops(log), "a 0 8, f 0");
        assert_eq!(notes(Tool::Heaptrack, log).unknown_frees.times, 1);
    }

    #[test]
    fn unknown_kinds_and_broken_lines_are_counted() {
        let log = "v 1 3\na 8 0\n+ 0\n+ 7\n- 7\n+ ffffffffffffffff\n+ x\n+\n- 1 2\n+ 1 2 3 4\n";
        assert_eq!(ops(log), "a 0 8");
        assert_eq!(notes(Tool::Heaptrack, log).unreadable.times, 7);
    }

    #[test]
    fn a_broken_description_does_not_renumber_later_ones() {
        assert_eq!(ops("v 1 3\na x\na 10 0\n+ 1\n"), "a 0 16");
    }

    #[test]
    fn a_log_attached_to_a_running_program_is_noted() {
        let log = "v 1 3\nA\n+ 8 0 10\n- 99\n";
        assert!(notes(Tool::Heaptrack, log).attached);
        assert_eq!(notes(Tool::Heaptrack, log).unknown_frees.times, 1);
    }

    #[test]
    fn windows_line_ends_and_a_truncated_line_are_read() {
        assert_eq!(ops("v 1 3\r\n+ 8 0 10\r\n+ 9 0 20\r\n- 1"), "a 0 8, a 1 9");
    }

    #[test]
    fn a_header_alone_is_refused() {
        assert!(refused(Tool::Heaptrack, "v 10400 3\nX ./p\n").contains("no call of malloc"));
    }
}
