//! The allocator's functions that run when a heap is stopped: which called which, and where.
//!
//! `#[track_caller]` gives one line of an allocator: often that of a small helper, which is right,
//! and is called with a wrong number. So a run that looks for the cause of a fault takes a
//! backtrace where the fault is. A program without debug information gives no frames; then only
//! the one line is known.

use crate::foreign;
use crate::frame::Frame;
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::env;

thread_local! {
    static IS_WANTED: Cell<bool> = const { Cell::new(false) };
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

/// A stack as it was taken.
enum Kept {
    Rust(Backtrace),
    /// Of an allocator in another language.
    Foreign(Vec<Frame>),
}

impl Kept {
    fn here() -> Kept {
        match foreign::frames() {
            Some(frames) => Kept::Foreign(frames),
            None => Kept::Rust(Backtrace::force_capture()),
        }
    }

    fn frames(self) -> Vec<Frame> {
        match self {
            Kept::Rust(backtrace) => frames(&format!("{backtrace:?}")),
            Kept::Foreign(frames) => frames,
        }
    }
}

/// Keeps the calling thread's stack, if the run that it makes looks for a cause. A panic hook calls
/// this, as the stack is gone when the panic is caught.
pub fn keep_stack() {
    if IS_WANTED.get() {
        KEPT.replace(Some(Kept::here()));
    }
}

/// Does some work that may stop a heap. Returns the allocator's frames where it was stopped last,
/// the innermost first; none if it was not, or if the program has no debug information.
pub(crate) fn frames_of<T>(work: impl FnOnce() -> T) -> (T, Vec<Frame>) {
    KEPT.take();
    IS_WANTED.set(true);
    let done = work();
    IS_WANTED.set(false);
    let frames = KEPT.take().map_or_else(Vec::new, Kept::frames);
    (done, frames)
}

/// Returns the allocator's frames of the calling thread, the innermost first.
pub fn frames_here() -> Vec<Frame> {
    Kept::here().frames()
}

/// Returns the same of a thread that was interrupted anywhere; none if it is at an instruction that
/// belongs to no line. Its innermost function would be missing then.
pub fn frames_where_interrupted() -> Option<Vec<Frame>> {
    if let Some(frames) = foreign::frames_where_interrupted() {
        return Some(frames).filter(|frames| !frames.is_empty());
    }
    let backtrace = format!("{:?}", Backtrace::force_capture());
    (!lacks_innermost_line(&backtrace)).then(|| frames(&backtrace))
}

/// Returns whether the innermost frame of the allocator has a file, but no line.
fn lacks_innermost_line(backtrace: &str) -> bool {
    let innermost = backtrace.split("{ fn: \"").skip(1).find_map(|entry| {
        let (_, rest) = entry.split_once("\", file: \"")?;
        let (file, _) = rest.split_once('"')?;
        (author(file) == Author::Allocator).then_some(entry)
    });
    innermost.is_some_and(|entry| parts(entry).is_none())
}

/// Who wrote the code of a frame.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Author {
    Allocator,
    Driver,
    /// The machine, which the allocator calls, or Rust's own libraries.
    Below,
}

/// Returns the allocator's frames of a backtrace, printed for debugging: those between the machine,
/// which it called, and the driver, which called it.
fn frames(backtrace: &str) -> Vec<Frame> {
    let here = env::current_dir().unwrap_or_default();
    let here = here.to_string_lossy();
    let all = backtrace.split("{ fn: \"").skip(1).filter_map(parts);
    let all = all.map(|(function, file, line)| (function, absolute(file, &here), line));
    let (mut root, mut frames): (Option<String>, Vec<Frame>) = (None, Vec::new());
    let mut is_called_by_driver = false;
    for (function, file, line) in all {
        match author(&file) {
            Author::Driver if !frames.is_empty() => {
                is_called_by_driver = true;
                break;
            }
            Author::Driver => {
                let end = DRIVERS.iter().find_map(|driver| file.find(driver)).unwrap_or(0);
                root.get_or_insert_with(|| file[..end].to_owned());
            }
            Author::Below => {}
            Author::Allocator => {
                let file = file.strip_prefix(root.as_deref().unwrap_or_default()).unwrap_or(&file);
                let file = file.to_owned();
                frames.push(Frame { function: name(function), file, line });
            }
        }
    }
    // Without the program's own debug information there may be frames of the C library.
    if !is_called_by_driver {
        return Vec::new();
    }
    // `impl Heap` of a lab only calls the student's function of the same name.
    while let [.., inner, outer] = frames.as_slice()
        && inner.function == outer.function
        && inner.file != outer.file
    {
        frames.pop();
    }
    frames
}

/// Returns a path from the root. A backtrace shortens those below the folder that it is printed in.
fn absolute(file: &str, here: &str) -> String {
    match file.strip_prefix("./") {
        Some(below) => format!("{here}/{below}"),
        None => file.to_owned(),
    }
}

/// Takes `name", file: "path", line: 12 }` apart.
fn parts(text: &str) -> Option<(&str, &str, u32)> {
    let (function, rest) = text.split_once("\", file: \"")?;
    let (file, rest) = rest.split_once("\", line: ")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    Some((function, file, rest[..digits].parse().ok()?))
}

/// Where those who call an allocator are, and the probes that it calls.
const DRIVERS: [&str; 2] = ["crates/driver/", "crates/analysis/"];

fn author(file: &str) -> Author {
    let has = |part: &str| file.contains(part);
    if DRIVERS.iter().any(|driver| has(driver)) {
        Author::Driver
    } else if has("crates/machine/") || has("/rustc/") || has("/library/") || has("/registry/") {
        Author::Below
    } else {
        Author::Allocator
    }
}

/// Returns the name of a function without its path, type parameters, hash and closures.
fn name(path: &str) -> String {
    let (mut plain, mut depth) = (String::new(), 0u32);
    for letter in path.replace("->", "").chars() {
        match letter {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    let is_hash = |part: &str| part.len() == 17 && part.starts_with('h');
    let parts = plain.rsplit("::");
    let mut parts = parts.filter(|part| !part.is_empty() && !is_hash(part) && !part.contains('{'));
    parts.next().unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = r#"Backtrace [
        { fn: "heaplab_replay::stack::keep_stack", file: "/home/me/lab/crates/driver/replay/src/stack.rs", line: 9 },
        { fn: "std::panicking::hook::h0123456789abcdef", file: "/rustc/5980/library/std/src/panicking.rs", line: 1 },
        { fn: "heaplab_arena::machine::Arena<P>::load", file: "/home/me/lab/crates/machine/arena/src/machine.rs", line: 2 },
        { fn: "<lab_1::Implicit<(&heaplab_replay::shadow::Shadow, &X)>>::set", file: "/home/me/lab/labs/1-implicit/src/given.rs", line: 3 },
        { fn: "lab_1::Implicit<P>::free::{{closure}}", file: "/home/me/lab/labs/1-implicit/src/lib.rs", line: 4 },
        { fn: "<lab_1::Implicit<P> as heaplab_heap::contract::Heap>::free", file: "/home/me/lab/labs/1-implicit/src/given.rs", line: 5 },
        { fn: "no_file" },
        { fn: "heaplab_replay::checked_run::call", file: "/home/me/lab/crates/driver/replay/src/checked_run.rs", line: 6 },
        { fn: "main", file: "/home/me/lab/labs/1-implicit/src/main.rs", line: 7 },
    ]"#;

    #[test]
    fn only_the_allocators_frames_are_kept() {
        let frames = frames(PRINTED);
        let frames: Vec<String> = frames
            .iter()
            .map(|frame| format!("{} {}:{}", frame.function, frame.file, frame.line))
            .collect();
        assert_eq!(
            frames,
            ["set labs/1-implicit/src/given.rs:3", "free labs/1-implicit/src/lib.rs:4"]
        );
    }

    #[test]
    fn a_backtrace_without_debug_information_has_no_frames() {
        assert_eq!(frames("Backtrace [{ fn: \"__rust_start\" }, { fn: \"main\" }]"), []);
        assert_eq!(frames("<disabled>"), []);
        let of_c = r#"Backtrace [{ fn: "work" }, { fn: "start_thread", file: "./nptl/pthread_create.c", line: 442 }]"#;
        assert_eq!(frames(of_c), []);
    }

    #[test]
    fn an_instruction_may_belong_to_no_line() {
        assert!(!lacks_innermost_line(PRINTED));
        assert!(!lacks_innermost_line("Backtrace [{ fn: \"__rust_start\" }, { fn: \"main\" }]"));
        let outer = PRINTED.replace("labs/1-implicit/src/lib.rs\", line: 4", "labs/lib.rs\"");
        assert!(!lacks_innermost_line(&outer));
        let inner = PRINTED.replace("given.rs\", line: 3", "given.rs\"");
        assert!(lacks_innermost_line(&inner));
        assert_eq!(frames(&inner).len(), 1, "the function that was called is missing");
    }

    #[test]
    fn a_stack_is_kept_only_if_it_is_wanted() {
        keep_stack();
        assert_eq!(frames_of(|| 7), (7, Vec::new()));
        KEPT.take();
        keep_stack();
        assert!(KEPT.take().is_none());
    }
}
