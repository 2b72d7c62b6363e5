//! Logs of valgrind's tools with `--trace-malloc=yes`.
//!
//! A line of a report begins with `==PID== `, and one with calls with `--PID-- `. With
//! `--time-stamp=yes` a time stands before the process: `--00:00:00:01.250 PID-- `. A
//! forked child has its own PID; threads are not distinguished. Blocks are hexadecimal with
//! `0x`, in capitals, and NULL is `0x0`.
//!
//! | text | call |
//! |---|---|
//! | `malloc(BYTES) = BLOCK` | malloc, and operator new by its name in object files |
//! | `calloc(COUNT,BYTES) = BLOCK` | calloc |
//! | `memalign(al ALIGNMENT, size BYTES) = BLOCK` | any aligned call |
//! | `_ZnwmSt11align_val_t(size BYTES, al ALIGNMENT) = BLOCK` | operator new with an alignment |
//! | `realloc(OLD,BYTES) = BLOCK` | realloc |
//! | `free(BLOCK)` | free, and operator delete; there is no result |
//!
//! A call is written in parts, so a line may have several calls:
//!
//! - `realloc(0x0,40)malloc(40) = BLOCK`: a realloc of NULL is a malloc. The result is the
//!   realloc's, also if the malloc stands behind a realloc of a block.
//! - `realloc(OLD,0)free(OLD)`, and on the next line ` = 0`: a realloc to nothing is a free.
//! - A calloc whose product overflows has no result, and the next call follows on its line.
//!
//! When a program ends, valgrind frees what the C library keeps: many `free(0x0)` that the
//! program did not make stand at the end of each log. The last calls are left out as long
//! as they are such frees.
//!
//! ```text
//! ==52== Command: ./a.out
//! --52-- malloc(24) = 0x4A41040
//! --52-- realloc(0x4A41040,48) = 0x4A41090
//! --52-- realloc(0x4A41090,0)free(0x4A41090)
//! --52--  = 0
//! ```

use crate::blocks::{Blocks, Request};
use crate::error::Refusal;
use crate::names::{Function, function};
use crate::processes::Processes;
use crate::reader::Reader;
use crate::scan::{Scan, find};

/// glibc's page size, for valloc and pvalloc under their own names.
const PAGE_BYTES: u64 = 4096;

pub(crate) struct Valgrind {
    processes: Processes,
    /// The call of the chosen process that waits for its result.
    waiting: Option<Waiting>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    New(Request),
    Realloc {
        old: u64,
        bytes: u64,
    },
    /// A call that is not a request, such as malloc_usable_size.
    Other,
}

impl Valgrind {
    pub fn new(chosen: &[u32]) -> Valgrind {
        Valgrind { processes: Processes::new(chosen), waiting: None }
    }
}

impl Reader for Valgrind {
    fn line(&mut self, line: &[u8], blocks: &mut Blocks) -> Result<(), Refusal> {
        let Some((pid, text)) = find_calls(line) else {
            if line.starts_with(b"==") {
                self.report(line, blocks);
            } else if !line.is_empty() {
                blocks.notes.other_lines.add(blocks.line);
            }
            return Ok(());
        };
        if self.processes.takes(pid) {
            self.calls(pid, text, blocks);
        } else if starts_call(text) {
            self.processes.count(pid);
            blocks.notes.other_processes.add(blocks.line);
        }
        Ok(())
    }

    fn end(&mut self, blocks: &mut Blocks) -> Result<(), Refusal> {
        if matches!(self.waiting, Some(Waiting::New(_) | Waiting::Realloc { .. })) {
            blocks.notes.unfinished.add(blocks.line);
        }
        blocks.drop_last_null_frees();
        self.processes.check_processes()
    }
}

impl Valgrind {
    /// Takes a line of a report. A second `Command:` of the same process means that it became
    /// another program, which valgrind follows with --trace-children=yes.
    fn report(&mut self, line: &[u8], blocks: &mut Blocks) {
        let Some(text) = find(line, "== Command: ") else {
            return;
        };
        let words = line[..text].rsplit(|byte| !byte.is_ascii_digit());
        let pid = words.map(Scan::new).next().and_then(|mut word| word.decimal());
        let pid = pid.and_then(|pid| u32::try_from(pid).ok());
        if pid.is_some_and(|pid| self.processes.takes(pid) && self.processes.has_called(pid)) {
            self.waiting = None;
            blocks.forget_all();
        }
    }

    /// Takes the calls and results in the text of a line.
    fn calls(&mut self, pid: u32, text: &[u8], blocks: &mut Blocks) {
        let mut scan = Scan::new(text);
        let mut is_first = true;
        while !scan.is_at_end() {
            scan.blanks();
            let before = scan;
            if scan.eat("= ") {
                match scan.c_number() {
                    Some(result) => self.result(result, blocks),
                    None => return blocks.notes.unreadable.add(blocks.line),
                }
            } else if let Some((name, arguments)) = call(&mut scan) {
                match function(name) {
                    Some(function) => {
                        self.processes.count(pid);
                        if self.call(function, arguments, blocks).is_none() {
                            return blocks.notes.unreadable.add(blocks.line);
                        }
                    }
                    None => self.waiting = Some(Waiting::Other),
                }
            } else if is_first && !starts_call(before.rest) {
                // Another message of the tool, as with -v.
                return blocks.notes.other_lines.add(blocks.line);
            } else if !before.rest.is_empty() {
                return blocks.notes.unreadable.add(blocks.line);
            }
            is_first = false;
        }
    }

    fn call(&mut self, function: Function, arguments: &[u8], blocks: &mut Blocks) -> Option<()> {
        let numbers = numbers(arguments)?;
        if function == Function::Free {
            let &[block, ..] = &numbers[..] else {
                return None;
            };
            match self.waiting.take() {
                // valgrind makes the free in place of the realloc.
                Some(Waiting::Realloc { old, bytes: 0 }) if old == block => {
                    blocks.realloc(old, 0, 0);
                }
                waiting => {
                    self.give_up(waiting, blocks);
                    blocks.free(block);
                }
            }
            return Some(());
        }
        let next = match (function, &numbers[..]) {
            (Function::Realloc, &[old, bytes]) => Waiting::Realloc { old, bytes },
            (Function::ReallocArray, &[old, count, bytes]) => {
                Waiting::Realloc { old, bytes: count.saturating_mul(bytes) }
            }
            (_, numbers) => Waiting::New(request(function, numbers)?),
        };
        match (self.waiting.replace(next), next) {
            // valgrind makes the malloc in place of the realloc: the result is the realloc's.
            (
                Some(Waiting::Realloc { old, bytes }),
                Waiting::New(Request::Malloc { bytes: inner }),
            ) if bytes == inner => self.waiting = Some(Waiting::Realloc { old, bytes }),
            (waiting, _) => self.give_up(waiting, blocks),
        }
        Some(())
    }

    fn result(&mut self, result: u64, blocks: &mut Blocks) {
        match self.waiting.take() {
            Some(Waiting::New(request)) => blocks.allocate(request, result),
            Some(Waiting::Realloc { old, bytes }) => blocks.realloc(old, result, bytes),
            // The ` = 0` of a realloc to nothing, or a result that is not needed.
            Some(Waiting::Other) | None => {}
        }
    }

    /// Counts a call without a result: its product overflowed, or its line is lost.
    fn give_up(&mut self, waiting: Option<Waiting>, blocks: &mut Blocks) {
        if let Some(Waiting::New(_) | Waiting::Realloc { .. }) = waiting {
            blocks.notes.failed.add(blocks.line);
        }
    }
}

/// The longest time and process, as in `00:00:00:01.250 4194304-- `, and more.
const LONGEST_PREFIX_BYTES: usize = 64;

/// Returns the process of a line with calls, and its text. Output of the program may stand before
/// it, if both go to one terminal.
pub(crate) fn find_calls(line: &[u8]) -> Option<(u32, &[u8])> {
    memchr::memmem::find_iter(line, b"--").find_map(|at| {
        let rest = &line[at + 2..];
        let mut scan = Scan::new(&rest[..rest.len().min(LONGEST_PREFIX_BYTES)]);
        let mut number = scan.decimal()?;
        // A time has colons and a point; only it may stand before the process.
        if scan.rest.first() == Some(&b':') {
            scan.word()?;
            scan.blanks();
            number = scan.decimal()?;
        }
        let pid = u32::try_from(number).ok()?;
        let text = &rest[rest.len().min(LONGEST_PREFIX_BYTES) - scan.rest.len()..];
        Some((pid, text.strip_prefix(b"-- ")?))
    })
}

/// Returns whether the text begins with a call of an allocator.
pub(crate) fn starts_call(text: &[u8]) -> bool {
    let mut scan = Scan::new(text);
    scan.blanks();
    let name = scan.name();
    function(name).is_some() && scan.eat("(")
}

/// Reads a name and the text between its parentheses.
fn call<'a>(scan: &mut Scan<'a>) -> Option<(&'a [u8], &'a [u8])> {
    let before = *scan;
    let name = scan.name();
    if !name.is_empty()
        && scan.eat("(")
        && let Some(end) = memchr::memchr(b')', scan.rest)
    {
        let arguments = &scan.rest[..end];
        scan.rest = &scan.rest[end + 1..];
        return Some((name, arguments));
    }
    *scan = before;
    None
}

/// Returns the numbers of `al 64, size 200`, `0x4A4,10` or `10`; at most four.
fn numbers(arguments: &[u8]) -> Option<Vec<u64>> {
    let parts = arguments.split(|&byte| byte == b',').take(4);
    parts
        .map(|part| {
            let word = part.trim_ascii().rsplit(|&byte| byte == b' ').next()?;
            let mut scan = Scan::new(word);
            let number = scan.c_number()?;
            scan.is_at_end().then_some(number)
        })
        .collect()
}

/// Returns a request for a new block by a function with these numbers.
fn request(function: Function, numbers: &[u64]) -> Option<Request> {
    Some(match (function, numbers) {
        (Function::Malloc, &[bytes, ..]) => Request::Malloc { bytes },
        (Function::Calloc, &[count, bytes]) => Request::Calloc {
            // A product that overflows gets no result.
            bytes: count.saturating_mul(bytes),
        },
        (Function::Memalign | Function::PosixMemalign, &[alignment, bytes]) => {
            Request::Memalign { alignment, bytes }
        }
        (Function::AlignedNew, &[bytes, alignment, ..]) => Request::Memalign { alignment, bytes },
        (Function::Valloc | Function::Pvalloc, &[bytes]) => Request::Memalign {
            alignment: PAGE_BYTES,
            bytes: match function {
                Function::Pvalloc => bytes.checked_next_multiple_of(PAGE_BYTES)?,
                _ => bytes,
            },
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
