//! Logs of ltrace, which shows calls of functions in libraries.
//!
//! A line is `[PID] [TIME] [PLACE] [CALLER->]NAME[@LIBRARY](ARGUMENTS) = RESULT [<TIME>]`,
//! where the options decide what is there: PID (of a thread) with -f, the first time with
//! -t or -r, the place in brackets with -i, CALLER with -e, the library with -x, the last
//! time with -T. Numbers are decimal, blocks hexadecimal with `0x`, NULL is 0, and a free's
//! result is `<void>`.
//!
//! ```text
//! malloc(24)                                = 0x55aa10
//! posix_memalign(0x7ffe10, 64, 96, 1)       = 0
//! 812 realloc(0x55aa10, 48 <unfinished ...>
//! 813 free(0x55bb00)                        = <void>
//! 812 <... realloc resumed> )               = 0x55aa80
//! 812 +++ exited (status 0) +++
//! ```
//!
//! - Functions whose arguments ltrace does not know print four registers, so the aligned
//!   calls and reallocarray have numbers after their own arguments that mean nothing.
//! - posix_memalign stores its block, and ltrace does not show where: the address is not in
//!   the log.
//! - Between the two halves of a call there may be calls of other threads, and with -e and -x also
//!   the calls that the function makes itself: an operator new calls malloc, a reallocarray calls
//!   realloc. Such a call is counted once ([`frames`](crate::frames)).
//! - With -e, calls that the C library makes itself may have wrong names: a realloc is called
//!   calloc, and a strlen realloc. Those whose numbers don't fit are skipped.
//! - `<no return ...>` ends a line whose call was left by a signal or exit.
//! - Programs that print their own calls, such as a textbook's malloc that wraps the C library's,
//!   print the same lines, and a free without a result.
//! - A forked child has its own PID, as threads have. A PID is known to be a process if fork
//!   returns it, if it calls exec, or if it and another PID have one block at once.

use crate::blocks::{Blocks, Request};
use crate::error::Refusal;
use crate::frames::{Call, Frames};
use crate::names::{Function, function};
use crate::processes::Processes;
use crate::reader::Reader;
use crate::scan::{Scan, find};

/// glibc's page size, for valloc and pvalloc.
const PAGE_BYTES: u64 = 4096;

pub(crate) struct Ltrace {
    processes: Processes,
    frames: Frames,
}

impl Ltrace {
    pub fn new(chosen: &[u32]) -> Ltrace {
        Ltrace { processes: Processes::new(chosen), frames: Frames::default() }
    }
}

/// The content of a line, after the optional parts before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event<'a> {
    /// A call; the arguments and what follows are not read yet.
    Call { caller: &'a [u8], name: &'a [u8], rest: Scan<'a> },
    /// The second half of a call.
    Resumed { name: &'a [u8], rest: Scan<'a> },
    /// The process became another program.
    Exec,
    /// The process or thread ended.
    Ended,
    /// A signal.
    Signal,
}

/// How the line of a call goes on after the arguments.
enum Outcome {
    Result(u64),
    /// Its second half follows.
    Unfinished,
    NoReturn,
}

impl Reader for Ltrace {
    fn line(&mut self, line: &[u8], blocks: &mut Blocks) -> Result<(), Refusal> {
        let Some((pid, event)) = event(line) else {
            if !line.trim_ascii().is_empty() {
                blocks.notes.other_lines.add(blocks.line);
            }
            return Ok(());
        };
        let is_chosen = self.processes.is_chosen(pid);
        blocks.caller = pid;
        match event {
            Event::Call { caller, name, rest } => match function(name) {
                Some(function) if is_chosen => {
                    self.processes.count(pid);
                    if self.call(pid, function, caller, rest, blocks).is_none() {
                        blocks.notes.unreadable.add(blocks.line);
                    }
                }
                Some(_) => {
                    self.processes.count(pid);
                    blocks.notes.other_processes.add(blocks.line);
                }
                None => self.fork(pid, name, rest),
            },
            Event::Resumed { name, rest } => match function(name) {
                Some(function) if is_chosen => self.resumed(pid, function, rest, blocks),
                Some(_) => {}
                None => self.fork(pid, name, rest),
            },
            Event::Exec => {
                if !self.processes.is_first(pid) {
                    self.processes.is_forked(pid);
                }
                if is_chosen {
                    self.frames.forget(pid, blocks);
                    blocks.forget_all();
                }
            }
            Event::Ended => self.frames.forget(pid, blocks),
            Event::Signal => {}
        }
        Ok(())
    }

    fn end(&mut self, blocks: &mut Blocks) -> Result<(), Refusal> {
        self.frames.end(blocks);
        self.processes.check_threads(blocks.conflict)
    }
}

impl Ltrace {
    /// Reads the line of a call of an allocator; `None` if it can't be read.
    fn call(
        &mut self,
        pid: u32,
        function: Function,
        caller: &[u8],
        mut rest: Scan,
        blocks: &mut Blocks,
    ) -> Option<()> {
        let numbers = numbers(&mut rest);
        let mut call = call(function, &numbers)?;
        let is_from_c_library = caller.starts_with(b"libc.");
        if is_from_c_library {
            call = named_right(call, &numbers, blocks);
        }
        match outcome(rest, call)? {
            Outcome::Result(result) if is_from_c_library && !is_likely(call, result, blocks) => {
                blocks.notes.other_lines.add(blocks.line);
            }
            Outcome::Result(result) => self.frames.complete(pid, call, result, blocks),
            Outcome::Unfinished => self.frames.begin(pid, call, blocks),
            Outcome::NoReturn => self.frames.no_return(pid, call, blocks),
        }
        Some(())
    }

    fn resumed(&mut self, pid: u32, function: Function, mut rest: Scan, blocks: &mut Blocks) {
        // Arguments that the function stores come here, and the parenthesis.
        let Some(close) = memchr::memchr(b')', rest.rest) else {
            return blocks.notes.unreadable.add(blocks.line);
        };
        rest.rest = &rest.rest[close + 1..];
        let result = match function {
            Function::Free => Some(0),
            _ => result(rest),
        };
        let is_known =
            result.is_some_and(|result| self.frames.resume(pid, function, result, blocks));
        if !is_known {
            blocks.notes.unreadable.add(blocks.line);
        }
    }

    /// Notes the processes that fork returns, and those that it returns in.
    fn fork(&mut self, pid: u32, name: &[u8], rest: Scan) {
        if !matches!(name, b"fork" | b"vfork" | b"_Fork" | b"__libc_fork") {
            return;
        }
        let Some(close) = memchr::memchr(b')', rest.rest) else {
            return;
        };
        let after = Scan::new(&rest.rest[close + 1..]);
        match result(after).map(u32::try_from) {
            Some(Ok(0)) if pid != 0 => self.processes.is_forked(pid),
            Some(Ok(child)) if child != 0 => self.processes.is_forked(child),
            _ => {}
        }
    }
}

/// Returns the PID of a line, or 0, and what it says; `None` for a line that is not ltrace's.
pub(crate) fn event(line: &[u8]) -> Option<(u32, Event<'_>)> {
    let mut scan = Scan::new(line);
    scan.blanks();
    let mut pid = 0;
    let mut is_first = true;
    // PID, time and place.
    loop {
        let mut ahead = scan;
        let word = ahead.word()?;
        let is_place = word.starts_with(b"[") && word.ends_with(b"]");
        let is_number = word.iter().all(u8::is_ascii_digit);
        let is_time = word.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b':'));
        match (is_number, is_time || is_place) {
            (true, _) if is_first => pid = u32::try_from(Scan::new(word).decimal()?).ok()?,
            (_, true) => {}
            _ => break,
        }
        scan = ahead;
        scan.blanks();
        is_first = false;
    }
    if scan.eat("<... ") {
        let name = scan.name();
        return scan.eat(" resumed>").then_some((pid, Event::Resumed { name, rest: scan }));
    }
    if scan.eat("--- ") {
        let is_exec = scan.eat("Called exec");
        return Some((pid, if is_exec { Event::Exec } else { Event::Signal }));
    }
    if scan.eat("+++ ") {
        return Some((pid, Event::Ended));
    }
    let open = memchr::memchr(b'(', scan.rest)?;
    let (head, rest) = scan.rest.split_at(open);
    let (caller, name) = match memchr::memmem::rfind(head, b"->") {
        Some(arrow) => (&head[..arrow], &head[arrow + 2..]),
        None => (&head[..0], head),
    };
    let name = name.split(|&byte| byte == b'@').next()?;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    if name.is_empty() || !name.iter().all(is_name) {
        return None;
    }
    let rest = Scan::new(&rest[1..]);
    Some((pid, Event::Call { caller, name, rest }))
}

/// Returns whether the rest of a line is that of a call of the function, with its end or without.
pub(crate) fn is_call(function: Function, mut rest: Scan) -> bool {
    let numbers = numbers(&mut rest);
    call(function, &numbers).is_some_and(|call| outcome(rest, call).is_some())
}

/// Reads the numbers in front, with commas between, up to what is not a number. A size that was
/// printed with a sign is the number that malloc got.
fn numbers(rest: &mut Scan) -> Vec<u64> {
    let mut numbers = Vec::with_capacity(4);
    while numbers.len() < 8 {
        rest.blanks();
        let is_negative = rest.eat("-");
        let Some(number) = rest.c_number() else {
            break;
        };
        numbers.push(if is_negative { number.wrapping_neg() } else { number });
        if !rest.eat(",") {
            break;
        }
    }
    numbers
}

/// Returns the call of a function with these numbers; there may be more than it takes.
fn call(function: Function, numbers: &[u64]) -> Option<Call> {
    let new = |request| Some(Call::New(request));
    let memalign = |alignment, bytes| new(Request::Memalign { alignment, bytes });
    // A product that overflows is a request that no heap can serve.
    let product = u64::saturating_mul;
    match (function, numbers) {
        (Function::Malloc, &[bytes, ..]) => new(Request::Malloc { bytes }),
        (Function::Calloc, &[count, bytes, ..]) => {
            new(Request::Calloc { bytes: product(count, bytes) })
        }
        (Function::Realloc, &[old, bytes, ..]) => Some(Call::Realloc { old, bytes }),
        (Function::ReallocArray, &[old, count, bytes, ..]) => {
            Some(Call::Realloc { old, bytes: product(count, bytes) })
        }
        (Function::Memalign, &[alignment, bytes, ..]) => memalign(alignment, bytes),
        (Function::AlignedNew, &[bytes, alignment, ..]) => memalign(alignment, bytes),
        (Function::PosixMemalign, &[_, alignment, bytes, ..]) => {
            Some(Call::PosixMemalign(Request::Memalign { alignment, bytes }))
        }
        (Function::Valloc, &[bytes, ..]) => memalign(PAGE_BYTES, bytes),
        (Function::Pvalloc, &[bytes, ..]) => {
            let pages = bytes.checked_next_multiple_of(PAGE_BYTES);
            memalign(PAGE_BYTES, pages.unwrap_or(u64::MAX))
        }
        (Function::Free, &[block, ..]) => Some(Call::Free { block }),
        _ => None,
    }
}

/// Corrects the name of a call. Those that the C library makes itself often have wrong names in
/// ltrace: a calloc may be a realloc, as its first argument then shows.
fn named_right(call: Call, numbers: &[u64], blocks: &Blocks) -> Call {
    let (Call::New(Request::Calloc { .. }), &[old, bytes, ..]) = (call, numbers) else {
        return call;
    };
    let is_block = old == 0 || blocks.is_live(old) || old.checked_mul(bytes).is_none();
    if is_block { Call::Realloc { old, bytes } } else { call }
}

/// Returns whether a call with the name of an allocator's may be one: its result is an address
/// that an allocator gives out, and what it resizes is a block.
fn is_likely(call: Call, result: u64, blocks: &Blocks) -> bool {
    let is_address = result == 0 || (result >= PAGE_BYTES && result.is_multiple_of(8));
    match call {
        Call::Free { .. } => true,
        Call::PosixMemalign(_) => result < PAGE_BYTES,
        Call::New(_) => is_address,
        Call::Realloc { old, .. } => is_address && (old == 0 || blocks.is_live(old)),
    }
}

/// Reads what follows the arguments.
fn outcome(mut rest: Scan, call: Call) -> Option<Outcome> {
    rest.blanks();
    if rest.eat("<unfinished ...>") {
        return Some(Outcome::Unfinished);
    }
    if rest.eat("<no return ...>") {
        return Some(Outcome::NoReturn);
    }
    // Arguments that are not numbers may come first.
    let close = memchr::memchr(b')', rest.rest)?;
    rest.rest = &rest.rest[close + 1..];
    match call {
        Call::Free { .. } => {
            let is_end = rest.rest.trim_ascii().is_empty();
            (is_end || find(rest.rest, "=").is_some()).then_some(Outcome::Result(0))
        }
        _ => result(rest).map(Outcome::Result),
    }
}

/// Returns the number after `=`.
fn result(mut rest: Scan) -> Option<u64> {
    rest.blanks();
    if !rest.eat("=") {
        return None;
    }
    rest.blanks();
    let number = rest.c_number()?;
    let is_end = rest.rest.first().is_none_or(u8::is_ascii_whitespace);
    is_end.then_some(number)
}

#[cfg(test)]
mod tests;
