//! Films of heaps that fail, panic, loop, or can't be copied.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)] // In a test, a failed unwrap is the failure.

use heaplab_arena::{Addr, Arena, OutOfMemory, Probe};
use heaplab_film::{Failure, Film, FilmError, Kind, KnownFault, Options, Returned};
use heaplab_heap::{Align, BlockView, Design, Heap, HeapError, Violation, Word};
use heaplab_implicit::Implicit;
use heaplab_replay::{Settings, validate};
use heaplab_trace::{Id, Op, Trace, Weight};
use std::sync::Arc;

/// What a heap does at a request of [`BAD_SIZE`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Habit {
    #[default]
    Sound,
    Refuses,
    Panics,
    /// Reads the same word for ever.
    Loops,
    /// Its `blocks` do not end from then on.
    ShowsTooMuch,
    /// Gives the block 16 bytes further every other time that it is asked.
    Forgets,
}

const BAD_SIZE: u32 = 777;

/// The implicit list, with a habit.
#[derive(Clone, Default)]
struct Spoilt {
    habit: Habit,
    /// Whether the heap's value can be copied.
    is_copied: bool,
}

struct SpoiltHeap<P: Probe> {
    heap: Implicit<P>,
    recipe: Spoilt,
    shows_too_much: bool,
}

impl Design for Spoilt {
    const NAME: &'static str = "spoilt";
    const ABOUT: &'static str = "a heap with a habit";
    const WORDS: &'static [Word<Spoilt>] = &[];
    type Heap<P: Probe> = SpoiltHeap<P>;

    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<SpoiltHeap<P>, OutOfMemory> {
        let heap = heaplab_implicit::Policy::default().build(arena, align)?;
        Ok(SpoiltHeap { heap, recipe: self.clone(), shows_too_much: false })
    }
}

impl<P: Probe> Heap for SpoiltHeap<P> {
    type Probe = P;

    fn malloc(&mut self, size: u32) -> Result<Addr, HeapError> {
        let payload = self.heap.malloc(size)?;
        match self.recipe.habit {
            _ if size != BAD_SIZE => {}
            Habit::Sound => {}
            Habit::Refuses => return Err(HeapError::OutOfMemory),
            Habit::Panics => panic!("an index\nout of bounds"),
            Habit::Loops => while self.arena().load(payload) == self.arena().load(payload) {},
            Habit::ShowsTooMuch => self.shows_too_much = true,
            Habit::Forgets => {
                use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
                static ASKED: AtomicU32 = AtomicU32::new(0);
                return Ok(payload + ASKED.fetch_add(1, Relaxed) % 2 * 16);
            }
        }
        Ok(payload)
    }

    fn free(&mut self, payload: Addr) -> Result<(), HeapError> {
        self.heap.free(payload)
    }

    fn usable_size(&self, payload: Addr) -> Result<u32, HeapError> {
        self.heap.usable_size(payload)
    }

    fn check(&self) -> Result<(), Violation> {
        self.heap.check()
    }

    fn blocks(&self) -> impl Iterator<Item = BlockView> + '_ {
        let again = if self.shows_too_much { usize::MAX } else { 1 };
        (0..again).flat_map(|_| self.heap.blocks())
    }

    fn arena(&self) -> &Arena<P> {
        self.heap.arena()
    }

    fn arena_mut(&mut self) -> &mut Arena<P> {
        self.heap.arena_mut()
    }

    fn into_arena(self) -> Arena<P> {
        self.heap.into_arena()
    }

    fn copy_onto(&self, arena: Arena<P>) -> Option<Self> {
        let recipe = self.recipe.clone();
        let shows_too_much = self.shows_too_much;
        let heap = self.heap.copy_onto(arena).filter(|_| recipe.is_copied)?;
        Some(SpoiltHeap { heap, recipe, shows_too_much })
    }
}

/// Returns a trace with the bad request as operation `at`.
fn trace(at: usize, len: usize) -> Arc<Trace> {
    let size = |index: usize| if index == at { BAD_SIZE } else { 16 + (index as u32 * 37) % 300 };
    let ops = (0..len).map(|index| {
        let id = Id((index / 3) as u32);
        match index % 3 {
            0 => Op::Malloc { id, size: size(index) },
            1 => Op::Realloc { id, size: size(index) },
            _ if index % 2 == 0 => Op::Free { id },
            _ => Op::Write { id, bytes: 1 },
        }
    });
    Arc::new(Trace::from_ops("bad", Weight::Both, ops.collect()).unwrap())
}

fn film(habit: Habit, is_copied: bool) -> Film<Spoilt> {
    let design = Spoilt { habit, is_copied };
    Film::record(design, trace(2400, 3000), Options::default()).unwrap()
}

#[test]
fn a_film_ends_with_the_operation_that_fails() {
    for (habit, code, result) in [
        (Habit::Refuses, "refused", Returned::Refused("out of memory".to_owned())),
        (Habit::Panics, "panic", Returned::Stopped),
        (Habit::Loops, "endless-loop", Returned::Stopped),
    ] {
        for is_copied in [true, false] {
            let mut film = film(habit, is_copied);
            assert_eq!((film.len(), film.has_checkpoints()), (2401, is_copied), "{habit:?}");
            assert_eq!(film.next(Kind::Failure, None), Some(2400));
            let last = film.step(2400).unwrap();
            assert_eq!(last.failure.as_ref().map(|failure| &*failure.code), Some(code));
            match (&last.result, &result) {
                (Returned::Refused(_), Returned::Refused(_)) => {}
                (is, should) => assert_eq!(is, should),
            }
            // What it did before it failed is seen, and the steps before are as they were.
            assert!(last.cost.loads > 0, "{habit:?}");
            assert_eq!(last.in_a_line().to_string().lines().count(), 1, "{habit:?}");
            let before = film.step(2399).unwrap();
            assert_eq!((before.failure, before.facts.ops), (None, 2400));
            assert_eq!(film.step(2400).unwrap(), last, "{habit:?}");
            assert_eq!(film.heap(2401, &|_| ()).unwrap().ops, 2401);
            assert!(matches!(film.step(2401), Err(FilmError::NoSuchStep { step: 2401, .. })));
        }
    }
}

#[test]
fn steps_are_the_same_with_checkpoints_and_without() {
    let (mut with, mut without) = (film(Habit::Sound, true), film(Habit::Sound, false));
    for step in [2999, 0, 1200, 1199, 1100, 2500, 2499, 2498, 2400, 2999, 1] {
        assert_eq!(with.step(step).unwrap(), without.step(step).unwrap(), "{step}");
        let heaps = [&mut with, &mut without].map(|film| film.heap(step, &|_| ()).unwrap());
        assert_eq!(heaps[0], heaps[1], "{step}");
        let segment = (heaps[0].heap_start, heaps[0].heap_break - heaps[0].heap_start);
        let bytes = [&mut with, &mut without].map(|film| film.bytes(step, segment, &|_| ()));
        assert_eq!(bytes[0], bytes[1], "{step}");
    }
}

fn facts_are_those_of_run<D: Design>(design: D) {
    let trace = trace(2400, 3000);
    let settings = Settings { align: Align::Sixteen, limit_bytes: 1 << 30, check_every: None };
    let run = validate(&design, &trace, &settings, &|_| ()).unwrap();
    let mut film = Film::record(design, trace, Options::default()).unwrap();
    let facts = film.step(2999).unwrap().facts;
    assert_eq!((facts.loads, facts.stores), (run.loads, run.stores), "{}", D::NAME);
    assert_eq!((facts.ops as u64, u64::from(facts.sbrk_calls)), (run.ops, run.sbrk_calls));
    assert_eq!(facts.peak_payload_bytes, run.peak_payload_bytes, "{}", D::NAME);
    assert_eq!(u64::from(facts.peak_heap_bytes), run.heap_bytes, "{}", D::NAME);
}

#[test]
fn the_facts_at_the_end_are_those_of_run() {
    facts_are_those_of_run(heaplab_bump::Policy);
    facts_are_those_of_run(heaplab_implicit::Policy::default());
    facts_are_those_of_run(heaplab_explicit::Policy::default());
    facts_are_those_of_run(heaplab_segregated::Policy::default());
    facts_are_those_of_run(heaplab_quick::Policy::default());
    facts_are_those_of_run(Spoilt { is_copied: true, ..Spoilt::default() });
}

#[test]
fn a_film_is_seen_while_it_is_recorded() {
    for (habit, len) in [(Habit::Sound, 3000), (Habit::Panics, 2401)] {
        let mut whole = film(habit, true);
        for is_copied in [true, false] {
            let design = Spoilt { habit, is_copied };
            let mut growing =
                Film::begin(design, trace(2400, 3000), Options::default(), &|_| ()).unwrap();
            let mut looks = 0;
            while !growing.is_complete() {
                growing.record_more(170, &|_| ()).unwrap();
                // Mostly far before the end, sometimes just before it.
                let last = growing.len() - 1;
                let at = if looks % 3 == 0 { last } else { (looks * 577) % (last + 1) };
                assert_eq!(growing.step(at).unwrap(), whole.step(at).unwrap(), "{at} of {last}");
                assert_eq!(growing.failure().is_some(), growing.len() == 2401 && len == 2401);
                looks += 1;
            }
            assert_eq!((growing.len(), growing.failure()), (len, whole.failure()));
            for step in [0, 1, 499, 500, 501, 1700, len - 2, len - 1] {
                assert_eq!(growing.step(step).unwrap(), whole.step(step).unwrap(), "{step}");
                let heaps = [&mut growing, &mut whole].map(|film| film.heap(step, &|_| ()));
                assert_eq!(heaps[0], heaps[1], "{step}");
            }
        }
    }
}

#[test]
fn a_fault_that_is_found_later_ends_the_film_there() {
    let failure = Failure { code: "overlap".to_owned(), message: "shares bytes".to_owned() };
    for (op_index, is_fatal) in
        [(Some(10), false), (Some(10), true), (Some(0), true), (None, false)]
    {
        let fault = KnownFault { op_index, failure: failure.clone(), is_fatal };
        let options = Options { fault: Some(fault.clone()), ..Options::default() };
        let mut known = Film::record(Spoilt::default(), trace(2400, 3000), options).unwrap();
        for recorded in [0, 5, 10, 11, 700, 3000] {
            let design = Spoilt { is_copied: true, ..Spoilt::default() };
            let options = Options::default();
            let mut later = Film::begin(design, trace(2400, 3000), options, &|_| ()).unwrap();
            later.record_more(recorded, &|_| ()).unwrap();
            later.end_with(fault.clone());
            while !later.is_complete() {
                later.record_more(1000, &|_| ()).unwrap();
            }
            assert_eq!((later.len(), later.failure()), (known.len(), known.failure()));
            let last = later.len() - 1;
            assert_eq!(later.step(last).unwrap(), known.step(last).unwrap(), "{recorded}");
            let done = later.len();
            let heaps = [&mut later, &mut known].map(|film| film.heap(done, &|_| ()).unwrap());
            assert_eq!(heaps[0], heaps[1], "{recorded}");
        }
    }
}

#[test]
fn a_known_fault_is_said_at_its_operation() {
    let failure = Failure { code: "overlap".to_owned(), message: "shares bytes".to_owned() };
    for is_fatal in [false, true] {
        let fault = KnownFault { op_index: Some(10), failure: failure.clone(), is_fatal };
        let options = Options { fault: Some(fault), ..Options::default() };
        let mut film = Film::record(Spoilt::default(), trace(2400, 3000), options).unwrap();
        assert_eq!(film.len(), 11);
        let step = film.step(10).unwrap();
        assert_eq!(step.failure, Some(failure.clone()));
        assert_eq!(step.result == Returned::Stopped, is_fatal);
        assert_eq!(film.step(9).unwrap().failure, None);
    }
    let fault = KnownFault { op_index: None, failure: failure.clone(), is_fatal: false };
    let options = Options { fault: Some(fault), ..Options::default() };
    let mut film = Film::record(Spoilt::default(), trace(2400, 3000), options).unwrap();
    assert_eq!((film.len(), film.failure()), (3000, Some(&failure)));
    assert_eq!(film.step(2999).unwrap().failure, None);
}

#[test]
fn views_that_do_not_end_are_cut_off() {
    let mut film = film(Habit::ShowsTooMuch, true);
    let shown = film.heap(2400, &|_| ()).unwrap();
    assert!(!shown.blocks.is_empty());
    assert_eq!(film.step(2400).unwrap().failure, None);
    assert_eq!(film.heap(2400, &|_| ()).unwrap(), shown);
}

#[test]
fn a_heap_that_does_not_repeat_itself_is_found_out() {
    let mut film = film(Habit::Forgets, true);
    assert_eq!(film.step(2400), Err(FilmError::NotRepeated { op_index: 2400 }));
}

#[test]
fn steps_of_a_kind_are_found_forwards_and_backwards() {
    let mut film = film(Habit::Sound, true);
    for kind in [Kind::Split, Kind::Merge, Kind::Sbrk, Kind::Move] {
        let all: Vec<usize> = (0..film.len())
            .filter(|&index| {
                let step = film.step(index).unwrap();
                match kind {
                    Kind::Split => step.notes.splits > 0,
                    Kind::Merge => step.notes.merges > 0,
                    Kind::Sbrk => !step.notes.sbrk_calls.is_empty(),
                    _ => {
                        step.operation.starts_with('r')
                            && !step.call.contains(&match step.result {
                                Returned::Address(addr) => format!("({addr:#x},"),
                                _ => String::new(),
                            })
                    }
                }
            })
            .collect();
        let (mut forwards, mut at) = (Vec::new(), None);
        while let Some(next) = film.next(kind, at) {
            forwards.push(next);
            at = Some(next);
        }
        assert_eq!(forwards, all, "{kind:?}");
        assert_eq!(film.previous(kind, film.len()), all.last().copied());
        assert_eq!(film.previous(kind, 0), None);
    }
    assert_eq!(film.next(Kind::Failure, None), None);
}

#[test]
fn a_step_is_found_by_its_line() {
    let film = film(Habit::Sound, true);
    assert_eq!([film.at_line(0), film.at_line(5), film.at_line(7)], [Some(0), Some(0), Some(2)]);
    assert_eq!([film.at_line(3004), film.at_line(3005)], [Some(2999), None]);
}

#[test]
fn an_empty_trace_has_no_steps_and_an_empty_heap() {
    let empty = Arc::new(Trace::from_ops("empty", Weight::Both, Vec::new()).unwrap());
    let mut film = Film::record(Spoilt::default(), empty, Options::default()).unwrap();
    assert!(film.is_empty());
    assert!(!film.heap(0, &|_| ()).unwrap().blocks.is_empty());
    let options = Options { limit_bytes: 16, ..Options::default() };
    let error = Film::record(Spoilt::default(), trace(0, 3), options).err();
    assert!(matches!(error, Some(FilmError::NotBuilt(_))), "{error:?}");
}
