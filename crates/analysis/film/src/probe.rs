//! The probe of a film: it counts, notes which lines of memory change, and records the accesses of
//! a single operation.

use crate::access::{Access, Event as Seen, FunctionAt};
use heaplab_arena::{Addr, Event, Probe, WORD_BYTES};
use heaplab_replay::{Place, frames_here};
use std::cell::{Cell, RefCell};
use std::panic::{Location, resume_unwind};
use std::rc::Rc;

/// Memory is compared and copied in lines of this many bytes: a store changes few words, and a
/// bitmap with a bit for each word would be as long as the search through a line is.
pub(crate) const LINE_BYTES: u32 = 256;

/// An operation's record ends after this many accesses. An endless loop is recorded until then.
const MOST_RECORDED: usize = 100_000;

/// A probe of the machine that a film runs in. Clones are the same probe.
#[derive(Clone, Default)]
pub(crate) struct FilmProbe(Rc<State>);

#[derive(Default)]
struct State {
    loads: Cell<u64>,
    stores: Cell<u64>,
    /// What happens more rarely.
    counts: Cell<Counts>,
    /// How many more accesses the running call may make: loads, stores, copies, `sbrk`.
    left: Cell<u64>,
    detail: Cell<Detail>,
    recorded: RefCell<Vec<Access>>,
    changed: RefCell<ChangedLines>,
}

/// What is recorded of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Only counts.
    #[default]
    Counts,
    /// What the allocator does, one thing after the other.
    Accesses,
    /// The same, with the functions that run.
    Calls,
}

/// The functions that run are looked up for this many accesses of a call: each takes some
/// milliseconds.
const MOST_LOOKED_UP: usize = 256;

/// What the allocator did in an operation, or before the first one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) loads: u64,
    pub(crate) stores: u64,
    pub(crate) search_steps: u64,
    pub(crate) splits: u32,
    pub(crate) merges: u32,
    /// Calls of `sbrk` with an increment other than 0.
    pub(crate) sbrk_calls: u32,
    pub(crate) sbrk_refused: bool,
}

/// The value that the probe unwinds with when a call makes too many accesses.
pub(crate) struct TooManyAccesses;

impl FilmProbe {
    /// Notes that a call of the allocator begins, which may make this many accesses.
    pub(crate) fn begin(&self, allowed: u64, detail: Detail) {
        self.0.loads.set(0);
        self.0.stores.set(0);
        self.0.counts.set(Counts::default());
        self.0.left.set(allowed);
        self.0.detail.set(detail);
        self.0.recorded.borrow_mut().clear();
    }

    /// Notes that the call has ended. Returns what it did.
    pub(crate) fn end(&self) -> Counts {
        self.0.left.set(u64::MAX);
        self.0.detail.set(Detail::Counts);
        let (loads, stores) = (self.0.loads.get(), self.0.stores.get());
        Counts { loads, stores, ..self.0.counts.get() }
    }

    /// Returns the accesses of the last recorded call.
    pub(crate) fn take_recorded(&self) -> Vec<Access> {
        self.0.recorded.take()
    }

    /// Returns the numbers of the lines of memory that were changed, in no order. None is changed
    /// afterwards.
    pub(crate) fn take_changed(&self) -> Vec<u32> {
        self.0.changed.borrow_mut().take()
    }

    /// Notes that these bytes are not what they were.
    #[inline]
    pub(crate) fn change(&self, addr: Addr, size: u32) {
        self.0.changed.borrow_mut().add(addr, size);
    }

    #[inline]
    fn count(&self, count: impl FnOnce(&mut Counts)) {
        let mut counts = self.0.counts.get();
        count(&mut counts);
        self.0.counts.set(counts);
    }

    #[inline]
    fn add(count: &Cell<u64>, more: u64) {
        count.set(count.get() + more);
    }

    // Each load and store of a replay comes here, so what is rare is kept out of the way.
    #[inline]
    fn access(&self) {
        match self.0.left.get().checked_sub(1) {
            Some(left) => self.0.left.set(left),
            None => too_many_accesses(),
        }
    }

    #[inline]
    fn records(&self) -> bool {
        self.0.detail.get() != Detail::Counts
    }

    #[cold]
    fn record(&self, event: Seen, place: &'static Location<'static>) {
        let detail = self.0.detail.get();
        let mut recorded = self.0.recorded.borrow_mut();
        if recorded.len() >= MOST_RECORDED {
            return;
        }
        let calls = match detail == Detail::Calls && recorded.len() < MOST_LOOKED_UP {
            true => frames_here().into_iter().map(FunctionAt::from).collect(),
            false => Vec::new(),
        };
        recorded.push(Access { event, source: Place::from(place).into(), calls });
    }
}

#[cold]
fn too_many_accesses() {
    // No panic hook runs: this is not a panic but a way out.
    resume_unwind(Box::new(TooManyAccesses));
}

fn words(size: u32) -> u64 {
    u64::from(size.div_ceil(WORD_BYTES))
}

impl Probe for FilmProbe {
    /// A copy of a heap's value for a checkpoint has a machine of its own, which is never used: a
    /// bounded one takes next to no address space.
    const BOUNDED: bool = true;
    const SEES_WORDS: bool = true;

    #[inline]
    fn on_load(&self, _addr: Addr) {
        self.access();
        FilmProbe::add(&self.0.loads, 1);
    }

    #[inline]
    #[track_caller]
    fn on_load_word(&self, addr: Addr, word: u32) {
        if self.records() {
            self.record(Seen::Load { addr: addr.to_word(), word }, Location::caller());
        }
    }

    #[inline]
    fn on_store(&self, addr: Addr) {
        self.access();
        FilmProbe::add(&self.0.stores, 1);
        self.change(addr, WORD_BYTES);
    }

    #[inline]
    #[track_caller]
    fn on_store_word(&self, addr: Addr, old: u32, new: u32) {
        if self.records() {
            self.record(Seen::Store { addr: addr.to_word(), old, new }, Location::caller());
        }
    }

    #[track_caller]
    fn on_copy(&self, from: Addr, to: Addr, size: u32) {
        self.access();
        FilmProbe::add(&self.0.loads, words(size));
        FilmProbe::add(&self.0.stores, words(size));
        self.change(to, size);
        if self.records() {
            let (from, to) = (from.to_word(), to.to_word());
            self.record(Seen::Copy { from, to, bytes: size }, Location::caller());
        }
    }

    #[track_caller]
    fn on_zero(&self, addr: Addr, size: u32) {
        self.access();
        FilmProbe::add(&self.0.stores, words(size));
        self.change(addr, size);
        if self.records() {
            self.record(Seen::Zero { addr: addr.to_word(), bytes: size }, Location::caller());
        }
    }

    #[track_caller]
    fn on_sbrk(&self, increment: i32, old: Addr, new: Addr) {
        // A loop that calls nothing else must end, too.
        self.access();
        if increment != 0 {
            self.count(|counts| {
                counts.sbrk_calls += 1;
                counts.sbrk_refused |= old == new;
            });
        }
        if new < old {
            // The machine sets to zero what it takes back.
            self.change(new, old - new);
        }
        if self.records() {
            let event = Seen::Sbrk { increment, old: old.to_word(), new: new.to_word() };
            self.record(event, Location::caller());
        }
    }

    #[inline]
    #[track_caller]
    fn on_event(&self, event: Event) {
        self.count(|counts| match event {
            Event::SearchStep => counts.search_steps += 1,
            Event::Split => counts.splits += 1,
            Event::Merge => counts.merges += 1,
        });
        if self.records() {
            let seen = match event {
                Event::SearchStep => Seen::SearchStep,
                Event::Split => Seen::Split,
                Event::Merge => Seen::Merge,
            };
            self.record(seen, Location::caller());
        }
    }
}

/// A set of lines of memory.
#[derive(Debug, Default)]
struct ChangedLines {
    /// A bit for each line of the machine, up to the highest that was changed.
    bits: Vec<u64>,
    lines: Vec<u32>,
}

impl ChangedLines {
    #[inline]
    fn add(&mut self, addr: Addr, size: u32) {
        let Some(last) = size.checked_sub(1) else {
            return;
        };
        let first = addr.to_word() / LINE_BYTES;
        // Past the last address, the machine refuses.
        let last = addr.to_word().saturating_add(last) / LINE_BYTES;
        for line in first..=last {
            let (word, bit) = (line as usize / 64, 1 << (line % 64));
            if self.bits.get(word).is_none_or(|bits| bits & bit == 0) {
                self.add_line(line);
            }
        }
    }

    #[cold]
    fn add_line(&mut self, line: u32) {
        let (word, bit) = (line as usize / 64, 1 << (line % 64));
        if word >= self.bits.len() {
            self.bits.resize(word + 1, 0);
        }
        self.bits[word] |= bit;
        self.lines.push(line);
    }

    fn take(&mut self) -> Vec<u32> {
        for line in &self.lines {
            self.bits[*line as usize / 64] = 0;
        }
        std::mem::take(&mut self.lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_changed_line_is_named_once() {
        let mut lines = ChangedLines::default();
        lines.add(Addr::new(0x1_0100), 0);
        assert!(lines.take().is_empty());
        lines.add(Addr::new(0x1_0200), 4);
        lines.add(Addr::new(0x1_00fe), 4);
        lines.add(Addr::new(0x1_0100), 8);
        assert_eq!(lines.take(), [0x102, 0x100, 0x101]);
        lines.add(Addr::new(u32::MAX), 4);
        assert_eq!(lines.take(), [u32::MAX / LINE_BYTES]);
    }
}
