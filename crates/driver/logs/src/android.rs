//! Logs of Android's malloc debug, option record_allocs.
//!
//! Each line is a call: the thread, a colon, the function and its arguments. Blocks are
//! hexadecimal with `0x`, sizes decimal. Newer versions add when the call began and ended,
//! in nanoseconds.
//!
//! | line | call |
//! |---|---|
//! | `TID: malloc NEW BYTES` | malloc |
//! | `TID: calloc NEW COUNT BYTES` | calloc |
//! | `TID: realloc NEW OLD BYTES` | realloc; the block that is resized comes second |
//! | `TID: memalign NEW ALIGNMENT BYTES` | an aligned call |
//! | `TID: free BLOCK` | free |
//! | `TID: thread_done 0x0` | the end of a thread |
//!
//! ```text
//! 512: malloc 0x7a0010 48
//! 513: realloc 0x7a0100 0x7a0010 96
//! 512: free 0x7a0100
//! 513: thread_done 0x0
//! ```

use crate::blocks::{Blocks, Request};
use crate::error::Refusal;
use crate::reader::Reader;
use crate::scan::Scan;

#[derive(Default)]
pub(crate) struct Android;

impl Reader for Android {
    fn line(&mut self, line: &[u8], blocks: &mut Blocks) -> Result<(), Refusal> {
        let line = line.trim_ascii();
        let Some((verb, arguments)) = split(line) else {
            if !line.is_empty() {
                blocks.notes.other_lines.add(blocks.line);
            }
            return Ok(());
        };
        if call(verb, arguments, blocks).is_none() {
            blocks.notes.unreadable.add(blocks.line);
        }
        Ok(())
    }
}

/// Returns the function and what follows, if the line begins with a thread and a colon.
pub(crate) fn split(line: &[u8]) -> Option<(&[u8], Scan<'_>)> {
    let mut scan = Scan::new(line);
    scan.decimal()?;
    if !scan.eat(": ") {
        return None;
    }
    let verb = scan.word()?;
    Some((verb, scan))
}

fn call(verb: &[u8], mut arguments: Scan, blocks: &mut Blocks) -> Option<()> {
    let mut address = || {
        let mut word = Scan::new(arguments.word()?);
        let number = word.c_number()?;
        word.is_at_end().then_some(number)
    };
    match verb {
        b"malloc" => {
            let (new, bytes) = (address()?, address()?);
            blocks.allocate(Request::Malloc { bytes }, new);
        }
        b"calloc" => {
            let (new, count, bytes) = (address()?, address()?, address()?);
            match count.checked_mul(bytes) {
                Some(bytes) => blocks.allocate(Request::Calloc { bytes }, new),
                None => blocks.notes.failed.add(blocks.line),
            }
        }
        b"realloc" => {
            let (new, old, bytes) = (address()?, address()?, address()?);
            blocks.realloc(old, new, bytes);
        }
        b"memalign" | b"aligned_alloc" | b"posix_memalign" => {
            let (new, alignment, bytes) = (address()?, address()?, address()?);
            blocks.allocate(Request::Memalign { alignment, bytes }, new);
        }
        b"free" => blocks.free(address()?),
        b"thread_done" => {}
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::Tool;
    use crate::testing::{converted, notes, refused};

    fn ops(text: &str) -> String {
        converted(Tool::Android, text)
    }

    #[test]
    fn every_call_is_read() {
        let log = "10: malloc 0x10 100\n\
                   10: calloc 0x20 7 13\n\
                   11: realloc 0x40 0x10 200\n\
                   11: memalign 0x80 64 30\n\
                   10: free 0x20\n\
                   10: free 0x0\n\
                   10: thread_done 0x0\n";
        assert_eq!(ops(log), "a 0 100, c 1 91, r 0 200, m 2 64 30, f 1, f -1");
    }

    #[test]
    fn times_after_a_call_are_skipped() {
        let log = "10: malloc 0x10 100 81000 81100\n10: free 0x10 82000 82100\n";
        assert_eq!(ops(log), "a 0 100, f 0");
    }

    #[test]
    fn reallocs_of_null_and_to_zero_are_read() {
        let log = "1: realloc 0x10 0x0 8\n1: realloc 0x0 0x10 0\n1: malloc 0x10 4\n";
        assert_eq!(ops(log), "a 0 8, r 0 0, a 1 4");
    }

    #[test]
    fn failed_calls_are_left_out() {
        let log = "1: malloc 0x0 8\n1: malloc 0x10 8\n1: realloc 0x0 0x10 99\n\
                   1: calloc 0x0 9223372036854775808 4\n1: free 0x10\n";
        assert_eq!(ops(log), "a 0 8, f 0");
        assert_eq!(notes(Tool::Android, log).failed.times, 3);
    }

    #[test]
    fn frees_of_unknown_blocks_are_counted() {
        let log = "1: free 0x50\n1: malloc 0x10 8\n1: free 0x10\n1: free 0x10\n";
        assert_eq!(ops(log), "a 0 8, f 0");
        let notes = notes(Tool::Android, log);
        assert_eq!((notes.unknown_frees.times, notes.unknown_frees.first_line), (2, 1));
    }

    #[test]
    fn a_block_given_out_by_another_thread_is_not_a_conflict() {
        let log = "1: malloc 0x10 8\n2: malloc 0x10 9\n2: free 0x10\n";
        assert_eq!(ops(log), "a 0 8, f 0, a 1 9, f 1");
        assert_eq!(notes(Tool::Android, log).missed_frees.times, 1);
    }

    #[test]
    fn broken_lines_are_counted() {
        let log = "1: malloc 0x10 8\n1: malloc 0x20\n1: frob 0x10\n1: free 0xzz\nmalloc\n\
                   1: malloc 0x10 12x\n1:malloc 0x10 8\n";
        assert_eq!(ops(log), "a 0 8");
        let notes = notes(Tool::Android, log);
        assert_eq!((notes.unreadable.times, notes.other_lines.times), (4, 2));
    }

    #[test]
    fn windows_line_ends_are_read() {
        assert_eq!(ops("1: malloc 0x10 8\r\n1: free 0x10\r\n"), "a 0 8, f 0");
    }

    #[test]
    fn a_block_of_8_gib_is_left_out_with_its_free() {
        let log = "1: malloc 0x10 8589934592\n1: malloc 0x90 8\n1: free 0x10\n";
        assert_eq!(ops(log), "a 0 8");
        assert_eq!(notes(Tool::Android, log).too_large.times, 1);
    }

    #[test]
    fn a_log_without_calls_is_refused() {
        assert!(refused(Tool::Android, "1: thread_done 0x0\n").contains("no call of malloc"));
    }
}
