//! A heap that is right in everything but what `usable_size` promises earns nothing on a trace that
//! allocates, in any way of promising too much.
#![forbid(unsafe_code)]

use heaplab_arena::{Addr, Arena, OutOfMemory, Probe};
use heaplab_heap::{Align, BlockView, Design, Heap, HeapError, Listed, Violation, Word};
use heaplab_lab::{Check, Lab};
use heaplab_lab_tests::{labs, measured, run, with_broken_heaps};
use heaplab_policies::solution_4_quick::Policy;
use std::cell::Cell;

/// What `usable_size` says of a block with this many usable bytes, when it is asked for the
/// `asked`th time since the heap was built; `room` is the distance from the payload to the break.
type Promise = fn(usable: u32, room: u32, asked: u32) -> u32;

const PROMISES: [(&str, Promise); 10] = [
    ("2^32 - 1", |_, _, _| u32::MAX),
    ("2^32 - 16", |_, _, _| u32::MAX - 15),
    ("2^31", |_, _, _| 1 << 31),
    ("2^31 - 1", |_, _, _| i32::MAX as u32),
    ("2^32 - 1 for 32 bytes and more", |usable, _, _| if usable < 32 { usable } else { u32::MAX }),
    (
        "2^32 - 1 every other time",
        |usable, _, asked| if asked % 2 == 0 { usable } else { u32::MAX },
    ),
    (
        "2^32 - 1 from the fifth time on",
        |usable, _, asked| if asked < 5 { usable } else { u32::MAX },
    ),
    ("all bytes up to the break", |_, room, _| room),
    ("a word more", |usable, _, _| usable + 4),
    ("0", |_, _, _| 0),
];

/// The solution of lab 5 with another `usable_size`.
#[derive(Clone, Default)]
struct Promising<const NUMBER: usize>(Policy);

struct Wrapped<H, const NUMBER: usize> {
    heap: H,
    asked: Cell<u32>,
}

impl<const NUMBER: usize> Design for Promising<NUMBER> {
    const NAME: &'static str = "promising";
    const ABOUT: &'static str = "promises too much";
    const WORDS: &'static [Word<Self>] = &[];
    type Heap<P: Probe> = Wrapped<<Policy as Design>::Heap<P>, NUMBER>;

    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<Self::Heap<P>, OutOfMemory> {
        Ok(Wrapped { heap: self.0.build(arena, align)?, asked: Cell::new(0) })
    }
}

impl<H: Heap, const NUMBER: usize> Heap for Wrapped<H, NUMBER> {
    type Probe = H::Probe;

    fn malloc(&mut self, size: u32) -> Result<Addr, HeapError> {
        self.heap.malloc(size)
    }

    fn free(&mut self, payload: Addr) -> Result<(), HeapError> {
        self.heap.free(payload)
    }

    fn realloc(&mut self, payload: Addr, size: u32) -> Result<Addr, HeapError> {
        self.heap.realloc(payload, size)
    }

    fn memalign(&mut self, align_bytes: u32, size: u32) -> Result<Addr, HeapError> {
        self.heap.memalign(align_bytes, size)
    }

    fn usable_size(&self, payload: Addr) -> Result<u32, HeapError> {
        let usable = self.heap.usable_size(payload)?;
        self.asked.set(self.asked.get() + 1);
        let (_, promise) = PROMISES[NUMBER];
        Ok(promise(usable, self.arena().brk() - payload, self.asked.get()))
    }

    fn check(&self) -> Result<(), Violation> {
        self.heap.check()
    }

    fn blocks(&self) -> impl Iterator<Item = BlockView> + '_ {
        self.heap.blocks()
    }

    fn free_lists(&self) -> impl Iterator<Item = Listed> + '_ {
        self.heap.free_lists()
    }

    fn arena(&self) -> &Arena<H::Probe> {
        self.heap.arena()
    }

    fn arena_mut(&mut self) -> &mut Arena<H::Probe> {
        self.heap.arena_mut()
    }

    fn into_arena(self) -> Arena<H::Probe> {
        self.heap.into_arena()
    }
}

/// Returns the lab's checks and traces on which the heap earns something.
fn earned<const NUMBER: usize>(lab: &Lab) -> Vec<String> {
    let (name, _) = PROMISES[NUMBER];
    let checks: Vec<&Check> = lab.stages.iter().flat_map(|stage| &stage.checks).collect();
    let passed = checks.iter().filter(|check| run::<Promising<NUMBER>>(check, "").is_ok());
    let mut earned: Vec<String> = passed.map(|check| format!("{name}: {}", check.title)).collect();
    let traces = measured::<Promising<NUMBER>>(lab);
    let valid = traces.iter().filter(|trace| trace.valid);
    earned.extend(valid.map(|trace| format!("{name}: {}", trace.trace)));
    earned
}

#[test]
fn a_heap_that_promises_too_many_usable_bytes_earns_nothing() {
    let mut labs = labs().into_iter();
    let mut lab = labs.find(|lab| lab.name == "5-open").expect("the open lab");
    // The fault shows at once, or nearly: short traces are enough.
    let short = ["classic/random.rep", "classic/realloc.rep", "shapes/growth.rep"];
    lab.grade.traces = short.map(str::to_owned).to_vec();
    let earned = with_broken_heaps(|| {
        [
            earned::<0>(&lab),
            earned::<1>(&lab),
            earned::<2>(&lab),
            earned::<3>(&lab),
            earned::<4>(&lab),
            earned::<5>(&lab),
            earned::<6>(&lab),
            earned::<7>(&lab),
            earned::<8>(&lab),
            earned::<9>(&lab),
        ]
        .concat()
    });
    assert!(earned.is_empty(), "{earned:#?}");
}
