//! Logs of glibc's mtrace.
//!
//! The first line is `= Start`; `= End` follows only if the program calls muntrace(). Each line
//! between has a place and an operation: `@ OBJECT:[PLACE] OPERATION`, `@ OBJECT:(SYMBOL)[PLACE]
//! OPERATION`, or in old logs the operation alone. Numbers are hexadecimal with `0x`, except a
//! size of 0, which is `0`.
//!
//! | operation | call |
//! |---|---|
//! | `+ BLOCK BYTES` | malloc, calloc, an aligned call, or realloc of NULL |
//! | `- BLOCK` | free, or realloc to 0 bytes |
//! | `< OLD`, then `> NEW BYTES` on the next line | realloc |
//! | `! OLD BYTES` | a realloc that failed |
//! | `+ (nil) BYTES` | a request that failed |
//!
//! ```text
//! = Start
//! @ ./a.out:[0x1169] + 0x55aa10 0x20
//! @ ./a.out:[0x1175] < 0x55aa10
//! @ ./a.out:[0x1175] > 0x55aa40 0x400
//! @ ./a.out:[0x1181] - 0x55aa40
//! ```
//!
//! A forked child inherits the file and the lines that are not written yet. Both then write them,
//! each after an `= Start` of its own, and the log does not say which process wrote a line. So a
//! second `= Start` is refused.

use crate::blocks::{Begun, Blocks, Request};
use crate::error::Refusal;
use crate::reader::Reader;
use crate::scan::Scan;

/// The first line of a log.
const START: &[u8] = b"= Start";

#[derive(Default)]
pub(crate) struct Mtrace {
    is_started: bool,
    /// The `<` that waits for its `>`.
    begun: Option<Begun>,
}

impl Reader for Mtrace {
    fn line(&mut self, line: &[u8], blocks: &mut Blocks) -> Result<(), Refusal> {
        let line = line.trim_ascii();
        if line == START {
            let again = std::mem::replace(&mut self.is_started, true);
            return if again || !blocks.ops.is_empty() {
                Err(Refusal::SecondStart)
            } else {
                Ok(())
            };
        }
        if line.is_empty() || line == b"= End" {
            return Ok(());
        }
        let deed = deed_of(line);
        if !matches!(deed.first(), Some(b'+' | b'-' | b'<' | b'>' | b'!')) {
            if line.starts_with(b"@ ") {
                blocks.notes.unreadable.add(blocks.line)
            } else {
                blocks.notes.other_lines.add(blocks.line)
            }
        } else if self.deed(deed, blocks).is_none() {
            blocks.notes.unreadable.add(blocks.line);
        }
        Ok(())
    }

    fn end(&mut self, blocks: &mut Blocks) -> Result<(), Refusal> {
        if self.begun.is_some() {
            blocks.notes.unfinished.add(blocks.line);
        }
        self.cancel(blocks);
        Ok(())
    }
}

impl Mtrace {
    fn deed(&mut self, deed: &[u8], blocks: &mut Blocks) -> Option<()> {
        let mut scan = Scan::new(deed.get(1..)?);
        scan.blanks();
        let address = scan.c_number()?;
        match deed[0] {
            b'+' => {
                let bytes = last_number(scan)?;
                blocks.allocate(Request::Malloc { bytes }, address);
            }
            b'-' => {
                at_end(scan)?;
                blocks.free(address);
            }
            b'<' => {
                at_end(scan)?;
                self.cancel(blocks);
                self.begun = Some(blocks.begin_realloc(address));
            }
            b'>' => {
                let bytes = last_number(scan)?;
                let begun = self.begun.take();
                let begun = begun.unwrap_or_else(|| blocks.begin_realloc(0));
                blocks.end_realloc(begun, address, bytes);
            }
            _ => {
                last_number(scan)?;
                blocks.notes.failed.add(blocks.line);
            }
        }
        Some(())
    }

    /// Cancels a `<` without its `>`: the block is taken to be where it was.
    fn cancel(&mut self, blocks: &mut Blocks) {
        if let Some(begun) = self.begun.take() {
            blocks.cancel_realloc(begun);
        }
    }
}

/// Returns the line without its place, which ends in `] `. A file name may have that too.
fn deed_of(line: &[u8]) -> &[u8] {
    if !line.starts_with(b"@ ") {
        return line;
    }
    match memchr::memmem::rfind(line, b"] ") {
        Some(end) => &line[end + 2..],
        None => b"",
    }
}

fn last_number(mut scan: Scan) -> Option<u64> {
    scan.blanks();
    let number = scan.c_number()?;
    at_end(scan)?;
    Some(number)
}

fn at_end(scan: Scan) -> Option<()> {
    scan.is_at_end().then_some(())
}

#[cfg(test)]
mod tests {
    use crate::Tool;
    use crate::testing::{converted, notes, refused};

    fn ops(text: &str) -> String {
        converted(Tool::Mtrace, text)
    }

    #[test]
    fn every_kind_of_operation_is_read() {
        let log = "= Start\n\
                   @ ./p:[0x1] + 0x10 0x14\n\
                   @ ./p:(f+0x8)[0x2] + 0x40 0\n\
                   @ ./p:[0x3] < 0x10\n\
                   @ ./p:[0x3] > 0x80 0x1e\n\
                   @ ./p:[0x4] - 0x40\n\
                   @ ./p:[0x4] ! 0x80 0x4000000000000000\n\
                   @ ./p:[0x4] + (nil) 0x4000000000000000\n\
                   = End\n";
        assert_eq!(ops(log), "a 0 20, a 1 0, r 0 30, f 1");
        assert_eq!(notes(Tool::Mtrace, log).failed.times, 2);
    }

    #[test]
    fn old_logs_without_places_are_read() {
        assert_eq!(ops("= Start\n+ 0x10 0x8\n- 0x10\n"), "a 0 8, f 0");
    }

    #[test]
    fn names_of_files_may_have_blanks_and_brackets() {
        let log = "= Start\n@ ./my [1] prog:[0x1] + 0x10 0x8\n@ [0x1] - 0x10\n";
        assert_eq!(ops(log), "a 0 8, f 0");
    }

    #[test]
    fn windows_line_ends_and_a_missing_last_newline_are_read() {
        assert_eq!(ops("= Start\r\n@ p:[0x1] + 0x10 0x8\r\n@ p:[0x1] - 0x10"), "a 0 8, f 0");
    }

    #[test]
    fn a_log_may_begin_in_the_middle() {
        let log = "@ p:[0x1] - 0x99\n@ p:[0x1] > 0x10 0x8\n@ p:[0x1] - 0x10\n";
        assert_eq!(ops(log), "a 0 8, f 0");
        assert_eq!(notes(Tool::Mtrace, log).unknown_frees.times, 1);
    }

    #[test]
    fn a_truncated_log_is_read() {
        let log = "= Start\n@ p:[0x1] + 0x10 0x8\n@ p:[0x1] < 0x10\n@ p:[0x1] > 0x2";
        let notes = notes(Tool::Mtrace, log);
        assert_eq!((notes.unreadable.times, notes.unreadable.first_line), (1, 4));
        assert_eq!(notes.unfinished.times, 1);
        assert_eq!(ops(log), "a 0 8");
    }

    #[test]
    fn a_realloc_may_begin_twice() {
        let log = "= Start\n+ 0x10 0x8\n< 0x10\n< 0x10\n> 0x20 0x9\n- 0x20\n";
        assert_eq!(ops(log), "a 0 8, r 0 9, f 0");
    }

    #[test]
    fn a_forked_child_is_refused_with_its_line() {
        let log = "= Start\n+ 0x10 0x8\n- 0x10\n= Start\n+ 0x10 0x8\n";
        let error = refused(Tool::Mtrace, log);
        assert!(error.starts_with("error: log:4: a second `= Start`"), "{error}");
    }

    #[test]
    fn lines_that_are_not_operations_are_counted() {
        let log = "= Start\nhello\n+ 0x10 0x8\n@ p:[0x1] + 0x10\n@ p\n+ 10 20 30\n* 0x1\n";
        let notes = notes(Tool::Mtrace, log);
        assert_eq!((notes.unreadable.times, notes.other_lines.times), (3, 2));
        assert_eq!(ops(log), "a 0 8");
    }

    #[test]
    fn a_log_without_calls_is_refused() {
        let error = refused(Tool::Mtrace, "= Start\n= End\n");
        assert!(error.contains("no call of malloc"), "{error}");
        assert!(error.contains("MALLOC_TRACE"), "{error}");
    }
}
