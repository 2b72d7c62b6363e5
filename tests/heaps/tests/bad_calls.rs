//! Heaps that accept a bad pointer, and the checked machine's
//! verdict on them; sound heaps, on which there must be none.

use heaplab_arena::{Addr, Arena, OutOfMemory, Probe, Refuse};
use heaplab_heap::{Align, BlockView, Design, Heap, HeapError, Listed, Violation, Word};
use heaplab_heap_tests::designs::{ALIGNS, Visitor, visit_all};
use heaplab_replay::{CheckCounts, CheckSettings, Kind, Stopped, check_accesses};
use heaplab_trace::{ReadOptions, Trace};
use std::marker::PhantomData;

/// A trace that frees, resizes, and frees neighbours in every order.
const STORY: &str = "a 0 64; a 1 64; a 2 64; a 3 300; f 1; f 0; r 3 40; a 4 24; f 2; r 3 900; \
                     a 5 48; f 4; r 3 0; f 5; a 6 2000; a 7 8; f 6; f 7";

fn trace(operations: &str) -> Trace {
    let lines: Vec<&str> = operations.split("; ").collect();
    let text = format!("0\n8\n{}\n1\n{}\n", lines.len(), lines.join("\n"));
    let reading = Trace::parse("story.rep", text.as_bytes(), &ReadOptions::default());
    reading.unwrap().trace
}

fn examined<D: Design>(design: &D, align: Align, operations: &str) -> Result<CheckCounts, Stopped> {
    let settings = CheckSettings {
        align,
        limit_bytes: 1 << 20,
        refuse: Refuse::Never,
        may_run_out: false,
        bad_pointers: true,
    };
    check_accesses(design, &trace(operations), &settings, &|_| ())
}

/// What a heap does with a pointer before it passes the call on to the heap below it.
trait Habit: Clone + Copy + Default + Send + Sync + 'static {
    /// Runs before `free`; a result is the call's result.
    fn free<H: Heap>(_heap: &mut H, _payload: Addr) -> Option<Result<(), HeapError>> {
        None
    }

    /// Runs before `realloc`.
    fn realloc<H: Heap>(
        _heap: &mut H,
        _payload: Addr,
        _size: u32,
    ) -> Option<Result<Addr, HeapError>> {
        None
    }

    /// Runs before `usable_size`.
    fn usable_size<H: Heap>(_heap: &H, _payload: Addr) -> Option<Result<u32, HeapError>> {
        None
    }
}

/// A heap that has a habit.
struct Spoilt<H, B>(H, PhantomData<B>);

impl<H: Heap, B: Habit> Heap for Spoilt<H, B> {
    type Probe = H::Probe;

    fn malloc(&mut self, size: u32) -> Result<Addr, HeapError> {
        self.0.malloc(size)
    }

    fn free(&mut self, payload: Addr) -> Result<(), HeapError> {
        let answer = B::free(&mut self.0, payload);
        answer.unwrap_or_else(|| self.0.free(payload))
    }

    fn realloc(&mut self, payload: Addr, size: u32) -> Result<Addr, HeapError> {
        let answer = B::realloc(&mut self.0, payload, size);
        answer.unwrap_or_else(|| self.0.realloc(payload, size))
    }

    fn usable_size(&self, payload: Addr) -> Result<u32, HeapError> {
        let answer = B::usable_size(&self.0, payload);
        answer.unwrap_or_else(|| self.0.usable_size(payload))
    }

    fn check(&self) -> Result<(), Violation> {
        self.0.check()
    }

    fn blocks(&self) -> impl Iterator<Item = BlockView> + '_ {
        self.0.blocks()
    }

    fn free_lists(&self) -> impl Iterator<Item = Listed> + '_ {
        self.0.free_lists()
    }

    fn arena(&self) -> &Arena<H::Probe> {
        self.0.arena()
    }

    fn arena_mut(&mut self) -> &mut Arena<H::Probe> {
        self.0.arena_mut()
    }

    fn into_arena(self) -> Arena<H::Probe> {
        self.0.into_arena()
    }
}

/// The design of a heap with a habit.
#[derive(Clone, Default)]
struct With<D, B>(D, PhantomData<B>);

impl<D: Design, B: Habit> Design for With<D, B> {
    const NAME: &'static str = "spoilt";
    const ABOUT: &'static str = "takes bad pointers";
    const WORDS: &'static [Word<Self>] = &[];
    type Heap<P: Probe> = Spoilt<D::Heap<P>, B>;

    fn build<P: Probe>(
        &self,
        arena: Arena<P>,
        align: Align,
    ) -> Result<Spoilt<D::Heap<P>, B>, OutOfMemory> {
        Ok(Spoilt(self.0.build(arena, align)?, PhantomData))
    }
}

macro_rules! habits {
    ($($name:ident { $($hooks:tt)* })*) => {
        $(
            #[derive(Clone, Copy, Default)]
            struct $name;
            impl Habit for $name { $($hooks)* }
        )*
    };
}

/// Returns whether the heap shows a free block with this payload.
fn is_free<H: Heap>(heap: &H, payload: Addr) -> bool {
    let mut blocks = heap.blocks();
    blocks.any(|block| block.payload == payload && !block.allocated)
}

/// Returns the allocated block that this address is in.
fn block_of<H: Heap>(heap: &H, addr: Addr) -> Option<BlockView> {
    let mut blocks = heap.blocks();
    blocks.find(|block| block.allocated && addr - block.start < block.size)
}

habits! {
    Nothing {}

    // Accepts the call, and does nothing: a second free is ignored.
    SilentTwice {
        fn free<H: Heap>(heap: &mut H, payload: Addr) -> Option<Result<(), HeapError>> {
            is_free(heap, payload).then_some(Ok(()))
        }
    }

    // Rounds a pointer down to the alignment.
    RoundsDown {
        fn free<H: Heap>(heap: &mut H, payload: Addr) -> Option<Result<(), HeapError>> {
            let down = Addr::new(payload.to_word() & !7);
            (down != payload).then(|| heap.free(down))
        }
    }

    // Frees the block that a pointer is in.
    FindsTheBlock {
        fn free<H: Heap>(heap: &mut H, payload: Addr) -> Option<Result<(), HeapError>> {
            let block = block_of(heap, payload).filter(|block| payload != block.payload)?;
            payload.is_aligned_to(16).then(|| heap.free(block.payload))
        }
    }

    // Accepts a pointer outside the heap, and does nothing.
    IgnoresOutside {
        fn free<H: Heap>(heap: &mut H, payload: Addr) -> Option<Result<(), HeapError>> {
            (payload >= heap.arena().brk()).then_some(Ok(()))
        }
    }

    // Accepts the list heads, as if they were blocks.
    FreesItsHeads {
        fn free<H: Heap>(heap: &mut H, payload: Addr) -> Option<Result<(), HeapError>> {
            let first = heap.blocks().next()?.payload;
            let start = heap.arena().start();
            (start <= payload && payload < first).then_some(Ok(()))
        }
    }

    // Treats realloc of a freed block as malloc.
    RevivesByRealloc {
        fn realloc<H: Heap>(
            heap: &mut H,
            payload: Addr,
            size: u32,
        ) -> Option<Result<Addr, HeapError>> {
            is_free(heap, payload).then(|| heap.malloc(size))
        }
    }

    // Returns 0 as the size of what is not a block.
    NoBlockHasNoSize {
        fn usable_size<H: Heap>(heap: &H, payload: Addr) -> Option<Result<u32, HeapError>> {
            heap.usable_size(payload).is_err().then_some(Ok(0))
        }
    }

    // Refuses, but only after it took memory for the new block.
    GrowsBeforeItLooks {
        fn realloc<H: Heap>(
            heap: &mut H,
            payload: Addr,
            size: u32,
        ) -> Option<Result<Addr, HeapError>> {
            let error = heap.usable_size(payload).err().filter(|_| !payload.is_null())?;
            Some(heap.malloc(size.max(1)).and(Err(error)))
        }
    }

    // Refuses, but counts refusals in a word of the heap.
    CountsRefusals {
        fn free<H: Heap>(heap: &mut H, payload: Addr) -> Option<Result<(), HeapError>> {
            let error = heap.usable_size(payload).err().filter(|_| !payload.is_null())?;
            let mut blocks = heap.blocks().filter(|block| !block.allocated && block.size > 32);
            let place = blocks.next()?.payload + 16;
            drop(blocks);
            let count = heap.arena().load(place);
            heap.arena_mut().store(place, count.wrapping_add(1));
            Some(Err(error))
        }
    }

    // Refuses, and puts back what it wrote before: nothing has changed.
    PutsBack {
        fn free<H: Heap>(heap: &mut H, payload: Addr) -> Option<Result<(), HeapError>> {
            let error = heap.usable_size(payload).err().filter(|_| !payload.is_null())?;
            let mut blocks = heap.blocks().filter(|block| !block.allocated && block.size > 32);
            let place = blocks.next()?.payload + 16;
            drop(blocks);
            let word = heap.arena().load(place);
            heap.arena_mut().store(place, !word);
            heap.arena_mut().store(place, word);
            Some(Err(error))
        }
    }

    Panics {
        fn free<H: Heap>(heap: &mut H, payload: Addr) -> Option<Result<(), HeapError>> {
            assert!(!is_free(heap, payload), "freed twice");
            None
        }
    }

    // Reads a header before any pointer.
    LooksEverywhere {
        fn usable_size<H: Heap>(heap: &H, payload: Addr) -> Option<Result<u32, HeapError>> {
            heap.arena().load(payload - 4);
            None
        }
    }
}

fn code<B: Habit>() -> String {
    let design = With::<heaplab_explicit::Policy, B>::default();
    match examined(&design, Align::Sixteen, STORY) {
        Ok(_) => "sound".to_owned(),
        Err(Stopped::Fault(fault)) => match &fault.kind {
            Kind::BadPointer(bad) => format!("{} {}", fault.kind.code(), bad.flaw.name()),
            kind => kind.code().to_owned(),
        },
        Err(stopped) => panic!("{stopped}"),
    }
}

#[test]
fn each_kind_of_mistake_is_recognized() {
    assert_eq!(code::<Nothing>(), "sound");
    assert_eq!(code::<PutsBack>(), "sound");
    for (seen, right) in [
        (code::<SilentTwice>(), "bad-pointer-accepted freed"),
        (code::<RoundsDown>(), "bad-pointer-access misaligned"),
        (code::<FindsTheBlock>(), "bad-pointer-access inside"),
        (code::<IgnoresOutside>(), "bad-pointer-accepted outside"),
        (code::<FreesItsHeads>(), "bad-pointer-accepted before-first"),
        (code::<RevivesByRealloc>(), "bad-pointer-accepted free"),
        (code::<NoBlockHasNoSize>(), "bad-pointer-accepted free"),
        (code::<GrowsBeforeItLooks>(), "bad-pointer-changed free"),
        (code::<CountsRefusals>(), "bad-pointer-changed freed"),
        (code::<Panics>(), "bad-pointer-panic freed"),
        (code::<LooksEverywhere>(), "bad-pointer-access before-first"),
    ] {
        assert_eq!(seen, right);
    }
}

/// Every design refuses all bad pointers, at each operation of a short trace.
#[test]
fn sound_heaps_refuse_every_bad_pointer() {
    struct Run;
    impl Visitor for Run {
        fn visit<D: Design>(&mut self, name: &str, design: &D) {
            for align in ALIGNS {
                let examined = examined(design, align, STORY);
                let examined = examined.unwrap_or_else(|stopped| panic!("{name}: {stopped}"));
                assert!(examined.bad_pointers > 100, "{name}: {examined:?}");
            }
        }
    }
    visit_all(&mut Run);
}

/// Nothing may be written that the trace has not called for yet.
#[test]
fn calls_that_the_trace_does_not_make_are_not_tried() {
    let panics = |operations| {
        let design = With::<heaplab_explicit::Policy, NotWritten>::default();
        examined(&design, Align::Sixteen, operations).is_err()
    };
    assert!(!panics("a 0 64; a 1 64; a 2 64; a 3 100; a 4 10; a 5 10; a 6 10; a 7 9"));
    assert!(panics("a 0 64; f 0; a 1 8; a 2 8; a 3 8; a 4 8; a 5 8; a 6 8; a 7 8"));
}

habits! {
    NotWritten {
        fn free<H: Heap>(_heap: &mut H, _payload: Addr) -> Option<Result<(), HeapError>> {
            todo!()
        }

        fn realloc<H: Heap>(_heap: &mut H, _payload: Addr, _size: u32) -> Option<Result<Addr, HeapError>> {
            todo!()
        }
    }
}

/// Whether bad pointers are tried or not, the heap and the answers are the same.
#[test]
fn trying_bad_pointers_changes_nothing() {
    let with = |bad_pointers| {
        let settings = CheckSettings {
            align: Align::Sixteen,
            limit_bytes: 1 << 20,
            refuse: Refuse::Never,
            may_run_out: false,
            bad_pointers,
        };
        let design = heaplab_quick::Policy::default();
        let final_heap =
            heaplab_replay::check_whole(&design, &trace(STORY), &settings, &|_| ()).unwrap();
        (final_heap.blocks, final_heap.free_lists, final_heap.payloads)
    };
    assert_eq!(with(false), with(true));
}
