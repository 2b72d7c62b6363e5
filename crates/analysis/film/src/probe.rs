//! The probe of a film: it counts, notes how memory changes, and records the accesses of a single
//! operation.

use crate::access::{Access, Event as Seen, FunctionAt};
use heaplab_arena::{Addr, Event, Probe, WORD_BYTES};
use heaplab_replay::{Place, frames_here};
use std::cell::{Cell, RefCell};
use std::panic::{Location, resume_unwind};
use std::rc::Rc;

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
    changes: RefCell<Vec<Change>>,
    forgets_changes: Cell<bool>,
}

/// A word that changed: its address in words, and the exclusive or of its values before and after.
pub(crate) type Change = (u32, u32);

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

/// Bytes that are replaced are compared in parts of this size.
const BYTES_COMPARED_AT_ONCE: usize = 256;
const ZEROS: [u8; BYTES_COMPARED_AT_ONCE] = [0; BYTES_COMPARED_AT_ONCE];

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

    /// Returns the changes of memory since the last time, in the order in which they were made.
    pub(crate) fn take_changes(&self) -> Vec<Change> {
        self.0.changes.take()
    }

    /// Notes no changes from now on: memory is never put back.
    pub(crate) fn forget_changes(&self) {
        self.0.forgets_changes.set(true);
        self.0.changes.take();
    }

    #[inline]
    fn change(&self, word: u32, difference: u32) {
        if difference != 0 && !self.0.forgets_changes.get() {
            self.0.changes.borrow_mut().push((word, difference));
        }
    }

    /// Notes that the bytes from `addr` are not what they were, by their differences.
    fn change_bytes(&self, addr: Addr, differences: impl Iterator<Item = u8>) {
        let (mut word, mut of_word) = (addr.to_word() / WORD_BYTES, 0);
        for (offset, difference) in (0..).zip(differences) {
            let at = (addr + offset).to_word();
            if at / WORD_BYTES != word {
                self.change(word, of_word);
                (word, of_word) = (at / WORD_BYTES, 0);
            }
            of_word |= u32::from(difference) << (8 * (at % WORD_BYTES));
        }
        self.change(word, of_word);
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
    fn on_store(&self, _addr: Addr) {
        self.access();
        FilmProbe::add(&self.0.stores, 1);
    }

    #[inline]
    #[track_caller]
    fn on_store_word(&self, addr: Addr, old: u32, new: u32) {
        match addr.is_aligned_to(WORD_BYTES) {
            true => self.change(addr.to_word() / WORD_BYTES, old ^ new),
            false => self.change_bytes(addr, (old ^ new).to_le_bytes().into_iter()),
        }
        if self.records() {
            self.record(Seen::Store { addr: addr.to_word(), old, new }, Location::caller());
        }
    }

    fn on_replace(&self, addr: Addr, old: &[u8], new: Option<&[u8]>) {
        let new = new.unwrap_or_default();
        // Most of it is zeros that stay zeros.
        for (index, old) in old.chunks(BYTES_COMPARED_AT_ONCE).enumerate() {
            let from = index * BYTES_COMPARED_AT_ONCE;
            let new = new.get(from..from + old.len()).unwrap_or(&ZEROS[..old.len()]);
            if old != new {
                let differences = old.iter().zip(new).map(|(old, new)| old ^ new);
                self.change_bytes(addr + from as u32, differences);
            }
        }
    }

    #[track_caller]
    fn on_copy(&self, from: Addr, to: Addr, size: u32) {
        self.access();
        FilmProbe::add(&self.0.loads, words(size));
        FilmProbe::add(&self.0.stores, words(size));
        if self.records() {
            let (from, to) = (from.to_word(), to.to_word());
            self.record(Seen::Copy { from, to, bytes: size }, Location::caller());
        }
    }

    #[track_caller]
    fn on_zero(&self, addr: Addr, size: u32) {
        self.access();
        FilmProbe::add(&self.0.stores, words(size));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_the_difference_of_each_word() {
        let probe = FilmProbe::default();
        probe.on_store_word(Addr::new(8), 5, 5);
        probe.on_store_word(Addr::new(8), 1, 3);
        probe.on_store_word(Addr::new(14), 0, 0x8765_4321);
        probe.on_replace(Addr::new(16), &[1, 0, 0, 0, 0, 0, 0, 0, 7], None);
        probe.on_replace(Addr::new(33), &[1, 2, 3], Some(&[1, 0, 3]));
        let changes = [(2, 2), (3, 0x4321_0000), (4, 0x8765), (4, 1), (6, 7), (8, 2 << 16)];
        assert_eq!(probe.take_changes(), changes);
        assert_eq!(probe.take_changes(), []);
        probe.forget_changes();
        probe.on_store_word(Addr::new(8), 1, 3);
        assert_eq!(probe.take_changes(), []);
    }
}
