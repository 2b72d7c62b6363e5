//! A trace prepared for the timed loop, and the loop.
//!
//! Everything that can be known before the clock starts is worked out here, so the loop is left
//! with one step, one slot and one call for each operation:
//!
//! - Ids become *slots*. A freed id's slot is used again, so the table has only as many slots as
//!   blocks are ever live at once, and stays in the cache.
//! - The loop need not know what an id held before: whether a realloc is a `realloc(NULL, n)` is
//!   decided here, so slots need no clearing.
//! - A step is 8 bytes: kind and slot in one word, size in the other.

use crate::{Heartbeat, Subject};
use heaplab_heap::Step;
use heaplab_trace::{Id, Op, Trace};
use std::fmt;

/// A trace prepared for the timed loop.
#[derive(Clone, Debug)]
pub struct Program {
    steps: Vec<Step>,
    /// The base-2 logarithm of the alignment for the index of each `memalign`, as it does not fit
    /// the step; shorter, or empty, if no `memalign` comes later.
    align_log2s: Vec<u8>,
    /// How many slots the steps use.
    slots: u32,
    /// Slots that hold a block when the trace ends.
    left_live: Vec<u32>,
}

/// More blocks live at once than fit in the machine's 2³² bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyBlocks;

impl fmt::Display for TooManyBlocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "more than 2^29 blocks are live at once")
    }
}

impl std::error::Error for TooManyBlocks {}

impl Program {
    /// Prepares a trace.
    ///
    /// # Errors
    /// With 2²⁹ blocks live at once; none of a useful size would fit the machine.
    pub fn new(trace: &Trace) -> Result<Program, TooManyBlocks> {
        let mut builder = Builder {
            program: Program {
                steps: Vec::with_capacity(trace.ops().len()),
                align_log2s: Vec::new(),
                slots: 1, // slot 0 is for free(NULL)
                left_live: Vec::new(),
            },
            slot_of_id: vec![None; trace.ids() as usize],
            unused: Vec::new(),
        };
        for &op in trace.ops() {
            builder.add(op)?;
        }
        let Builder { mut program, slot_of_id, .. } = builder;
        program.left_live = slot_of_id.into_iter().flatten().collect();
        Ok(program)
    }

    /// Returns the number of operations.
    pub fn ops(&self) -> usize {
        self.steps.len()
    }

    /// Returns the steps, for a heap that makes all calls itself.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Returns how many slots a replay needs: a table of pointers, one for every block that is live
    /// at once. Their values at the start do not matter.
    pub fn slots(&self) -> usize {
        self.slots as usize
    }

    /// Returns whether it calls `calloc`.
    pub(crate) fn calls_calloc(&self) -> bool {
        self.steps.iter().any(|step| step.slot_and_kind & Step::KIND == Step::CALLOC)
    }

    /// Returns the slots after a replay in which the operations return these addresses: null where
    /// a call returns nothing. The slots are null at the start.
    pub fn slots_after<Ptr: Copy>(&self, null: Ptr, addresses: &[Ptr]) -> Vec<Ptr> {
        let mut slots = vec![null; self.slots()];
        for (&Step { slot_and_kind, .. }, &address) in self.steps.iter().zip(addresses) {
            if !matches!(slot_and_kind & Step::KIND, Step::FREE | Step::FREE_NULL | Step::WRITE) {
                slots[(slot_and_kind >> Step::KIND_BITS) as usize] = address;
            }
        }
        slots
    }

    /// Returns the steps for a loop in another language, two words each: the slot and the kind as
    /// `slot << 3 | kind`, then the size. The kinds are `free`, `free(NULL)`, `malloc`, `calloc`,
    /// `realloc`, `realloc(NULL, ...)`, `memalign` and a write to the block, numbered from 0.
    pub fn words(&self) -> impl Iterator<Item = [u32; 2]> + '_ {
        self.steps.iter().map(|step| [step.slot_and_kind, step.size])
    }

    /// Runs every operation in order, in the timed loop; besides, it only beats `heartbeat` before
    /// each one.
    ///
    /// A branch predictor can't learn which call comes next, so all calls are treated as alike as
    /// possible: look into the slot, call, store to the slot (a free stores what was there). Over a
    /// subject that does nothing the compiler then needs no jump at all, and the cost of a
    /// mispredicted jump to the right call is part of that call, as it is in a C program.
    ///
    /// # Panics
    /// If `slots` is shorter than [`Program::slots`].
    #[inline(never)]
    pub fn replay<S: Subject>(&self, subject: &mut S, slots: &mut [S::Ptr], heartbeat: &Heartbeat) {
        let before = heartbeat.start();
        for (index, &Step { slot_and_kind, size }) in self.steps.iter().enumerate() {
            heartbeat.set(before + 1 + index as u64);
            let slot = &mut slots[(slot_and_kind >> Step::KIND_BITS) as usize];
            let kind = slot_and_kind & Step::KIND;
            let held = *slot;
            *slot = if kind <= Step::FREE_NULL {
                subject.free(if kind == Step::FREE { held } else { S::NULL });
                held
            } else {
                match kind {
                    Step::MALLOC => subject.malloc(size),
                    Step::CALLOC => subject.calloc(size),
                    Step::REALLOC => subject.realloc(held, size),
                    Step::REALLOC_NULL => subject.realloc(S::NULL, size),
                    Step::WRITE => held,
                    _ => subject.memalign(self.align_bytes(index), size),
                }
            };
        }
        // What comes now does not belong to an operation.
        heartbeat.beat();
    }

    /// Returns the alignment that the `memalign` at this index asks for.
    fn align_bytes(&self, index: usize) -> u32 {
        let log2 = self.align_log2s.get(index).copied().unwrap_or_default();
        1u32.checked_shl(log2.into()).unwrap_or(0)
    }

    /// Frees the blocks that the trace left live, after [`Program::replay`] and outside the timed
    /// region: needed for a subject whose memory is not thrown away.
    pub fn free_left_live<S: Subject>(
        &self,
        subject: &mut S,
        slots: &[S::Ptr],
        heartbeat: &Heartbeat,
    ) {
        for &slot in &self.left_live {
            heartbeat.beat();
            subject.free(slots[slot as usize]);
        }
    }
}

struct Builder {
    program: Program,
    /// The slot of each id that holds a block.
    slot_of_id: Vec<Option<u32>>,
    /// Slots whose block was freed.
    unused: Vec<u32>,
}

impl Builder {
    fn add(&mut self, op: Op) -> Result<(), TooManyBlocks> {
        match op {
            Op::Malloc { id, size } => self.acquire(Step::MALLOC, id, size),
            Op::Calloc { id, size } => self.acquire(Step::CALLOC, id, size),
            Op::Memalign { id, align_log2, size } => {
                let index = self.program.steps.len();
                self.program.align_log2s.resize(index, 0);
                self.program.align_log2s.push(align_log2);
                self.acquire(Step::MEMALIGN, id, size)
            }
            Op::Realloc { id, size } => match self.slot_of_id[id.index()] {
                None => self.acquire(Step::REALLOC_NULL, id, size),
                Some(slot) => {
                    self.push(Step::REALLOC, slot, size);
                    if size == 0 {
                        self.release(id);
                    }
                    Ok(())
                }
            },
            Op::Free { id } => {
                match self.release(id) {
                    Some(slot) => self.push(Step::FREE, slot, 0),
                    None => self.free_null(),
                }
                Ok(())
            }
            Op::FreeNull => {
                self.free_null();
                Ok(())
            }
            Op::Write { id, bytes } => {
                // A trace with a write to no block would not have been read.
                let slot = self.slot_of_id[id.index()].unwrap_or(0);
                self.push(Step::WRITE, slot, bytes);
                Ok(())
            }
        }
    }

    /// Adds a call that gives `id` a new block. The id holds none now: a trace frees an id's block
    /// before it gives it another.
    fn acquire(&mut self, kind: u32, id: Id, size: u32) -> Result<(), TooManyBlocks> {
        let slot = self.unused.pop().unwrap_or_else(|| {
            self.program.slots += 1;
            self.program.slots - 1
        });
        if slot > u32::MAX >> Step::KIND_BITS {
            return Err(TooManyBlocks);
        }
        self.slot_of_id[id.index()] = Some(slot);
        self.push(kind, slot, size);
        Ok(())
    }

    fn release(&mut self, id: Id) -> Option<u32> {
        let slot = self.slot_of_id[id.index()].take();
        self.unused.extend(slot);
        slot
    }

    /// Adds a `free(NULL)`, which names no block. Slot 0 is never given out, so the loop can look
    /// up the slot of every step in the same way.
    fn free_null(&mut self) {
        self.push(Step::FREE_NULL, 0, 0);
    }

    fn push(&mut self, kind: u32, slot: u32, size: u32) {
        self.program.steps.push(Step { slot_and_kind: slot << Step::KIND_BITS | kind, size });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_trace::Weight;

    /// Writes down every call, and numbers the blocks it hands out from 1.
    #[derive(Default)]
    struct Diary {
        calls: Vec<String>,
        blocks: u32,
    }

    impl Diary {
        fn hand_out(&mut self, call: String) -> u32 {
            self.blocks += 1;
            self.calls.push(format!("{call} = {}", self.blocks));
            self.blocks
        }
    }

    impl Subject for Diary {
        type Ptr = u32;
        const NULL: u32 = 0;
        fn malloc(&mut self, size: u32) -> u32 {
            self.hand_out(format!("malloc {size}"))
        }
        fn free(&mut self, ptr: u32) {
            self.calls.push(format!("free {ptr}"));
        }
        fn realloc(&mut self, ptr: u32, size: u32) -> u32 {
            self.hand_out(format!("realloc {ptr} {size}"))
        }
        fn calloc(&mut self, size: u32) -> u32 {
            self.hand_out(format!("calloc {size}"))
        }
        fn memalign(&mut self, align_bytes: u32, size: u32) -> u32 {
            self.hand_out(format!("memalign {align_bytes} {size}"))
        }
    }

    fn program(ops: Vec<Op>) -> Program {
        let trace = Trace::from_ops("test", Weight::Both, ops).unwrap();
        Program::new(&trace).unwrap()
    }

    fn a(id: u32, size: u32) -> Op {
        Op::Malloc { id: Id(id), size }
    }

    fn f(id: u32) -> Op {
        Op::Free { id: Id(id) }
    }

    fn r(id: u32, size: u32) -> Op {
        Op::Realloc { id: Id(id), size }
    }

    #[test]
    fn every_call_gets_the_block_of_its_id() {
        let program = program(vec![
            a(7, 10),
            r(3, 20), // never allocated: realloc(NULL, 20)
            f(7),
            Op::Calloc { id: Id(5), size: 30 },
            Op::FreeNull,
            Op::Memalign { id: Id(7), align_log2: 6, size: 40 },
            r(5, 50),
            Op::Write { id: Id(5), bytes: 50 },
            r(3, 0),  // frees
            r(3, 60), // so this is realloc(NULL, 60)
            f(5),
        ]);
        let mut diary = Diary::default();
        let mut slots = vec![0; program.slots()];
        let heartbeat = Heartbeat::new();
        program.replay(&mut diary, &mut slots, &heartbeat);
        assert_eq!(heartbeat.begun_since_start(), 11 + 1);
        program.free_left_live(&mut diary, &slots, &heartbeat);
        assert_eq!(heartbeat.begun_since_start(), 11 + 1 + 2);
        assert_eq!(
            diary.calls,
            [
                "malloc 10 = 1",
                "realloc 0 20 = 2",
                "free 1",
                "calloc 30 = 3",
                "free 0",
                "memalign 64 40 = 4",
                "realloc 3 50 = 5",
                "realloc 2 0 = 6",
                "realloc 0 60 = 7",
                "free 5",
                "free 7", // left live: ids 3 and 7
                "free 4",
            ]
        );
    }

    #[test]
    fn a_second_replay_over_the_same_slots_is_the_same() {
        let program = program(vec![a(0, 1), r(1, 2), f(0), a(2, 3), f(1)]);
        let mut slots = vec![0; program.slots()];
        let mut first = Diary::default();
        program.replay(&mut first, &mut slots, &Heartbeat::new());
        let mut second = Diary::default();
        program.replay(&mut second, &mut slots, &Heartbeat::new());
        assert_eq!(first.calls, second.calls);
    }

    #[test]
    fn the_table_is_as_small_as_the_most_blocks_live_at_once() {
        let ops = (0..1000).flat_map(|id| [a(id, 8), f(id)]).collect();
        assert_eq!(program(ops).slots(), 1 + 1);
    }
}
