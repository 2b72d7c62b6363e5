//! The checked machine's record of which byte belongs to what.
//!
//! The heap segment has a shadow, with a mark for each byte:
//!
//! ```text
//!            header   payload, 13 bytes        padding  footer   never used
//!  heap    +--------+--------------------------+------+--------+-------------
//!          | 24|a   | the program's bytes      |      | 24|a   |
//!          +--------+--------------------------+------+--------+-------------
//!  shadow    KKKK     LLLLLLLLLLLLL              ...    KKKK     ............
//!
//!  . fresh: never written since sbrk          K kept: the allocator wrote it
//!  L live: a payload, the program's           S stale: of a freed payload, still
//!                                               holding what the program left
//! ```
//!
//! An allocator may write where no payload is live, and read only what it kept. The first access
//! that breaks this is stopped before it happens: the probe unwinds out of the allocator, and
//! [`Shadow::caught`] returns what it was about to do.

use crate::Counting;
use crate::access::{Access, Call, Caught, Problem, Step};
use crate::recorder::Recorder;
use crate::say;
use crate::stack::keep_stack;
use heaplab_arena::{Addr, Probe, WORD_BYTES};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::ops::Range;
use std::panic::{Location, resume_unwind};

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
    marks: RefCell<Vec<u8>>,
    /// Where the heap segment starts; null until the first `sbrk`.
    start: Cell<Addr>,
    /// The highest break so far.
    high_water: Cell<Addr>,
    /// The call that runs; if none, the driver makes the accesses.
    call: Cell<Option<Call>>,
    /// The payload, with its padding, that a running realloc resizes.
    in_play: Cell<(Addr, u32)>,
    /// Loads and stores so far; a copy counts as one.
    steps: Cell<u64>,
    /// The value of `steps` when the running call began.
    began_at: Cell<u64>,
    /// The value of `steps` above which the running call counts as an endless loop.
    steps_allowed: Cell<u64>,
    /// The last steps of a call that has taken too many.
    last_steps: RefCell<Vec<Step>>,
    /// Whether `sbrk` was refused in the running call.
    refused: Cell<bool>,
    /// Whether the running call was given a bad pointer: the allocator may then read what is there,
    /// to see that the pointer is bad.
    bad_pointer: Cell<bool>,
    /// Whether the running call has written.
    stored: Cell<bool>,
    /// What was stopped, and in which call.
    caught: RefCell<Option<(Call, Caught)>>,
    /// How many lines that the allocator says may still be shown.
    lines_left: Cell<u32>,
    /// Records who writes each word, in a run that draws a fault.
    recorder: Option<Recorder>,
}

// The marks. Fresh is 0, so that new memory is marked as it is made.
const FRESH: u8 = b'.';
const KEPT: u8 = b'K';
const LIVE: u8 = b'L';
const STALE: u8 = b'S';

/// What nearly every access finds.
const KEPT_WORD: [u8; WORD_BYTES as usize] = [KEPT; WORD_BYTES as usize];

/// The value that the probe unwinds with.
pub(crate) struct Stop;

/// The number of steps that a call may take in an empty heap, ...
const STEPS_ALLOWED: u64 = 10_000;
/// ... and for each word of the heap: enough for a search that looks at every word many times.
const STEPS_ALLOWED_A_WORD: u64 = 32;
/// A `check` or a view may take time quadratic in the blocks of a small heap.
const CHECK_STEPS_ALLOWED: u64 = 1_000_000;
const CHECK_STEPS_ALLOWED_A_WORD: u64 = 4096;

/// This many more steps of a call with too many are recorded, to find the cycle.
const STEPS_LOOKED_AT: usize = 2048;

/// What the driver calls. These are not probe methods: they are not accesses of the allocator.
impl Shadow {
    pub(crate) fn new() -> Shadow {
        Shadow {
            checks: true,
            work: Counting::default(),
            is_work: Cell::new(false),
            marks: RefCell::default(),
            start: Cell::new(Addr::NULL),
            high_water: Cell::new(Addr::NULL),
            call: Cell::new(None),
            in_play: Cell::new((Addr::NULL, 0)),
            steps: Cell::new(0),
            began_at: Cell::new(0),
            steps_allowed: Cell::new(u64::MAX),
            last_steps: RefCell::default(),
            refused: Cell::new(false),
            bad_pointer: Cell::new(false),
            stored: Cell::new(false),
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
        match call {
            Call::Check | Call::Blocks | Call::FreeLists => self.glance(),
            _ => self.allow(STEPS_ALLOWED + STEPS_ALLOWED_A_WORD * self.words()),
        }
        self.call.set(Some(call));
        self.in_play.set(in_play);
        self.refused.set(false);
        self.is_work.set(call.is_work());
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
        self.allow(CHECK_STEPS_ALLOWED + CHECK_STEPS_ALLOWED_A_WORD * self.words());
    }

    fn allow(&self, steps: u64) {
        self.began_at.set(self.steps.get());
        self.steps_allowed.set(self.steps.get() + steps);
    }

    /// Returns the words in the heap segment.
    fn words(&self) -> u64 {
        self.marks.borrow().len() as u64 / u64::from(WORD_BYTES)
    }

    /// Notes that the allocator has returned: accesses are the driver's from now on.
    pub(crate) fn end(&self) {
        self.call.set(None);
        self.in_play.set((Addr::NULL, 0));
        self.bad_pointer.set(false);
        self.is_work.set(false);
        self.steps_allowed.set(u64::MAX);
    }

    /// Marks the payload as the program's.
    pub(crate) fn hold(&self, payload: Addr, size: u32) {
        if !self.checks {
            return;
        }
        if let Some(marks) = self.marks.borrow_mut().get_mut(self.range(payload, size)) {
            marks.fill(LIVE);
        }
    }

    /// Marks the payload as no longer the program's. Bytes that the allocator wrote there while it
    /// resized the payload are its own; bytes that it gave back then have no owner.
    pub(crate) fn let_go(&self, payload: Addr, size: u32) {
        if !self.checks {
            return;
        }
        let mut marks = self.marks.borrow_mut();
        let Range { start, end } = self.range(payload, size);
        let end = end.min(marks.len());
        if let Some(marks) = marks.get_mut(start..end) {
            for mark in marks.iter_mut() {
                *mark = if *mark == LIVE { STALE } else { *mark };
            }
        }
    }

    /// Returns whether `sbrk` was refused in the last call.
    pub(crate) fn was_refused(&self) -> bool {
        self.refused.get()
    }

    /// Returns loads and stores so far; a copy counts as one.
    pub(crate) fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// Sets the number of steps so far.
    pub(crate) fn count_from(&self, steps: u64) {
        self.steps.set(steps);
    }

    /// Returns what the allocator was stopped from doing, if it was stopped.
    pub(crate) fn caught(&self) -> Option<(Call, Caught)> {
        self.end();
        self.caught.take()
    }

    /// Returns the heap segment: its start, and its end, which is the break.
    pub(crate) fn segment(&self) -> (Addr, Addr) {
        (self.start.get(), self.brk())
    }

    /// Returns the break, as the probe knows it.
    fn brk(&self) -> Addr {
        self.start.get() + self.marks.borrow().len() as u32
    }

    /// Returns which marks stand for these bytes; a range past all marks if the bytes are not in
    /// the heap segment.
    fn range(&self, addr: Addr, size: u32) -> Range<usize> {
        let first = (addr - self.start.get()) as usize;
        first..first + size as usize
    }
}

/// The rules for one access.
impl Shadow {
    /// Allows reading and writing a word that the allocator keeps.
    #[inline]
    fn is_kept(&self, addr: Addr) -> bool {
        let marks = self.marks.borrow();
        let range = self.range(addr, WORD_BYTES);
        addr.is_aligned_to(WORD_BYTES) && marks.get(range) == Some(&KEPT_WORD)
    }

    /// Counts a step; returns false if the call has taken too many.
    #[inline]
    fn step(&self) -> bool {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        steps <= self.steps_allowed.get()
    }

    fn load(&self, addr: Addr, size: u32, place: &'static Location<'static>) {
        let allowed = |at: Addr, mark: u8| match mark {
            KEPT => Ok(()),
            _ if self.is_in_play(at) || self.bad_pointer.get() => Ok(()),
            LIVE => Err(Problem::Live),
            STALE => Err(Problem::Stale),
            _ => Err(Problem::Unwritten),
        };
        let fine = |marks: &[u8]| marks.iter().all(|&mark| mark == KEPT);
        self.look(Access::Load, (addr, size), place, fine, allowed);
    }

    fn store(&self, addr: Addr, size: u32, place: &'static Location<'static>) {
        self.stored.set(true);
        let allowed = |at: Addr, mark: u8| match mark {
            LIVE if !self.is_in_play(at) => Err(Problem::Live),
            _ => Ok(()),
        };
        let fine = |marks: &[u8]| !marks.contains(&LIVE);
        self.look(Access::Store, (addr, size), place, fine, allowed);
        if self.call.get().is_some()
            && let Some(marks) = self.marks.borrow_mut().get_mut(self.range(addr, size))
        {
            marks.fill(KEPT);
        }
    }

    /// Stops at the first of the bytes that is not `allowed`. Large ranges are nearly always `fine`
    /// as a whole, or all in play.
    fn look(
        &self,
        access: Access,
        (addr, size): (Addr, u32),
        place: &'static Location<'static>,
        fine: impl Fn(&[u8]) -> bool,
        allowed: impl Fn(Addr, u8) -> Result<(), Problem>,
    ) {
        if self.call.get().is_none() || size == 0 {
            return;
        }
        let stop = |at, problem| {
            self.stop(Caught::Access { access, addr, size, at, problem, place: place.into() })
        };
        let marks = self.marks.borrow();
        let Some(marks) = marks.get(self.range(addr, size)) else {
            let at = if self.is_inside(addr) { self.brk() } else { addr };
            stop(at, self.outside(at))
        };
        if fine(marks) || self.is_in_play(addr) && self.is_in_play(addr + (size - 1)) {
            return;
        }
        for (offset, &mark) in (0..).zip(marks) {
            if let Err(problem) = allowed(addr + offset, mark) {
                stop(addr + offset, problem);
            }
        }
    }

    fn is_inside(&self, addr: Addr) -> bool {
        ((addr - self.start.get()) as usize) < self.marks.borrow().len()
    }

    fn is_in_play(&self, addr: Addr) -> bool {
        let (payload, size) = self.in_play.get();
        addr - payload < size
    }

    /// Returns what is wrong with an address outside the heap segment. Null and addresses near it
    /// on both sides (the header of null is at null - 4) are one case.
    fn outside(&self, addr: Addr) -> Problem {
        const NEAR_NULL_BYTES: u32 = 4096;
        let (near_above, near_below) = (addr - Addr::NULL, Addr::NULL - addr);
        if near_above < NEAR_NULL_BYTES || near_below <= NEAR_NULL_BYTES {
            Problem::Null
        } else if addr < self.start.get() {
            Problem::BelowHeap
        } else if addr < self.high_water.get() {
            Problem::GivenBack
        } else {
            Problem::PastBreak
        }
    }

    fn misaligned(&self, access: Access, addr: Addr, place: &'static Location<'static>) {
        if self.call.get().is_some() && !addr.is_aligned_to(WORD_BYTES) {
            self.stop(Caught::Access {
                access,
                addr,
                size: WORD_BYTES,
                at: addr,
                problem: Problem::Misaligned,
                place: place.into(),
            });
        }
    }

    /// Handles a step too many: records the next steps, then stops the call.
    #[cold]
    fn lost_in_a_loop(&self, access: Access, addr: Addr, place: &'static Location<'static>) {
        let mut last_steps = self.last_steps.borrow_mut();
        last_steps.push(Step { access, addr, place: place.into() });
        if last_steps.len() == STEPS_LOOKED_AT {
            let steps = last_steps.split_off(0);
            drop(last_steps);
            let allowed = self.steps_allowed.get() - self.began_at.get();
            self.stop(Caught::EndlessLoop { allowed, steps });
        }
    }

    #[cold]
    fn stop(&self, caught: Caught) -> ! {
        let call = self.call.get().unwrap_or(Call::Build);
        self.caught.replace(Some((call, caught)));
        keep_stack();
        // No panic hook runs: this is not a panic but a way out.
        resume_unwind(Box::new(Stop))
    }
}

impl Probe for Shadow {
    #[inline]
    #[track_caller]
    fn on_load(&self, addr: Addr) {
        if self.is_work.get() {
            self.work.on_load(addr);
        }
        if !self.checks {
            return;
        }
        if !self.step() {
            self.lost_in_a_loop(Access::Load, addr, Location::caller());
        }
        if !self.is_kept(addr) {
            self.misaligned(Access::Load, addr, Location::caller());
            self.load(addr, WORD_BYTES, Location::caller());
        }
    }

    #[inline]
    #[track_caller]
    fn on_store(&self, addr: Addr) {
        if self.is_work.get() {
            self.work.on_store(addr);
        }
        if !self.checks {
            return;
        }
        if !self.step() {
            self.lost_in_a_loop(Access::Store, addr, Location::caller());
        }
        self.stored.set(true);
        if !self.is_kept(addr) {
            self.misaligned(Access::Store, addr, Location::caller());
            self.store(addr, WORD_BYTES, Location::caller());
        }
        if let Some(recorder) = &self.recorder {
            recorder.write(addr, WORD_BYTES, Location::caller().into());
        }
    }

    #[track_caller]
    fn on_copy(&self, from: Addr, to: Addr, size: u32) {
        if self.is_work.get() {
            self.work.on_copy(from, to, size);
        }
        if !self.checks {
            return;
        }
        if !self.step() {
            self.lost_in_a_loop(Access::Load, from, Location::caller());
        }
        self.load(from, size, Location::caller());
        self.store(to, size, Location::caller());
        if let Some(recorder) = &self.recorder {
            recorder.write(to, size, Location::caller().into());
        }
    }

    #[track_caller]
    fn on_zero(&self, addr: Addr, size: u32) {
        if self.is_work.get() {
            self.work.on_zero(addr, size);
        }
        if !self.checks {
            return;
        }
        if !self.step() {
            self.lost_in_a_loop(Access::Store, addr, Location::caller());
        }
        self.store(addr, size, Location::caller());
        if let Some(recorder) = &self.recorder {
            recorder.write(addr, size, Location::caller().into());
        }
    }

    fn listens(&self) -> bool {
        self.lines_left.get() > 0
    }

    fn on_say(&self, words: fmt::Arguments<'_>) {
        // `Arena::say` asks once whether the probe listens, and may then say several things.
        let Some(left) = self.lines_left.get().checked_sub(1) else { return };
        self.lines_left.set(left);
        say::line(self.call.get(), words, left == 0);
    }

    #[track_caller]
    fn on_sbrk(&self, increment: i32, old: Addr, new: Addr) {
        self.work.on_sbrk(increment, old, new);
        if !self.checks {
            return;
        }
        if self.start.get().is_null() {
            self.start.set(old);
        }
        if increment > 0 && new == old {
            self.refused.set(true);
        }
        let bytes = (new - self.start.get()) as usize;
        let marks = self.marks.borrow();
        let given_back = marks.get(bytes..).unwrap_or_default();
        // A realloc may give back the end of a block that it makes smaller.
        let mut live = (0..).zip(given_back).filter(|&(_, &mark)| mark == LIVE);
        let live = live.find(|&(offset, _)| !self.is_in_play(new + offset));
        let offset = live.map(|(offset, _)| offset);
        drop(marks);
        if let Some(offset) = offset {
            self.stop(Caught::ShrinkLive {
                increment,
                new,
                at: new + offset,
                place: Location::caller().into(),
            });
        }
        if let Some(recorder) = self.recorder.as_ref().filter(|_| new < old) {
            recorder.give_back(new);
        }
        self.marks.borrow_mut().resize(bytes, FRESH);
        self.high_water.set(self.high_water.get().max(new));
    }
}

#[cfg(test)]
mod tests;
