//! One run of a trace in which every answer is looked at.

use crate::fault::{Kind, Other, When};
use crate::occupancy::{self, Occupancy};
use crate::pattern::Pattern;
use heaplab_arena::Addr;
use heaplab_heap::{Align, Heap, HeapError};
use heaplab_trace::{Id, Op, Trace};

/// A heap, and what the program that the trace stands for knows about it.
pub(crate) struct CheckedRun<'a, H> {
    heap: H,
    align: Align,
    trace: &'a Trace,
    /// What each id holds. A trace gives an id no second block before it has
    /// freed the first, so these are all blocks there are.
    slots: Vec<Slot>,
    occupancy: Occupancy,
    /// Requested bytes of all live blocks.
    live_bytes: u64,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    live: Option<Block>,
    /// How many blocks the id has held so far.
    generation: u32,
}

#[derive(Clone, Copy)]
struct Block {
    addr: Addr,
    size: u32,
    /// What was written into it.
    pattern: Pattern,
    /// The operation that allocated or last resized it, from 0.
    op_index: usize,
}

impl<'a, H: Heap> CheckedRun<'a, H> {
    pub(crate) fn new(heap: H, align: Align, trace: &'a Trace) -> Self {
        CheckedRun {
            heap,
            align,
            trace,
            slots: vec![Slot::default(); trace.ids() as usize],
            occupancy: Occupancy::default(),
            live_bytes: 0,
        }
    }

    pub(crate) fn heap(&self) -> &H {
        &self.heap
    }

    /// Performs the operation with this index and looks at the answer: the
    /// address returned, or null where a call returns nothing.
    pub(crate) fn step(&mut self, index: usize) -> Result<Addr, Kind> {
        let op = self.trace.ops()[index];
        let align_bytes = self.align.bytes();
        match op {
            Op::Malloc { id, size } | Op::Calloc { id, size } => {
                self.allocate(index, id, size, align_bytes)
            }
            Op::Memalign {
                id,
                align_log2,
                size,
            } => {
                let asked_bytes = align_bytes_of(align_log2);
                self.allocate(index, id, size, asked_bytes.max(align_bytes))
            }
            Op::Realloc { id, size } => match self.slots[id.index()].live {
                None => self.allocate(index, id, size, align_bytes),
                Some(block) => self.resize(index, id, block, size),
            },
            Op::Free { id } => {
                // A trace frees nothing twice, or it would not have been read.
                let Some(block) = self.slots[id.index()].live else {
                    return Ok(Addr::NULL);
                };
                self.read_payload(id, block, When::Before)?;
                self.let_go(id, block);
                call(&mut self.heap, op, block.addr).map_err(Kind::Refused)
            }
            Op::FreeNull => call(&mut self.heap, op, Addr::NULL).map_err(Kind::Refused),
        }
    }

    /// A call that gives `id` a new block.
    fn allocate(
        &mut self,
        index: usize,
        id: Id,
        size: u32,
        align_bytes: u32,
    ) -> Result<Addr, Kind> {
        let op = self.trace.ops()[index];
        let answer = call(&mut self.heap, op, Addr::NULL);
        let addr = self.granted(answer, size)?;
        self.accept(addr, size, align_bytes)?;
        if matches!(op, Op::Calloc { .. }) {
            self.expect_zeros(addr, size)?;
        }
        let slot = &mut self.slots[id.index()];
        let block = Block {
            addr,
            size,
            pattern: Pattern::new(id.0, slot.generation),
            op_index: index,
        };
        slot.generation = slot.generation.wrapping_add(1);
        self.hold(id, block, 0);
        Ok(addr)
    }

    /// A realloc of a live block. Its bytes are read before, so that what was
    /// trampled earlier is not put down to the realloc.
    fn resize(&mut self, index: usize, id: Id, block: Block, size: u32) -> Result<Addr, Kind> {
        self.read_payload(id, block, When::Before)?;
        let answer = self.heap.realloc(block.addr, size);
        // A realloc that fails leaves the block as it was.
        let addr = self.granted(answer, size)?;
        self.let_go(id, block);
        if size == 0 {
            return match addr {
                Addr::NULL => Ok(addr),
                addr => Err(Kind::NotNull { addr }),
            };
        }
        self.accept(addr, size, self.align.bytes())?;
        let kept = block.size.min(size);
        if let Some(offset) = block.pattern.first_difference(self.payload(addr, kept)) {
            return Err(Kind::LostByRealloc {
                from: block.addr,
                to: addr,
                offset,
                kept,
            });
        }
        let resized = Block {
            addr,
            size,
            op_index: index,
            ..block
        };
        self.hold(id, resized, kept);
        Ok(addr)
    }

    /// The address in an answer that is not a refusal.
    fn granted(&self, answer: Result<Addr, HeapError>, size: u32) -> Result<Addr, Kind> {
        let arena = self.heap.arena();
        answer.map_err(|error| match error {
            HeapError::OutOfMemory => Kind::OutOfMemory {
                size,
                heap_bytes: arena.heap_bytes(),
                limit_bytes: arena.limit_bytes(),
                live_bytes: self.live_bytes,
            },
            error => Kind::Refused(error),
        })
    }

    /// Looks at the address of a new payload: may it be handed out?
    fn accept(&self, addr: Addr, size: u32, align_bytes: u32) -> Result<(), Kind> {
        let arena = self.heap.arena();
        if addr.is_null() {
            // The contract's malloc(0) returns null; a block of its own, as
            // many C libraries give, is as good.
            return if size == 0 { Ok(()) } else { Err(Kind::Null) };
        }
        if !addr.is_aligned_to(align_bytes) {
            return Err(Kind::Misaligned { addr, align_bytes });
        }
        if !arena.contains(addr, size.max(1)) {
            return Err(Kind::OutsideHeap {
                addr,
                size,
                start: arena.start(),
                end: arena.brk(),
            });
        }
        if self.occupancy.is_taken(addr - arena.start(), size)
            && let Some(other) = self.block_overlapping(addr, size)
        {
            return Err(Kind::Overlap { addr, size, other });
        }
        match self.heap.usable_size(addr) {
            Ok(usable) if usable >= size => Ok(()),
            answer => Err(Kind::UsableSize { answer, size }),
        }
    }

    fn block_overlapping(&self, addr: Addr, size: u32) -> Option<Other> {
        (0..)
            .zip(&self.slots)
            .filter_map(|(id, slot)| Some((Id(id), slot.live?)))
            .filter(|(_, block)| !block.addr.is_null())
            .find(|(_, block)| occupancy::overlap((addr, size), (block.addr, block.size)))
            .map(|(id, block)| self.describe(id, block))
    }

    fn expect_zeros(&self, addr: Addr, size: u32) -> Result<(), Kind> {
        let payload = self.payload(addr, size);
        match payload.iter().position(|&byte| byte != 0) {
            None => Ok(()),
            Some(offset) => Err(Kind::NotZeroed {
                offset,
                found: payload[offset],
            }),
        }
    }

    /// From now on the block is the id's; its bytes from `filled` on are
    /// written.
    fn hold(&mut self, id: Id, block: Block, filled: u32) {
        self.slots[id.index()].live = Some(block);
        self.live_bytes += u64::from(block.size);
        if block.addr.is_null() {
            return;
        }
        let arena = self.heap.arena_mut();
        self.occupancy.take(block.addr - arena.start(), block.size);
        if let Some(payload) = arena.payload_mut(block.addr, block.size) {
            block.pattern.fill(payload, filled as usize);
        }
    }

    fn let_go(&mut self, id: Id, block: Block) {
        self.slots[id.index()].live = None;
        self.live_bytes -= u64::from(block.size);
        if !block.addr.is_null() {
            let start = self.heap.arena().start();
            self.occupancy.give_back(block.addr - start, block.size);
        }
    }

    /// Reads back the payload of what `id` holds, if it holds a block.
    pub(crate) fn read_payload_of(&self, id: Id, when: When) -> Result<(), Kind> {
        match self.slots[id.index()].live {
            Some(block) => self.read_payload(id, block, when),
            None => Ok(()),
        }
    }

    /// Reads back every live payload, at the end of the trace.
    pub(crate) fn read_all_payloads(&self) -> Result<(), Kind> {
        for id in 0..self.trace.ids() {
            self.read_payload_of(Id(id), When::AtEnd)?;
        }
        Ok(())
    }

    fn read_payload(&self, id: Id, block: Block, when: When) -> Result<(), Kind> {
        let payload = self.payload(block.addr, block.size);
        match block.pattern.first_difference(payload) {
            None => Ok(()),
            Some(offset) => Err(Kind::Trampled {
                block: self.describe(id, block),
                offset,
                expected: block.pattern.byte(offset),
                found: payload[offset],
                when,
            }),
        }
    }

    /// A payload's bytes; none for a block that was accepted nowhere.
    fn payload(&self, addr: Addr, size: u32) -> &[u8] {
        self.heap.arena().payload(addr, size).unwrap_or_default()
    }

    fn describe(&self, id: Id, block: Block) -> Other {
        Other {
            id,
            line: self.trace.line(block.op_index),
            addr: block.addr,
            size: block.size,
        }
    }
}

/// Performs `op` on the block at `payload`, null if there is none. Null also
/// stands for the answer of a call that returns nothing.
pub(crate) fn call<H: Heap>(heap: &mut H, op: Op, payload: Addr) -> Result<Addr, HeapError> {
    match op {
        Op::Malloc { size, .. } => heap.malloc(size),
        Op::Calloc { size, .. } => heap.calloc(1, size),
        Op::Memalign {
            align_log2, size, ..
        } => heap.memalign(align_bytes_of(align_log2), size),
        Op::Realloc { size, .. } => heap.realloc(payload, size),
        Op::Free { .. } => heap.free(payload).map(|()| Addr::NULL),
        Op::FreeNull => heap.free(Addr::NULL).map(|()| Addr::NULL),
    }
}

/// The alignment with this base-2 logarithm. A trace has none above 2³¹.
fn align_bytes_of(align_log2: u8) -> u32 {
    1u32.checked_shl(align_log2.into()).unwrap_or(0)
}
