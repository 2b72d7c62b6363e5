//! An allocator in another language: where it is in its source, at each access.
//!
//! The probes know the line of a Rust allocator from `#[track_caller]`, and its functions from a
//! backtrace. Code in another language reports each access from outside, with the address of the
//! instruction; what line that is, only the crate knows that loaded the code ([`Foreign`]). The
//! crate says when a call of that code begins and ends ([`enter`]), and before each access where it
//! is ([`at`]). Lines are looked up only when something is wrong or recorded.

use crate::access::Place;
use crate::stack::Frame;
use std::cell::{Cell, RefCell};
use std::panic::Location;
use std::rc::Rc;

/// Knows the source of code that is not Rust.
pub trait Foreign {
    /// Returns the line of the instruction at `pc`.
    fn place(&self, pc: usize) -> Option<Place>;

    /// Returns the functions that run now, the innermost first; the innermost is at `pc`.
    fn frames(&self, pc: usize) -> Vec<Frame>;
}

thread_local! {
    static RUNNING: RefCell<Option<Rc<dyn Foreign>>> = const { RefCell::new(None) };
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
        RUNNING.replace(self.before.take());
    }
}

/// Notes that the running code is at the instruction before `pc`, about to make an access.
#[inline]
pub fn at(pc: usize) {
    PC.set(pc);
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

/// Returns the line of the allocator that makes an access: that of foreign code, if it runs.
pub(crate) fn place_or(location: &'static Location<'static>) -> Place {
    let place = RUNNING.with_borrow(|running| running.as_ref()?.place(PC.get()));
    place.unwrap_or_else(|| location.into())
}

/// Returns the functions of foreign code that run now; none if none runs.
pub(crate) fn frames() -> Option<Vec<Frame>> {
    RUNNING.with_borrow(|running| Some(running.as_ref()?.frames(PC.get())))
}
