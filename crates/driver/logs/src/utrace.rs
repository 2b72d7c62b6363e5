//! FreeBSD's utrace records of jemalloc, as kdump prints them.
//!
//! A program that runs with `MALLOC_CONF=utrace:true` under ktrace writes a record for
//! each call. kdump prints the process, the command, the word `USER` and the call; a time
//! or a thread may stand before `USER`. Lines of other kinds (CALL, RET, NAMI) stand
//! between, and the loader has records too, which begin with `RTLD:`.
//!
//! | text after `USER` | call |
//! |---|---|
//! | `NEW = malloc(BYTES)` | malloc, calloc, or an aligned call |
//! | `NEW = realloc(OLD, BYTES)` | realloc |
//! | `free(BLOCK)` | free, or realloc to 0 bytes |
//! | `free(0x0)` | malloc(0): a record without a size prints as a free |
//! | `malloc_init()` | the first record; a free(NULL) prints so as well |
//!
//! ```text
//!   815 sorter   USER  0x8010000a0 = malloc(24)
//!   815 sorter   USER  0x801000100 = realloc(0x8010000a0, 48)
//!   815 sorter   CALL  write(0x1,0x801000100,0x30)
//!   815 sorter   USER  free(0x801000100)
//! ```

use crate::blocks::{Blocks, Request};
use crate::error::Refusal;
use crate::processes::Processes;
use crate::reader::Reader;
use crate::scan::{Scan, find};

pub(crate) struct Utrace {
    processes: Processes,
}

impl Utrace {
    pub fn new(chosen: &[u32]) -> Utrace {
        Utrace { processes: Processes::new(chosen) }
    }
}

/// A record of an allocator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Malloc { new: u64, bytes: u64 },
    Realloc { new: u64, old: u64, bytes: u64 },
    Free { block: u64 },
}

impl Reader for Utrace {
    fn line(&mut self, line: &[u8], blocks: &mut Blocks) -> Result<(), Refusal> {
        let Some((pid, text)) = split(line) else {
            if !line.trim_ascii().is_empty() {
                blocks.notes.other_lines.add(blocks.line);
            }
            return Ok(());
        };
        let is_call =
            ["malloc(", "realloc(", "free("].iter().any(|name| find(text, name).is_some());
        match call(text) {
            Some(call) => self.take(pid, call, blocks),
            None if is_call => blocks.notes.unreadable.add(blocks.line),
            None => blocks.notes.other_lines.add(blocks.line),
        }
        Ok(())
    }

    fn end(&mut self, _: &mut Blocks) -> Result<(), Refusal> {
        self.processes.check_processes()
    }
}

impl Utrace {
    fn take(&mut self, pid: u32, call: Call, blocks: &mut Blocks) {
        self.processes.count(pid);
        if !self.processes.takes(pid) {
            return blocks.notes.other_processes.add(blocks.line);
        }
        match call {
            Call::Malloc { new, bytes } => blocks.allocate(Request::Malloc { bytes }, new),
            Call::Realloc { new, old, bytes } => blocks.realloc(old, new, bytes),
            Call::Free { block: 0 } => blocks.notes.ambiguous.add(blocks.line),
            Call::Free { block } => blocks.free(block),
        }
    }
}

/// Returns the process of a line and what stands after `USER`.
pub(crate) fn split(line: &[u8]) -> Option<(u32, &[u8])> {
    let user = find(line, " USER ")?;
    let mut scan = Scan::new(&line[..user]);
    scan.blanks();
    let pid = u32::try_from(scan.decimal()?).ok()?;
    if !scan.rest.first()?.is_ascii_whitespace() {
        return None;
    }
    Some((pid, line[user + 6..].trim_ascii()))
}

fn call(text: &[u8]) -> Option<Call> {
    let mut scan = Scan::new(text);
    if scan.eat("free(") {
        let block = scan.c_number()?;
        return ends(scan).then_some(Call::Free { block });
    }
    let new = scan.c_number()?;
    if !scan.eat(" = ") {
        return None;
    }
    if scan.eat("malloc(") {
        let bytes = scan.c_number()?;
        return ends(scan).then_some(Call::Malloc { new, bytes });
    }
    if !scan.eat("realloc(") {
        return None;
    }
    let old = scan.c_number()?;
    if !scan.eat(",") {
        return None;
    }
    scan.blanks();
    let bytes = scan.c_number()?;
    ends(scan).then_some(Call::Realloc { new, old, bytes })
}

fn ends(mut scan: Scan) -> bool {
    scan.eat(")") && scan.is_at_end()
}

#[cfg(test)]
mod tests {
    use crate::Tool;
    use crate::testing::{converted, converted_of, notes, refused};

    fn ops(text: &str) -> String {
        converted(Tool::Utrace, text)
    }

    #[test]
    fn every_call_is_read() {
        let log = "  7 p  USER  malloc_init()\n\
                   \x20 7 p  USER  0x10 = malloc(100)\n\
                   \x20 7 p  USER  0x20 = malloc(7)\n\
                   \x20 7 p  USER  0x40 = realloc(0x10, 200)\n\
                   \x20 7 p  USER  free(0x20)\n";
        assert_eq!(ops(log), "a 0 100, a 1 7, r 0 200, f 1");
    }

    #[test]
    fn other_records_are_passed_over() {
        let log = "  7 p        CALL  write(0x1,0x8,0x5)\n\
                   \x20 7 p        RET   write 5\n\
                   \x20 7 p        USER  RTLD: load /lib/libc.so.7\n\
                   \x20 7 p        1.25 USER  0x10 = malloc(1)\n\
                   \x20 7 101044 p USER  free(0x10)\n";
        assert_eq!(ops(log), "a 0 1, f 0");
        assert_eq!(notes(Tool::Utrace, log).unreadable.times, 0);
    }

    #[test]
    fn a_free_of_null_is_counted_as_ambiguous() {
        let log = "7 p USER 0x10 = malloc(1)\n7 p USER free(0x0)\n7 p USER free(0x50)\n";
        assert_eq!(ops(log), "a 0 1");
        let notes = notes(Tool::Utrace, log);
        assert_eq!((notes.ambiguous.times, notes.unknown_frees.times), (1, 1));
    }

    #[test]
    fn failed_requests_are_left_out() {
        let log = "7 p USER 0x10 = malloc(1)\n7 p USER 0x0 = malloc(9999999999)\n\
                   7 p USER 0x0 = realloc(0x10, 9999999999)\n7 p USER free(0x10)\n";
        assert_eq!(ops(log), "a 0 1, f 0");
        assert_eq!(notes(Tool::Utrace, log).failed.times, 2);
    }

    #[test]
    fn realloc_of_null_is_malloc() {
        assert_eq!(ops("7 p USER 0x10 = realloc(0x0, 5)\n7 p USER free(0x10)\n"), "a 0 5, f 0");
    }

    const TWO: &str = "7 p USER 0x10 = malloc(1)\n8 q USER 0x10 = malloc(2)\n\
                       8 q USER free(0x10)\n7 p USER free(0x10)\n";

    #[test]
    fn one_of_several_processes_must_be_chosen() {
        let error = refused(Tool::Utrace, TWO);
        assert!(error.contains("several processes: 7 (2 calls), 8 (2 calls)"), "{error}");
        assert!(error.contains("--pid 7`"), "{error}");
        assert_eq!(converted_of(Tool::Utrace, TWO, &[8]), "a 0 2, f 0");
    }

    #[test]
    fn a_missing_process_is_an_error_that_names_the_others() {
        let error = crate::testing::refused_of(Tool::Utrace, TWO, &[9]);
        assert!(error.contains("process 9; the log has 7 (2 calls), 8"), "{error}");
    }

    #[test]
    fn broken_lines_are_counted() {
        let log = "7 p USER 0x10 = malloc(1)\n7 p USER 0x20 = malloc(\n7 p USER free(0x10\n\
                   7 p USER 0x20 = realloc(0x10)\nx p USER free(0x10)\n7 p USER 24 0x1 0x2\n";
        assert_eq!(ops(log), "a 0 1");
        let notes = notes(Tool::Utrace, log);
        assert_eq!((notes.unreadable.times, notes.other_lines.times), (3, 2));
    }

    #[test]
    fn windows_line_ends_are_read() {
        assert_eq!(ops("7 p USER 0x10 = malloc(1)\r\n7 p USER free(0x10)\r\n"), "a 0 1, f 0");
    }

    #[test]
    fn a_dump_without_utrace_records_is_refused() {
        let error = refused(Tool::Utrace, "  7 p CALL  write(0x1,0x8,0x5)\n");
        assert!(error.contains("MALLOC_CONF=utrace:true"), "{error}");
    }
}
