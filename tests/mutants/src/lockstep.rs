//! Finds where a fault happens: runs a mutant and the original side by side, until they differ.

use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Arena, Probe, Settings, WORD_BYTES};
use heaplab_heap::{Align, Design, Heap, HeapError};
use heaplab_trace::{Op, Trace};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Returns the index of the first operation of `trace` after which `broken` and `sound` differ:
/// in what they returned, in the break, or in a byte of the heap; `None` if they never do.
///
/// The program's bytes are written as a driver does, so that what an allocator
/// takes from a freed payload differs from what it takes from new memory.
pub fn first_difference<B: Design, S: Design>(
    broken: &B,
    sound: &S,
    trace: &Trace,
    align: Align,
    settings: Settings,
) -> Option<usize> {
    let (ours, theirs) = (Stores::default(), Stores::default());
    let arena = |stores| Arena::with(settings, stores).ok();
    let mut sound = sound.build(arena(&theirs)?, align).ok()?;
    let Ok(mut broken) = broken.build(arena(&ours)?, align) else {
        return Some(0);
    };
    let mut held = vec![(Addr::NULL, 0); trace.ids() as usize];
    if !same_memory(&broken, &sound, &ours, &theirs) {
        return Some(0);
    }
    for (index, &op) in trace.ops().iter().enumerate() {
        let block = op.id().map_or((Addr::NULL, 0), |id| held[id.index()]);
        theirs.steps.set(0);
        let expected = call(&mut sound, op, block.0);
        let answer = caught(&ours, || call(&mut broken, op, block.0));
        if answer.as_ref() != Some(&expected) || !same_memory(&broken, &sound, &ours, &theirs) {
            return Some(index);
        }
        if let (Some(id), Ok(payload)) = (op.id(), expected) {
            let size = size_of_result(op, block.1);
            held[id.index()] = (payload, size);
            fill(broken.arena_mut(), payload, size, index);
            fill(sound.arena_mut(), payload, size, index);
        }
    }
    None
}

/// Performs `op` on the block at `payload`; returns null for a call that returns nothing.
fn call<H: Heap>(heap: &mut H, op: Op, payload: Addr) -> Result<Addr, HeapError> {
    match op {
        Op::Malloc { size, .. } => heap.malloc(size),
        Op::Calloc { size, .. } => heap.calloc(1, size),
        Op::Memalign { align_log2, size, .. } => heap.memalign(1 << align_log2, size),
        Op::Realloc { size, .. } => heap.realloc(payload, size),
        Op::Free { .. } => heap.free(payload).map(|()| Addr::NULL),
        Op::FreeNull => heap.free(Addr::NULL).map(|()| Addr::NULL),
        // The program does this.
        Op::Write { .. } => Ok(payload),
    }
}

/// Returns the call's result; `None` if it panics or does not end.
fn caught<T>(stores: &Stores, call: impl FnOnce() -> T) -> Option<T> {
    stores.steps.set(0);
    catch_unwind(AssertUnwindSafe(call)).ok()
}

/// Fills the payload, as the program does.
fn fill<P: Probe>(arena: &mut Arena<P>, payload: Addr, size: u32, index: usize) {
    if let Some(bytes) = arena.payload_mut(payload, size)
        && !payload.is_null()
    {
        for (offset, byte) in bytes.iter_mut().enumerate() {
            *byte = ((index * 31 + offset * 7) % 255 + 1) as u8;
        }
    }
}

/// Returns the payload bytes after `op` on a block of `before` bytes.
fn size_of_result(op: Op, before: u32) -> u32 {
    match op {
        Op::Malloc { size, .. }
        | Op::Calloc { size, .. }
        | Op::Realloc { size, .. }
        | Op::Memalign { size, .. } => size,
        Op::Free { .. } | Op::FreeNull => 0,
        Op::Write { .. } => before,
    }
}

/// Returns whether the heaps are the same where either was written
/// to since the last comparison; before that they were the same.
fn same_memory<B: Heap, S: Heap>(broken: &B, sound: &S, ours: &Stores, theirs: &Stores) -> bool {
    let (broken, sound) = (broken.arena(), sound.arena());
    let mut written = ours.written.take();
    written.append(&mut theirs.written.take());
    let same =
        |&(addr, size): &(Addr, u32)| broken.payload(addr, size) == sound.payload(addr, size);
    broken.brk() == sound.brk() && written.iter().all(same)
}

/// A probe that records which bytes were written.
#[derive(Debug, Default)]
struct Stores {
    written: RefCell<Vec<(Addr, u32)>>,
    steps: Cell<u64>,
    heap_bytes: Cell<u32>,
}

impl Stores {
    /// Stops a call with more steps than any sound one, which looks at a block a few times.
    fn step(&self) {
        const STEPS_ALLOWED: u64 = 10_000;
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > STEPS_ALLOWED + 8 * u64::from(self.heap_bytes.get()) {
            resume_unwind(Box::new("no end"));
        }
    }
}

impl Probe for Stores {
    fn on_load(&self, _: Addr) {
        self.step();
    }

    fn on_store(&self, addr: Addr) {
        self.step();
        self.written.borrow_mut().push((addr, WORD_BYTES));
    }

    fn on_copy(&self, _: Addr, to: Addr, size: u32) {
        self.step();
        self.written.borrow_mut().push((to, size));
    }

    fn on_zero(&self, addr: Addr, size: u32) {
        self.step();
        self.written.borrow_mut().push((addr, size));
    }

    fn on_sbrk(&self, _: i32, old: Addr, new: Addr) {
        self.step();
        if new > old {
            self.heap_bytes.set(self.heap_bytes.get() + (new - old));
        }
    }
}
