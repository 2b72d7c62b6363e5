//! The rules for one access, and the probe that asks them.
//!
//! An allocator may write where no payload is live, and read only what it kept.

use crate::access::{Access, Call, Caught, Problem, Step};
use crate::foreign::{self, place_or};
use crate::say;
use crate::shadow::marks::{KEPT, LIVE, Marks, STALE};
use crate::shadow::{Shadow, Stop};
use crate::stack::keep_stack;
use heaplab_arena::{Addr, Probe, WORD_BYTES};
use std::fmt;
use std::panic::{Location, resume_unwind};

/// The line of the allocator that makes an access.
type Place = &'static Location<'static>;

impl Shadow {
    /// Looks closely at a load that is not simply of what the allocator keeps.
    #[cold]
    #[inline(never)]
    fn unusual_load(&self, addr: Addr, size: u32, place: Place) {
        if self.steps.are_too_many() {
            self.lost_in_a_loop(Access::Load, addr, place);
        }
        if !self.marks.borrow().are_kept(addr, size, alignment_of(size)) {
            self.misaligned(Access::Load, addr, size, place);
            self.load(addr, size, place);
        }
    }

    /// Looks closely at a store that is not simply of a word without a live byte.
    #[cold]
    #[inline(never)]
    fn unusual_store(&self, addr: Addr, size: u32, place: Place) {
        if self.steps.are_too_many() {
            self.lost_in_a_loop(Access::Store, addr, place);
        }
        if !self.marks.borrow().are_kept(addr, size, alignment_of(size)) {
            self.misaligned(Access::Store, addr, size, place);
            self.store(addr, size, place);
        }
    }

    fn load(&self, addr: Addr, size: u32, place: Place) {
        let allowed = |at: Addr, mark: u8| match mark {
            KEPT => Ok(()),
            _ if self.is_in_play(at) || self.bad_pointer.get() => Ok(()),
            LIVE => Err(Problem::Live),
            _ if foreign::is_only_copied() => Ok(()),
            STALE => Err(Problem::Stale),
            _ => Err(Problem::Unwritten),
        };
        let fine = |marks: &Marks| marks.are_all_kept(addr, size);
        self.look(Access::Load, (addr, size), place, fine, allowed);
    }

    fn store(&self, addr: Addr, size: u32, place: Place) {
        self.stored.set(true);
        let allowed = |at: Addr, mark: u8| match mark {
            LIVE if !self.is_in_play(at) => Err(Problem::Live),
            _ => Ok(()),
        };
        let (payload, bytes) = self.in_play.get();
        if addr - payload < bytes || payload - addr < size && bytes > 0 {
            self.stored_in_play.set(true);
        }
        let fine = |marks: &Marks| marks.has_no_live_byte(addr, size);
        self.look(Access::Store, (addr, size), place, fine, allowed);
        if self.call.get().is_some() {
            self.marks.borrow_mut().fill(addr, size, KEPT);
        }
    }

    /// Stops at the first of the bytes that is not `allowed`. Large ranges are nearly always `fine`
    /// as a whole, or all in play.
    fn look(
        &self,
        access: Access,
        (addr, size): (Addr, u32),
        place: Place,
        fine: impl Fn(&Marks) -> bool,
        allowed: impl Fn(Addr, u8) -> Result<(), Problem>,
    ) {
        if self.call.get().is_none() || size == 0 {
            return;
        }
        let stop = |at, problem| {
            self.stop(Caught::Access { access, addr, size, at, problem, place: place_or(place) })
        };
        let marks = self.marks.borrow();
        if !marks.has(addr, size) {
            let (at, problem) = marks.outside(addr);
            stop(at, problem)
        }
        if fine(&marks) || self.is_in_play(addr) && self.is_in_play(addr + (size - 1)) {
            return;
        }
        for at in (0..size).map(|offset| addr + offset) {
            if let Err(problem) = allowed(at, marks.of(at)) {
                stop(at, problem);
            }
        }
    }

    /// Returns how many bytes the running call asks for.
    fn request(&self) -> Option<u32> {
        match self.call.get() {
            Some(
                Call::Malloc { size }
                | Call::Calloc { size }
                | Call::Memalign { size, .. }
                | Call::Realloc { size, .. },
            ) => Some(size),
            _ => None,
        }
    }

    fn is_in_play(&self, addr: Addr) -> bool {
        let (payload, size) = self.in_play.get();
        addr - payload < size
    }

    fn misaligned(&self, access: Access, addr: Addr, size: u32, place: Place) {
        if self.call.get().is_some() && !addr.is_aligned_to(alignment_of(size)) {
            self.stop(Caught::Access {
                access,
                addr,
                size,
                at: addr,
                problem: Problem::Misaligned,
                place: place_or(place),
            });
        }
    }

    /// Handles a step too many: records the next steps, then stops the call.
    #[cold]
    fn lost_in_a_loop(&self, access: Access, addr: Addr, place: Place) {
        let step = Step { access, addr, place: place_or(place) };
        if let Some(steps) = self.steps.record(step) {
            self.stop(Caught::EndlessLoop { allowed: self.steps.allowed(), steps });
        }
    }

    #[cold]
    fn stop(&self, caught: Caught) -> ! {
        let call = self.call.get().unwrap_or(Call::Build);
        self.caught.replace(Some((call, caught)));
        keep_stack();
        foreign::is_stopped();
        // No panic hook runs: this is not a panic but a way out.
        resume_unwind(Box::new(Stop))
    }
}

/// Returns the alignment that an access of this many bytes needs: half a word that of its own, and
/// larger ones that of a word, as a 64-bit number in a heap of words has it.
fn alignment_of(size: u32) -> u32 {
    match size {
        2 => 2,
        4 | 8 | 16 => WORD_BYTES,
        _ => 1,
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
        let is_usual = self.steps.take() && self.marks.borrow().is_kept_word(addr);
        if !is_usual {
            self.unusual_load(addr, WORD_BYTES, Location::caller());
        }
        if let Some(recorder) = &self.recorder {
            recorder.load(addr, WORD_BYTES);
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
        self.stored.set(true);
        let is_usual = self.steps.take()
            && (self.marks.borrow().is_kept_word(addr)
                || self.call.get().is_some() && self.marks.borrow_mut().keep_word(addr));
        if !is_usual {
            self.unusual_store(addr, WORD_BYTES, Location::caller());
        }
        if let Some(recorder) = &self.recorder {
            recorder.write(addr, WORD_BYTES, place_or(Location::caller()));
        }
    }

    #[inline]
    #[track_caller]
    fn on_load_bytes(&self, addr: Addr, size: u32) {
        if self.is_work.get() {
            self.work.on_load_bytes(addr, size);
        }
        if !self.checks {
            return;
        }
        let is_usual =
            self.steps.take() && self.marks.borrow().are_kept(addr, size, alignment_of(size));
        if !is_usual {
            self.unusual_load(addr, size, Location::caller());
        }
        if let Some(recorder) = &self.recorder {
            recorder.load(addr, size);
        }
    }

    #[inline]
    #[track_caller]
    fn on_store_bytes(&self, addr: Addr, size: u32) {
        if self.is_work.get() {
            self.work.on_store_bytes(addr, size);
        }
        if !self.checks {
            return;
        }
        self.stored.set(true);
        let is_usual = self.steps.take()
            && (self.marks.borrow().are_kept(addr, size, alignment_of(size))
                || self.call.get().is_some() && self.marks.borrow_mut().keep_words(addr, size));
        if !is_usual {
            self.unusual_store(addr, size, Location::caller());
        }
        if let Some(recorder) = &self.recorder {
            recorder.write(addr, size, place_or(Location::caller()));
        }
    }

    fn on_outside(&self, address: u64, size: u32, is_store: bool) {
        if self.call.get().is_none() || !self.checks {
            return;
        }
        let access = if is_store { Access::Store } else { Access::Load };
        let addr = Addr::new(address as u32);
        let problem = Problem::Outside { address };
        let place = place_or(Location::caller());
        self.stop(Caught::Access { access, addr, size, at: addr, problem, place });
    }

    #[track_caller]
    fn on_copy(&self, from: Addr, to: Addr, size: u32) {
        if self.is_work.get() {
            self.work.on_copy(from, to, size);
        }
        if !self.checks {
            return;
        }
        if !self.steps.take() {
            self.lost_in_a_loop(Access::Load, from, Location::caller());
        }
        let place = Location::caller();
        match foreign::is_running() {
            true => foreign::only_copies(|| self.load(from, size, place)),
            false => self.load(from, size, place),
        }
        self.store(to, size, Location::caller());
        if let Some(recorder) = &self.recorder {
            let place = place_or(Location::caller());
            recorder.write(to, size, place);
            recorder.bulk(to, size, self.request(), place);
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
        if !self.steps.take() {
            self.lost_in_a_loop(Access::Store, addr, Location::caller());
        }
        self.store(addr, size, Location::caller());
        if let Some(recorder) = &self.recorder {
            let place = place_or(Location::caller());
            recorder.write(addr, size, place);
            recorder.bulk(addr, size, self.request(), place);
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
        self.marks.borrow_mut().begin_at(old);
        if increment > 0 && new == old {
            self.refused.set(true);
        }
        // A realloc may give back the end of a block that it makes smaller.
        let live = self.marks.borrow().live_from(new).find(|&at| !self.is_in_play(at));
        if let Some(at) = live {
            self.stop(Caught::ShrinkLive {
                increment,
                new,
                at,
                place: place_or(Location::caller()),
            });
        }
        if new < old {
            // Bytes of the payload in play may be among those that are given back.
            self.stored_in_play.set(true);
        }
        if let Some(recorder) = self.recorder.as_ref().filter(|_| new < old) {
            recorder.give_back(new);
        }
        self.marks.borrow_mut().move_break(new);
    }
}
