//! An allocator in another language: where it is in its source, at each access.
//!
//! The probes know the line of a Rust allocator from `#[track_caller]`, and its functions from a
//! backtrace. Code in another language reports each access from outside, with the address of the
//! instruction; what line that is, only the crate knows that loaded the code ([`Foreign`]). The
//! crate says when a call of that code begins and ends ([`enter`]), and before each access where it
//! is ([`at`]). Lines are looked up only when something is wrong or recorded.

use crate::access::Place;
use crate::frame::Frame;
use heaplab_arena::Addr;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::Location;
use std::rc::Rc;

/// How foreign code ended its process, in a line that the process prints to standard error before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The fault's stable name: `crash`, `stack-overflow`.
    pub code: String,
    /// What happened.
    pub message: String,
    /// The functions that ran, the innermost first.
    pub frames: Vec<Frame>,
}

impl End {
    /// What the line begins with.
    pub const MARK: &'static str = "heaplab: the heap ends this process: ";

    /// Returns the line: the parts, with tabs between them.
    pub fn line(&self) -> String {
        let mut parts = vec![self.code.clone(), self.message.clone()];
        for Frame { function, file, line } in &self.frames {
            parts.extend([function.clone(), file.clone(), line.to_string()]);
        }
        let parts: Vec<String> =
            parts.iter().map(|part| part.replace(char::is_control, " ")).collect();
        format!("{}{}\t", End::MARK, parts.join("\t"))
    }

    /// Returns what a line in this text says, if there is one.
    pub fn find(text: &str) -> Option<End> {
        let (_, parts) = text.split_once(End::MARK)?;
        let parts: Vec<&str> = parts.lines().next()?.split('\t').collect();
        let [code, message, frames @ ..] = parts.as_slice() else { return None };
        let (frames, _) = frames.as_chunks::<3>();
        let frame = |[function, file, line]: &[&str; 3]| {
            let line = line.parse().ok()?;
            Some(Frame { function: (*function).to_owned(), file: (*file).to_owned(), line })
        };
        Some(End {
            code: (*code).to_owned(),
            message: (*message).to_owned(),
            frames: frames.iter().filter_map(frame).collect(),
        })
    }
}

/// The message, and the line: `SIGFPE: a division by zero, at mm.c:12 in `place``.
impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.frames.first() {
            Some(Frame { function, file, line }) => write!(f, ", at {file}:{line} in `{function}`"),
            None => Ok(()),
        }
    }
}

/// Knows the source of code that is not Rust.
pub trait Foreign {
    /// Returns the line of the instruction at `pc`.
    fn place(&self, pc: usize) -> Option<Place>;

    /// Returns the functions that run now, the innermost first; the innermost is at `pc`.
    fn frames(&self, pc: usize) -> Vec<Frame>;

    /// Returns the functions that run now, the innermost first; none if the code is at an
    /// instruction of no line. The code was interrupted anywhere, or it runs in another process and
    /// is stopped for that. It does not go on.
    fn frames_where_interrupted(&self) -> Option<Vec<Frame>>;

    /// Returns the address of the machine that a pointer is, if it is one.
    fn address_of(&self, pointer: u64) -> Option<Addr>;

    /// Returns the pointer to an address of the machine.
    fn pointer_to(&self, addr: Addr) -> u64;
}

thread_local! {
    static RUNNING: RefCell<Option<Rc<dyn Foreign>>> = const { RefCell::new(None) };
    static LAST: RefCell<Option<Rc<dyn Foreign>>> = const { RefCell::new(None) };
    static KEEPS_VARIABLES: Cell<bool> = const { Cell::new(false) };
    static PC: Cell<usize> = const { Cell::new(0) };
    static ONLY_COPIES: Cell<bool> = const { Cell::new(false) };
}

/// A call of foreign code, until this is dropped.
pub struct Running {
    before: Option<Rc<dyn Foreign>>,
}

/// Notes that foreign code is called on this thread.
pub fn enter(foreign: Rc<dyn Foreign>) -> Running {
    PC.set(0);
    Running { before: RUNNING.replace(Some(foreign)) }
}

impl Drop for Running {
    fn drop(&mut self) {
        LAST.replace(RUNNING.replace(self.before.take()));
    }
}

/// Returns the foreign code that ran last on this thread.
pub(crate) fn last() -> Option<Rc<dyn Foreign>> {
    LAST.with_borrow(Option::clone)
}

/// Does some work in which heaps of foreign code are built that keep the values that their
/// variables have, as in the second trace of a course's driver.
pub(crate) fn with_kept_variables<T>(work: impl FnOnce() -> T) -> T {
    KEEPS_VARIABLES.set(true);
    let done = work();
    KEEPS_VARIABLES.set(false);
    done
}

/// Returns whether a heap that is built now keeps the values that its variables have.
pub fn keeps_variables() -> bool {
    KEEPS_VARIABLES.get()
}

/// Notes that the running code is at the instruction before `pc`, about to make an access.
#[inline]
pub fn at(pc: usize) {
    PC.set(pc);
}

/// Returns what [`at`] was given last.
pub fn here() -> usize {
    PC.get()
}

/// Passes on a load of bytes that are only copied: C copies a struct with its padding, and a block
/// with its unused end.
pub fn only_copies(load: impl FnOnce()) {
    ONLY_COPIES.set(true);
    load();
    ONLY_COPIES.set(false);
}

/// Returns whether the bytes that are being read may have no meaning, because they are only copied.
pub(crate) fn is_only_copied() -> bool {
    ONLY_COPIES.get()
}

/// Forgets that bytes were being copied: the copy was stopped.
pub(crate) fn is_stopped() {
    ONLY_COPIES.set(false);
}

/// Returns whether foreign code runs on this thread.
pub(crate) fn is_running() -> bool {
    RUNNING.with_borrow(Option::is_some)
}

/// Returns where foreign code is that runs on this thread: what [`at`] was given last.
pub fn running_at() -> Option<usize> {
    is_running().then(here)
}

/// Returns the line of the foreign code that runs on this thread, at this place.
pub fn place_at(pc: usize) -> Option<Place> {
    RUNNING.with_borrow(|running| running.as_ref()?.place(pc))
}

/// Returns the line of the allocator that makes an access: that of foreign code, if it runs.
pub(crate) fn place_or(location: &'static Location<'static>) -> Place {
    let place = RUNNING.with_borrow(|running| running.as_ref()?.place(PC.get()));
    place.unwrap_or_else(|| location.into())
}

/// Returns the functions of foreign code that run now; none if none runs.
pub(crate) fn frames() -> Option<Vec<Frame>> {
    RUNNING.with_borrow(|running| Some(running.as_ref()?.frames(PC.get())))
}

/// Returns where foreign code is that runs on this thread, and was interrupted anywhere. None if
/// none runs; an empty answer if it is at an instruction of no line.
pub(crate) fn frames_where_interrupted() -> Option<Vec<Frame>> {
    let running = RUNNING.with_borrow(Option::clone);
    Some(running?.frames_where_interrupted().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_an_end_is_found_among_others() {
        let frame = |function: &str, line| Frame {
            function: function.to_owned(),
            file: "my lab/mm.c".to_owned(),
            line,
        };
        let end = End {
            code: "crash".to_owned(),
            message: "the assertion `a\tb` does not hold".to_owned(),
            frames: vec![frame("place", 12), frame("mm_malloc", 40)],
        };
        let found = End::find(&format!("printed {}\nmore", end.line()));
        let message = "the assertion `a b` does not hold".to_owned();
        assert_eq!(found, Some(End { message, ..end.clone() }));
        assert!(
            found.is_some_and(|found| found.to_string().ends_with("my lab/mm.c:12 in `place`"))
        );
        let nowhere = End { frames: Vec::new(), ..end };
        assert_eq!(End::find(&nowhere.line()).map(|end| end.frames), Some(Vec::new()));
        assert_eq!(End::find("printed"), None);
    }
}
