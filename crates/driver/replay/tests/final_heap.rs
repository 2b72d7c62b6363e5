//! The whole heap after a trace, and views of it that are broken.

use heaplab_arena::{Addr, Arena, OutOfMemory, Probe, Refuse};
use heaplab_heap::{
    Align, BlockView, Design, Heap, HeapError, Listed, Violation, Word, parse_policy,
};
use heaplab_replay::{
    CheckSettings, FinalBlock, FinalHeap, Kind, ListEntry, Payload, Position, Stopped,
    check_accesses, check_whole,
};
use heaplab_trace::{ReadOptions, Trace};

const EXAMINATION: CheckSettings = CheckSettings {
    align: Align::Sixteen,
    limit_bytes: 1 << 20,
    refuse: Refuse::Never,
    may_run_out: false,
    bad_pointers: true,
};

fn trace(ops: &str) -> Trace {
    let text = format!("0\n3\n{}\n1\n{ops}", ops.lines().count());
    let reading = Trace::parse("test.rep", text.as_bytes(), &ReadOptions::default());
    reading.expect("a well-formed trace").trace
}

/// Two blocks, and between them a hole.
const HOLE: &str = "a 0 24\na 1 40\na 2 8\nf 1\n";

fn final_heap<D: Design>(design: &D, ops: &str) -> FinalHeap {
    check_whole(design, &trace(ops), &EXAMINATION, &|_| ()).expect("no fault")
}

#[test]
fn the_final_heap_has_every_block_list_entry_and_payload() {
    let final_heap = final_heap(&heaplab_explicit::Policy::default(), HOLE);
    assert_eq!((final_heap.heap_start, final_heap.cut_short), (0x1_0000, false));
    let allocated = |block: &&FinalBlock| block.allocated;
    assert_eq!(final_heap.blocks.iter().filter(allocated).count(), 2);
    let mut last = None;
    for block in &final_heap.blocks {
        assert!(last.is_none_or(|end| end == block.address), "{final_heap:?}");
        last = Some(block.address + block.size);
    }
    assert!(last.is_some_and(|end| end <= final_heap.heap_break));
    let [first, second] = final_heap.payloads[..] else {
        panic!("{final_heap:?}");
    };
    assert_eq!((first.id, first.size), (0, 24));
    assert_eq!((second.id, second.size), (2, 8));
    let hole = final_heap.blocks.iter().find(|block| {
        !block.allocated && first.address < block.address && block.address < second.address
    });
    let hole = hole.unwrap();
    let entry = ListEntry { list: 0, payload: hole.address + 4 };
    assert!(final_heap.free_lists.contains(&entry), "{final_heap:?}");
    assert!(final_heap.check_accesses > 0 && final_heap.struct_bytes <= 128);
}

#[test]
fn the_final_heap_is_checked_as_by_check_accesses() {
    let policy: heaplab_implicit::Policy = parse_policy("next-fit").unwrap();
    let examined = check_accesses(&policy, &trace(HOLE), &EXAMINATION, &|_| ()).unwrap();
    assert_eq!(final_heap(&policy, HOLE).examined, examined);
}

#[test]
fn a_final_heap_round_trips_through_json() {
    let final_heap = final_heap(&heaplab_explicit::Policy::default(), HOLE);
    let json = serde_json::to_string(&final_heap).unwrap();
    assert_eq!(serde_json::from_str::<FinalHeap>(&json).unwrap(), final_heap);
}

#[test]
fn a_payload_of_zero_bytes_is_left_out() {
    let final_heap = final_heap(&heaplab_implicit::Policy::default(), "a 0 0\na 1 5\n");
    let ids: Vec<_> = final_heap.payloads.iter().map(|payload| payload.id).collect();
    assert_eq!(ids, [1]);
}

#[test]
fn endless_views_are_stopped() {
    // They yield for ever without a memory access.
    assert_eq!(fault(Sin::Forever), ("blocks", false));
    // They read the same word for ever.
    assert_eq!(fault(Sin::Circle), ("endless-loop", true));
}

#[test]
fn a_view_that_panics_or_reads_past_the_break_is_a_fault() {
    assert_eq!(fault(Sin::Panic), ("panic", false));
    assert_eq!(fault(Sin::Past), ("access-past-break", true));
}

#[test]
fn a_check_without_accesses_is_recognized() {
    assert_eq!(final_heap(&Broken(Sin::NoCheck), HOLE).check_accesses, 0);
    assert!(final_heap(&Broken(Sin::None), HOLE).check_accesses > 0);
}

/// Returns the fault's name, and whether it is put down to `blocks`; it is found when `blocks` or
/// `free_lists` is looked at first.
fn fault(sin: Sin) -> (&'static str, bool) {
    let position = std::cell::Cell::new(Position::Build);
    let watch = |now| position.set(now);
    match check_whole(&Broken(sin), &trace(HOLE), &EXAMINATION, &watch) {
        Err(Stopped::Fault(fault)) => {
            let done = fault.at.map_or(0, |at| at.op_index + 1);
            assert_eq!(position.get(), Position::Blocks(done));
            assert!(done <= 1);
            let in_blocks = match &fault.kind {
                Kind::Access(access) => access.call.to_string() == "blocks()",
                Kind::EndlessLoop(endless) => endless.call.to_string() == "blocks()",
                _ => false,
            };
            (fault.kind.code(), in_blocks)
        }
        other => panic!("{other:?}"),
    }
}

/// What is wrong with a heap's views.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Sin {
    #[default]
    None,
    Forever,
    Circle,
    Panic,
    Past,
    NoCheck,
}

/// The implicit heap with something wrong.
#[derive(Clone, Default)]
struct Broken(Sin);

struct BrokenHeap<P: Probe>(Sin, <heaplab_implicit::Policy as Design>::Heap<P>);

impl Design for Broken {
    const NAME: &'static str = "broken";
    const ABOUT: &'static str = "views that are wrong";
    const WORDS: &'static [Word<Self>] = &[];
    type Heap<P: Probe> = BrokenHeap<P>;

    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<BrokenHeap<P>, OutOfMemory> {
        let heap = heaplab_implicit::Policy::default().build(arena, align)?;
        Ok(BrokenHeap(self.0, heap))
    }
}

impl<P: Probe> Heap for BrokenHeap<P> {
    type Probe = P;

    fn blocks(&self) -> impl Iterator<Item = BlockView> + '_ {
        let start = self.arena().start();
        let block = BlockView { start, size: 16, payload: start + 4, allocated: true };
        let mut of_heap = self.1.blocks();
        std::iter::from_fn(move || match self.0 {
            Sin::None | Sin::NoCheck => of_heap.next(),
            Sin::Forever => Some(block),
            Sin::Circle => loop {
                self.arena().load(start + 12);
            },
            Sin::Panic => panic!("no more blocks"),
            Sin::Past => {
                self.arena().load(self.arena().brk());
                None
            }
        })
    }

    fn free_lists(&self) -> impl Iterator<Item = Listed> + '_ {
        self.1.free_lists()
    }

    fn check(&self) -> Result<(), Violation> {
        match self.0 {
            Sin::NoCheck => Ok(()),
            _ => self.1.check(),
        }
    }

    fn malloc(&mut self, size: u32) -> Result<Addr, HeapError> {
        self.1.malloc(size)
    }

    fn free(&mut self, payload: Addr) -> Result<(), HeapError> {
        self.1.free(payload)
    }

    fn usable_size(&self, payload: Addr) -> Result<u32, HeapError> {
        self.1.usable_size(payload)
    }

    fn arena(&self) -> &Arena<P> {
        self.1.arena()
    }

    fn arena_mut(&mut self) -> &mut Arena<P> {
        self.1.arena_mut()
    }

    fn into_arena(self) -> Arena<P> {
        self.1.into_arena()
    }
}

/// A payload is where its block shows it.
#[test]
fn payloads_lie_in_allocated_blocks() {
    let final_heap = final_heap(&heaplab_implicit::Policy::default(), HOLE);
    let holder = |payload: &Payload| {
        final_heap.blocks.iter().find(|block| {
            block.address < payload.address && payload.address - block.address < block.size
        })
    };
    for payload in &final_heap.payloads {
        assert!(holder(payload).is_some_and(|block| block.allocated));
    }
}
