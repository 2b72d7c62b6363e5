//! The checked machine's record of which byte belongs to what.
//!
//! The heap segment has a mark for each byte ([`marks`]), a call has a limit of steps ([`steps`]),
//! and each access has to keep the rules ([`rules`]). The first access that breaks one is stopped
//! before it happens: the probe unwinds out of the allocator, and [`Shadow::caught`] returns what
//! it was about to do.

mod marks;
mod rules;
mod steps;

use crate::Counting;
use crate::access::{Call, Caught};
use crate::recorder::Recorder;
use crate::say;
use heaplab_arena::Addr;
use marks::{LIVE, Marks, STALE};
use std::cell::{Cell, RefCell};
use steps::Steps;

/// A probe that stops an allocator at the load or store that breaks a rule.
#[derive(Debug)]
pub(crate) struct Shadow {
    /// Whether accesses are checked; if not, they are only counted.
    checks: bool,
    /// What the calls of the program load and store; what the driver asks in between is left out.
    work: Counting,
    /// Whether the running call is one of the program's.
    is_work: Cell<bool>,
    /// A mark for each byte of the heap segment.
    marks: RefCell<Marks>,
    /// The call that runs; if none, the driver makes the accesses.
    call: Cell<Option<Call>>,
    /// The payload, with its padding, that a running realloc resizes.
    in_play: Cell<(Addr, u32)>,
    /// Loads and stores so far, and how many the running call may make.
    steps: Steps,
    /// Whether `sbrk` was refused in the running call.
    refused: Cell<bool>,
    /// Whether the running call was given a bad pointer: the allocator may then read what is there,
    /// to see that the pointer is bad.
    bad_pointer: Cell<bool>,
    /// Whether the running call has written.
    stored: Cell<bool>,
    /// Whether the running call has written to the payload in play.
    stored_in_play: Cell<bool>,
    /// What was stopped, and in which call.
    caught: RefCell<Option<(Call, Caught)>>,
    /// How many lines that the allocator says may still be shown.
    lines_left: Cell<u32>,
    /// Records who writes each word, in a run that draws a fault.
    recorder: Option<Recorder>,
}

/// The value that the probe unwinds with.
pub(crate) struct Stop;

/// What the driver calls. These are not probe methods: they are not accesses of the allocator.
impl Shadow {
    pub(crate) fn new() -> Shadow {
        Shadow {
            checks: true,
            work: Counting::default(),
            is_work: Cell::new(false),
            marks: RefCell::default(),
            call: Cell::new(None),
            in_play: Cell::new((Addr::NULL, 0)),
            steps: Steps::default(),
            refused: Cell::new(false),
            bad_pointer: Cell::new(false),
            stored: Cell::new(false),
            stored_in_play: Cell::new(false),
            caught: RefCell::new(None),
            lines_left: Cell::new(0),
            recorder: None,
        }
    }

    /// Shows what the allocator says, if this process does.
    pub(crate) fn listen(&self) {
        self.lines_left.set(if say::is_on() { say::MOST_LINES } else { 0 });
    }

    /// Returns a shadow that stops no access, and counts them all.
    pub(crate) fn that_counts() -> Shadow {
        let shadow = Shadow { checks: false, ..Shadow::new() };
        shadow.restart();
        shadow
    }

    /// Begins anew with counting, for a fresh machine.
    pub(crate) fn restart(&self) {
        self.work.reset();
        self.count_all();
    }

    /// Counts everything until the next call that the driver announces.
    pub(crate) fn count_all(&self) {
        self.is_work.set(true);
    }

    /// Returns what the calls of the program loaded and stored.
    pub(crate) fn work(&self) -> &Counting {
        &self.work
    }

    /// Returns a shadow that also records who writes each word.
    pub(crate) fn recording(recorder: Recorder) -> Shadow {
        Shadow { recorder: Some(recorder), ..Shadow::new() }
    }

    /// Returns the record, if there is one.
    pub(crate) fn recorder(&self) -> Option<&Recorder> {
        self.recorder.as_ref()
    }

    /// Notes that the allocator is called. `in_play` is the payload that a realloc resizes: its
    /// bytes may be read and written until the call ends.
    pub(crate) fn begin(&self, call: Call, in_play: (Addr, u32)) {
        self.steps.begin(call, self.marks.borrow().words());
        self.call.set(Some(call));
        self.in_play.set(in_play);
        self.stored_in_play.set(false);
        self.refused.set(false);
        self.is_work.set(call.is_work());
        if let Some(recorder) = self.recorder.as_ref().filter(|_| call.is_work()) {
            recorder.begin_call();
        }
    }

    /// Notes that the allocator is called with a bad pointer. It may read all of the heap segment.
    pub(crate) fn begin_with_bad_pointer(&self, call: Call) {
        self.begin(call, (Addr::NULL, 0));
        self.is_work.set(false);
        self.bad_pointer.set(true);
        self.stored.set(false);
    }

    /// Returns whether the call with a bad pointer has written.
    pub(crate) fn has_stored(&self) -> bool {
        self.stored.get()
    }

    /// Allows as many steps from now on as a `check` may take, and checks nothing else.
    pub(crate) fn glance(&self) {
        self.steps.begin_glance(self.marks.borrow().words());
    }

    /// Notes that the allocator has returned: accesses are the driver's from now on.
    pub(crate) fn end(&self) {
        self.call.set(None);
        self.in_play.set((Addr::NULL, 0));
        self.bad_pointer.set(false);
        self.is_work.set(false);
        self.steps.end();
    }

    /// Marks the payload as the program's.
    pub(crate) fn hold(&self, payload: Addr, size: u32) {
        if self.checks {
            self.marks.borrow_mut().fill(payload, size, LIVE);
        }
    }

    /// Marks the payload as no longer the program's, but for what the allocator wrote there.
    pub(crate) fn let_go(&self, payload: Addr, size: u32) {
        if self.checks {
            self.marks.borrow_mut().let_go(payload, size);
        }
    }

    /// Marks a payload that no call has resized since it was [held](Shadow::hold) as no longer the
    /// program's: all of its bytes are live.
    pub(crate) fn let_go_untouched(&self, payload: Addr, size: u32) {
        if self.checks {
            self.marks.borrow_mut().fill(payload, size, STALE);
        }
    }

    /// Returns whether one of these bytes is the program's.
    pub(crate) fn has_live_byte(&self, addr: Addr, size: u32) -> bool {
        let marks = self.marks.borrow();
        (0..size).any(|offset| marks.of(addr + offset) == LIVE)
    }

    /// Returns whether the last call has written to the payload that it resized. Always true if
    /// accesses are not checked.
    pub(crate) fn has_stored_in_play(&self) -> bool {
        !self.checks || self.stored_in_play.get()
    }

    /// Returns whether `sbrk` was refused in the last call.
    pub(crate) fn was_refused(&self) -> bool {
        self.refused.get()
    }

    /// Returns loads and stores so far; a copy counts as one.
    pub(crate) fn steps(&self) -> u64 {
        self.steps.taken()
    }

    /// Sets the number of steps so far.
    pub(crate) fn count_from(&self, steps: u64) {
        self.steps.count_from(steps);
    }

    /// Returns what the allocator was stopped from doing, if it was stopped.
    pub(crate) fn caught(&self) -> Option<(Call, Caught)> {
        self.end();
        self.caught.take()
    }

    /// Returns the heap segment: its start, and its end, which is the break.
    pub(crate) fn segment(&self) -> (Addr, Addr) {
        self.marks.borrow().segment()
    }
}

#[cfg(test)]
mod tests;
