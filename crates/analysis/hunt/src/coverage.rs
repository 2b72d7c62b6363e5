//! Which ways through the allocator a run has taken.

use heaplab_arena::{Addr, Event, Probe};
use heaplab_replay::foreign;
use heaplab_trace::Op;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::panic::Location;

/// A probe that distinguishes new behaviour from old, without knowing the allocator.
///
/// A *place* is a line of the allocator's source that a load, store, `sbrk` or event comes from; a
/// *path* is the step from one place to the next, like the edges of the fuzzer AFL (M. Zalewski's
/// technical notes on it). A case is new if it takes a path that no earlier case has taken, or
/// takes one more often, by the classes 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127 and more; so
/// a loop of ten rounds and one of eleven are the same.
///
/// Places are numbered in the order in which they are first seen, so that the same cases always
/// have the same coverage.
#[derive(Debug, Default)]
pub struct Coverage(RefCell<State>);

#[derive(Debug)]
struct State {
    /// Whether accesses count; they do not while the heap checks itself.
    on: bool,
    /// The place last seen.
    last: u16,
    places: HashMap<Place, u16>,
    /// The numbers of places by the address of their location: a cache, for speed only.
    recent: Vec<(usize, u16)>,
    /// The numbers of places in code that is not Rust, by where it is in the process.
    foreign: HashMap<usize, u16>,
    /// How often this case has taken each path: rows of places.
    counts: Vec<u16>,
    /// The paths that this case has taken.
    taken: Vec<u32>,
    /// For each path the classes of counts seen so far, a bit for each.
    classes: Vec<u8>,
    paths: usize,
    /// In which call each path was last taken.
    taken_in: Vec<u32>,
    call: u32,
    /// The set of paths that the running call has taken, as a hash.
    way: u64,
    ways: HashSet<u64>,
    /// New ways in this case.
    new_ways: usize,
}

/// File, line, column, and what was done there.
type Place = (&'static str, u32, u32, Visit);

/// What else distinguishes two visits of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Visit {
    /// The driver's call, by its kind.
    Call(u8),
    Access,
    /// `sbrk` worked, or was refused.
    Sbrk(bool),
}

/// More places than an allocator has; further ones count as the last.
const PLACES: usize = 512;

const RECENT: usize = 1024;

impl Default for State {
    fn default() -> State {
        State {
            on: false,
            last: 0,
            places: HashMap::new(),
            recent: vec![(0, 0); RECENT],
            foreign: HashMap::new(),
            counts: vec![0; PLACES * PLACES],
            taken: Vec::new(),
            classes: vec![0; PLACES * PLACES],
            paths: 0,
            taken_in: vec![0; PLACES * PLACES],
            call: 0,
            way: 0,
            ways: HashSet::new(),
            new_ways: 0,
        }
    }
}

impl Coverage {
    /// Notes that the heap is called for this operation; `None` to set it up.
    pub fn begin(&self, op: Option<Op>) {
        let kind = match op {
            None => 0,
            Some(Op::Malloc { .. }) => 1,
            Some(Op::Free { .. }) => 2,
            Some(Op::FreeNull) => 3,
            Some(Op::Realloc { .. }) => 4,
            Some(Op::Calloc { .. }) => 5,
            Some(Op::Memalign { .. }) => 6,
            Some(Op::Write { .. }) => 7,
        };
        let state = &mut *self.0.borrow_mut();
        state.end_call();
        state.on = true;
        state.last = state.number(("", 0, 0, Visit::Call(kind)));
    }

    /// Ignores all accesses until the next call.
    pub fn pause(&self) {
        self.0.borrow_mut().end_call();
    }

    /// Ends the case. Returns how much of it was new, 0 if nothing.
    pub fn end_case(&self) -> usize {
        let state = &mut *self.0.borrow_mut();
        state.end_call();
        let mut new = std::mem::take(&mut state.new_ways);
        for path in state.taken.drain(..) {
            let path = path as usize;
            let class = class_of(std::mem::take(&mut state.counts[path]));
            state.paths += usize::from(state.classes[path] == 0);
            new += usize::from(state.classes[path] & class == 0);
            state.classes[path] |= class;
        }
        new
    }

    /// Returns how many lines of the allocator were seen to run. (A line that does two things
    /// counts for each.)
    pub fn places(&self) -> usize {
        let state = self.0.borrow();
        let calls = |place: &&Place| matches!(place.3, Visit::Call(_));
        state.places.len() - state.places.keys().filter(calls).count()
    }

    /// Returns how many different sets of paths calls have taken. Equal rounds of a loop count
    /// once.
    pub fn ways(&self) -> usize {
        self.0.borrow().ways.len()
    }

    /// Returns how many different steps from one place to the next there were.
    pub fn paths(&self) -> usize {
        self.0.borrow().paths
    }

    #[inline]
    fn visit(&self, location: &'static Location<'static>, deed: Visit) {
        let state = &mut *self.0.borrow_mut();
        if !state.on {
            return;
        }
        let number = match foreign::running_at() {
            Some(pc) => state.number_of_foreign(pc, deed),
            None => state.number_of(location, deed),
        };
        let path = usize::from(state.last) * PLACES + usize::from(number);
        if state.counts[path] == 0 {
            state.taken.push(path as u32);
        }
        state.counts[path] = state.counts[path].saturating_add(1);
        if state.taken_in[path] != state.call {
            state.taken_in[path] = state.call;
            state.way = state.way.wrapping_add(mix(path as u64));
        }
        state.last = number;
    }
}

impl State {
    /// Ends the running call, if there is one.
    fn end_call(&mut self) {
        if self.on && self.ways.insert(self.way) {
            self.new_ways += 1;
        }
        self.on = false;
        self.way = 0;
        self.call += 1;
    }

    fn number_of(&mut self, location: &'static Location<'static>, deed: Visit) -> u16 {
        let address = std::ptr::from_ref(location) as usize;
        let slot = (address / align_of::<Location>()) % RECENT;
        match self.recent[slot] {
            (known, number) if known == address && deed == Visit::Access => number,
            _ => {
                let place = (location.file(), location.line(), location.column(), deed);
                let number = self.number(place);
                if deed == Visit::Access {
                    self.recent[slot] = (address, number);
                }
                number
            }
        }
    }

    /// Returns the number of a place in code that is not Rust. Its accesses all come through the
    /// same lines of Rust.
    fn number_of_foreign(&mut self, pc: usize, deed: Visit) -> u16 {
        if deed == Visit::Access
            && let Some(number) = self.foreign.get(&pc)
        {
            return *number;
        }
        let (file, line) = foreign::place_at(pc).map_or(("", 0), |place| (place.file, place.line));
        let number = self.number((file, line, pc as u32, deed));
        if deed == Visit::Access {
            self.foreign.insert(pc, number);
        }
        number
    }

    fn number(&mut self, place: Place) -> u16 {
        let next = self.places.len().min(PLACES - 1) as u16;
        *self.places.entry(place).or_insert(next)
    }
}

/// Spreads the bits of a number (SplitMix64's finalizer): sums of such numbers stand for sets.
fn mix(number: u64) -> u64 {
    let mut word = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ word >> 31
}

/// Returns the class of a count, as a bit.
fn class_of(count: u16) -> u8 {
    match count {
        0 | 1 => 1,
        2 => 1 << 1,
        3 => 1 << 2,
        4..=7 => 1 << 3,
        8..=15 => 1 << 4,
        16..=31 => 1 << 5,
        32..=127 => 1 << 6,
        _ => 1 << 7,
    }
}

impl Probe for Coverage {
    #[inline]
    #[track_caller]
    fn on_load(&self, _addr: Addr) {
        self.visit(Location::caller(), Visit::Access);
    }

    #[inline]
    #[track_caller]
    fn on_store(&self, _addr: Addr) {
        self.visit(Location::caller(), Visit::Access);
    }

    #[inline]
    #[track_caller]
    fn on_copy(&self, _from: Addr, _to: Addr, _size: u32) {
        self.visit(Location::caller(), Visit::Access);
    }

    #[inline]
    #[track_caller]
    fn on_zero(&self, _addr: Addr, _size: u32) {
        self.visit(Location::caller(), Visit::Access);
    }

    #[inline]
    #[track_caller]
    fn on_sbrk(&self, _increment: i32, old: Addr, new: Addr) {
        self.visit(Location::caller(), Visit::Sbrk(old != new));
    }

    #[inline]
    #[track_caller]
    fn on_event(&self, _event: Event) {
        self.visit(Location::caller(), Visit::Access);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_arena::host::Host;
    use heaplab_arena::{Arena, Settings};

    /// Runs an allocator of three lines.
    fn work(arena: &mut Arena<&Coverage>, rounds: u32) {
        let start = arena.start();
        for _ in 0..rounds {
            arena.store(start, 1);
            arena.load(start);
        }
    }

    #[test]
    fn a_case_is_new_when_it_does_something_new_or_much_more_often() {
        let coverage = Coverage::default();
        let mut arena = Arena::with(Settings::default(), &coverage).expect("address space");
        let mut case = |rounds| {
            coverage.begin(Some(Op::FreeNull));
            work(&mut arena, rounds);
            coverage.end_case()
        };
        // From the call to the store, from the store to the load; and a way.
        assert_eq!(case(1), 3);
        assert_eq!(case(1), 0);
        // From the load back to the store; from the store to the load, twice; and
        // all three.
        assert_eq!(case(2), 3);
        assert_eq!(case(8), 2);
        // Back to the store: seven times before, eight now.
        assert_eq!(case(9), 1);
        assert_eq!(case(10), 0);
        assert_eq!((coverage.places(), coverage.paths()), (2, 3));
        assert_eq!(coverage.ways(), 2);

        coverage.begin(None);
        work(&mut arena, 1);
        coverage.pause();
        work(&mut arena, 1000);
        // The path from another call is new, and so is the way.
        assert_eq!(coverage.end_case(), 2);
    }
}
