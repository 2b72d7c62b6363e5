//! One run of a trace in which every answer is checked.

use crate::access::Call;
use crate::block_counts::{BlockCounts, OwnBlocks};
use crate::block_history::BlockHistory;
use crate::evidence::{BadAccount, Dirty, TooLarge, When};
use crate::fault::Kind;
use crate::guard::{Guard, Informed};
use crate::in_place::InPlace;
use crate::live_blocks::LiveBlock;
use crate::occupancy::overlap;
use heaplab_arena::Addr;
use heaplab_arena::host::Host;
use heaplab_heap::{Align, Heap, HeapError, LARGEST_REQUEST_BYTES};
use heaplab_trace::{Id, Op, Trace};

mod bad_pointers;

/// A heap, and what the program that the trace stands for knows about it.
pub(crate) struct CheckedRun<'a, H> {
    heap: InPlace<H>,
    align: Align,
    trace: &'a Trace,
    history: BlockHistory<'a>,
    /// Whether finding a fault where it happens matters more than the time it takes.
    thorough: bool,
    /// The blocks that the heap showed as allocated when it was empty.
    own: OwnBlocks,
    /// Whether a call may fail if the machine refused it memory.
    may_run_out: bool,
    /// Whether the probe sees all that the heap writes.
    sees_all_stores: bool,
}

/// A larger payload is not read before a call while it is known that nothing was written there.
const MOST_BYTES_READ_AGAIN: u32 = 4096;

impl<'a, H: Heap<Probe: Guard>> CheckedRun<'a, H> {
    /// Returns a run whose program holds nothing yet. A `thorough` run remembers the blocks that
    /// the program held, and asks for every usable size twice.
    pub(crate) fn new(heap: H, align: Align, trace: &'a Trace, thorough: bool) -> Self {
        CheckedRun {
            history: BlockHistory::new(trace, thorough),
            thorough,
            heap: InPlace(heap),
            align,
            trace,
            own: OwnBlocks::default(),
            may_run_out: false,
            sees_all_stores: false,
        }
    }

    /// Notes that the probe stops each store to a payload of the program, so that a payload need
    /// not be read to know that it is as it was.
    pub(crate) fn sees_all_stores(&mut self) {
        self.sees_all_stores = true;
    }

    /// Allows a call to fail from now on if the machine refused it memory. The trace's later
    /// operations on a block that was not allocated are left out.
    pub(crate) fn may_run_out(&mut self) {
        self.may_run_out = true;
    }

    pub(crate) fn heap(&self) -> &H {
        &self.heap
    }

    /// Returns the probe that watches.
    fn guard(&self) -> &H::Probe {
        self.heap.arena().probe()
    }

    /// Performs the operation with this index and checks the answer. Returns the address returned,
    /// or null where a call returns nothing.
    pub(crate) fn step(&mut self, index: usize) -> Result<Addr, Kind> {
        let op = self.trace.ops()[index];
        let align_bytes = self.align.bytes();
        match op {
            Op::Malloc { id, size } | Op::Calloc { id, size } => {
                self.allocate(index, id, size, align_bytes)
            }
            Op::Memalign { id, align_log2, size } => {
                let asked_bytes = align_bytes_of(align_log2);
                self.allocate(index, id, size, asked_bytes.max(align_bytes))
            }
            Op::Realloc { id, size } => match self.history.live.of(id) {
                // The operation frees a block that was not allocated.
                None if size == 0 && self.history.refused.contains(&id) => Ok(Addr::NULL),
                None => self.allocate(index, id, size, align_bytes),
                Some(block) => self.resize(index, id, block, size),
            },
            Op::Free { id } => {
                // A trace frees nothing twice: reading it would have failed.
                let Some(block) = self.history.live.of(id) else {
                    return Ok(Addr::NULL);
                };
                if !self.is_known(block) {
                    self.read_payload(id, block, When::Before)?;
                }
                self.history.let_go(index, id);
                if !block.addr.is_null() {
                    self.guard().let_go_untouched(block.addr, block.usable_bytes);
                }
                self.call(op, block).map_err(Kind::Refused)
            }
            Op::FreeNull => self.call(op, LiveBlock::default()).map_err(Kind::Refused),
            // The program has written all of the block; this checks that it still reads the same,
            // so that a changed byte is found here and not only when the block is freed.
            Op::Write { id, .. } => self
                .read_payload_of(id, When::Before)
                .map(|()| self.history.live.of(id).unwrap_or_default().addr),
        }
    }

    /// Calls the heap for an operation on this block.
    fn call(&mut self, op: Op, block: LiveBlock) -> Result<Addr, HeapError> {
        let resized = match op {
            Op::Realloc { .. } => (block.addr, block.usable_bytes),
            _ => (Addr::NULL, 0),
        };
        self.guard().begin(Call::of(op, block.addr), resized);
        let answer = call(&mut *self.heap, op, block.addr);
        self.guard().end();
        answer
    }

    /// Calls the heap's own `check`.
    pub(crate) fn check(&self) -> Result<(), Kind> {
        self.guard().begin(Call::Check, (Addr::NULL, 0));
        let answer = self.heap.check();
        self.guard().end();
        answer.map_err(Kind::Check)
    }

    /// Notes the blocks that the heap shows as allocated now that it is empty.
    pub(crate) fn note_own_blocks(&mut self) {
        if !self.heap.shows_blocks() {
            return;
        }
        let guard = self.guard();
        self.own = guard.uncounted(|| {
            guard.begin(Call::Blocks, (Addr::NULL, 0));
            let own = OwnBlocks::of(&*self.heap);
            guard.end();
            own
        });
    }

    /// Checks that every byte of the heap is in one part, and that the program holds every
    /// allocated block. Returns how many blocks there are; 0 if the heap does not show them.
    pub(crate) fn account(&self) -> Result<u32, Kind> {
        if !self.heap.shows_blocks() {
            return Ok(0);
        }
        let live = self.history.live.payloads();
        let guard = self.guard();
        let answer = guard.uncounted(|| {
            guard.begin(Call::Blocks, (Addr::NULL, 0));
            let counts = BlockCounts::take(&*self.heap, &live, &self.own, |_, _| 0);
            guard.end();
            counts
        });
        match answer {
            Ok(counts) => Ok(counts.live_blocks + counts.free_blocks),
            Err(miscount) => Err(Kind::Miscounted(Box::new(BadAccount {
                held: self.history.held_at(miscount.addr()),
                miscount,
            }))),
        }
    }

    fn usable_size(&self, payload: Addr) -> Result<u32, HeapError> {
        self.guard().begin(Call::UsableSize { payload }, (Addr::NULL, 0));
        let answer = self.heap.usable_size(payload);
        self.guard().end();
        answer
    }

    /// Makes a call that gives `id` a new block.
    fn allocate(
        &mut self,
        index: usize,
        id: Id,
        size: u32,
        align_bytes: u32,
    ) -> Result<Addr, Kind> {
        let op = self.trace.ops()[index];
        let answer = self.call(op, LiveBlock::default());
        if self.ran_out(op, &answer) {
            self.history.refused.insert(id);
            return Ok(Addr::NULL);
        }
        let addr = self.granted(answer, size)?;
        let usable_bytes = self.accept(addr, size, align_bytes)?;
        if matches!(op, Op::Calloc { .. }) {
            self.expect_zeros(addr, size)?;
        }
        let block = LiveBlock {
            addr,
            size,
            usable_bytes,
            pattern: self.history.live.next_pattern(id),
            op_index: index,
        };
        self.hold(id, block, 0)?;
        Ok(addr)
    }

    /// Reallocates a live block. Reads its bytes first, so that the realloc is not blamed for a
    /// byte that was changed earlier.
    fn resize(&mut self, index: usize, id: Id, block: LiveBlock, size: u32) -> Result<Addr, Kind> {
        let is_known = self.is_known(block);
        if !is_known {
            self.read_payload(id, block, When::Before)?;
        }
        let op = self.trace.ops()[index];
        let answer = self.call(op, block);
        if self.ran_out(op, &answer) {
            self.guard().hold(block.addr, block.usable_bytes);
            return self.expect_untouched(id, block).map(|()| Addr::NULL);
        }
        let addr = self.granted(answer, size)?;
        self.let_go(index, id, block);
        if size == 0 {
            return match addr {
                Addr::NULL => Ok(addr),
                addr => Err(Kind::NotNull { addr }),
            };
        }
        let usable_bytes = self.accept(addr, size, self.align.bytes())?;
        let kept = block.size.min(size);
        let is_untouched =
            is_known && addr == block.addr && !self.guard().may_have_stored_in_play();
        if !is_untouched
            && let Some(offset) = block.pattern.first_difference(self.payload(addr, kept))
        {
            return Err(Kind::LostByRealloc { from: block.addr, to: addr, offset, kept });
        }
        let resized = LiveBlock { addr, size, usable_bytes, op_index: index, ..block };
        self.hold(id, resized, kept)?;
        Ok(addr)
    }

    /// Returns whether the payload need not be read: it is large, and no store to it was made.
    fn is_known(&self, block: LiveBlock) -> bool {
        self.sees_all_stores && block.usable_bytes > MOST_BYTES_READ_AGAIN
    }

    /// Returns whether this failure is allowed: the machine refused memory, or the request is too
    /// large for any machine.
    fn ran_out(&self, op: Op, answer: &Result<Addr, HeapError>) -> bool {
        let asked_bytes = match op {
            Op::Memalign { align_log2, size, .. } => {
                u64::from(size) + u64::from(align_bytes_of(align_log2))
            }
            Op::Malloc { size, .. } | Op::Calloc { size, .. } | Op::Realloc { size, .. } => {
                size.into()
            }
            Op::Free { .. } | Op::FreeNull | Op::Write { .. } => 0,
        };
        let most_bytes = self.heap.arena().limit_bytes().min(LARGEST_REQUEST_BYTES);
        self.may_run_out
            && *answer == Err(HeapError::OutOfMemory)
            && (self.guard().was_refused() || asked_bytes > most_bytes.into())
    }

    /// Checks that a realloc that failed left the block as it was.
    fn expect_untouched(&self, id: Id, block: LiveBlock) -> Result<(), Kind> {
        let payload = self.payload(block.addr, block.size);
        let dirty = |what| Kind::FailedDirty { block: self.history.describe(id, block), what };
        if let Some(offset) = block.pattern.first_difference(payload) {
            return Err(dirty(Dirty::Payload { offset }));
        }
        if block.addr.is_null() {
            return Ok(());
        }
        match self.usable_size(block.addr) {
            Ok(usable) if usable >= block.size => Ok(()),
            answer => Err(dirty(Dirty::Block(answer))),
        }
    }

    /// Returns the address in an answer that is not a refusal.
    fn granted(&self, answer: Result<Addr, HeapError>, size: u32) -> Result<Addr, Kind> {
        let arena = self.heap.arena();
        answer.map_err(|error| match error {
            HeapError::OutOfMemory => Kind::OutOfMemory {
                size,
                heap_bytes: arena.heap_bytes(),
                limit_bytes: arena.limit_bytes(),
                live_bytes: self.history.live.bytes(),
            },
            error => Kind::Refused(error),
        })
    }

    /// Checks that the address of a new payload may be handed out. Returns its usable bytes, as
    /// `usable_size` gives them.
    fn accept(&self, addr: Addr, size: u32, align_bytes: u32) -> Result<u32, Kind> {
        let arena = self.heap.arena();
        if addr.is_null() {
            // The contract's malloc(0) returns null; a block of its own, as in many C libraries, is
            // allowed too.
            return if size == 0 { Ok(0) } else { Err(Kind::Null) };
        }
        if !addr.is_aligned_to(align_bytes) {
            return Err(Kind::Misaligned { addr, align_bytes });
        }
        if !arena.contains(addr, size.max(1)) {
            return Err(Kind::OutsideHeap { addr, size, start: arena.start(), end: arena.brk() });
        }
        if let Some(&(id, block)) = self.history.live.overlapping(addr, size).first() {
            let other = self.history.describe(id, block);
            if overlap((addr, size), (block.addr, block.size)) {
                return Err(Kind::Overlap { addr, size, other });
            }
        }
        let usable = match self.usable_size(addr) {
            Ok(usable) if usable >= size => usable,
            answer => return Err(Kind::UsableSize { addr, answer, size }),
        };
        self.expect_usable(addr, size, usable)?;
        Ok(usable)
    }

    /// Checks that the program may write all `usable` bytes: they are inside the heap, and in no
    /// other block.
    fn expect_usable(&self, addr: Addr, size: u32, usable: u32) -> Result<(), Kind> {
        let too_large = |why| Err(Kind::UsableTooLarge { addr, size, usable, why });
        let arena = self.heap.arena();
        if !arena.contains(addr, usable.max(1)) {
            return too_large(TooLarge::PastBreak { brk: arena.brk() });
        }
        match self.history.live.overlapping(addr, usable).first() {
            None => Ok(()),
            Some(&(id, block)) => too_large(TooLarge::Shared {
                other: self.history.describe(id, block),
                other_usable: block.usable_bytes,
            }),
        }
    }

    fn expect_zeros(&self, addr: Addr, size: u32) -> Result<(), Kind> {
        // Without an early exit within a piece, many bytes are compared at a time.
        const PIECE_BYTES: usize = 4096;
        let payload = self.payload(addr, size);
        let is_dirty = |piece: &[u8]| piece.iter().fold(0, |all, byte| all | byte) != 0;
        let Some(piece) = payload.chunks(PIECE_BYTES).position(is_dirty) else {
            return Ok(());
        };
        let from = piece * PIECE_BYTES;
        let in_piece = payload[from..].iter().position(|&byte| byte != 0);
        let offset = from + in_piece.unwrap_or_default();
        Err(Kind::NotZeroed { addr, offset, found: payload[offset] })
    }

    /// Notes that the id holds the block from now on; writes all bytes that the program may write,
    /// from `filled` on.
    fn hold(&mut self, id: Id, block: LiveBlock, filled: u32) -> Result<(), Kind> {
        self.history.hold(id, block);
        if block.addr.is_null() {
            return Ok(());
        }
        self.guard().hold(block.addr, block.usable_bytes);
        let arena = self.heap.arena_mut();
        if let Some(payload) = arena.payload_mut(block.addr, block.usable_bytes) {
            block.pattern.fill(payload, filled as usize);
        }
        // Not thorough: only for the first blocks, and then for one in eight, as it costs another
        // call.
        let is_among_the_first = block.op_index < 1024 || block.op_index.is_multiple_of(8);
        if (self.thorough || is_among_the_first) && block.usable_bytes > block.size {
            return self.expect_the_same_usable_size(block);
        }
        Ok(())
    }

    /// Checks the usable size again: a heap with its tag among the usable bytes has lost it now.
    fn expect_the_same_usable_size(&self, block: LiveBlock) -> Result<(), Kind> {
        match self.guard().uncounted(|| self.usable_size(block.addr)) {
            Ok(usable) if usable == block.usable_bytes => Ok(()),
            answer => Err(Kind::UsableTooLarge {
                addr: block.addr,
                size: block.size,
                usable: block.usable_bytes,
                why: TooLarge::Written { answer },
            }),
        }
    }

    /// Notes that the operation with this index ended the block.
    fn let_go(&mut self, ended_by: usize, id: Id, block: LiveBlock) {
        self.history.let_go(ended_by, id);
        if !block.addr.is_null() {
            self.guard().let_go(block.addr, block.usable_bytes);
        }
    }

    /// Reads back the payload of the block that `id` holds, if it holds one.
    pub(crate) fn read_payload_of(&self, id: Id, when: When) -> Result<(), Kind> {
        match self.history.live.of(id) {
            Some(block) => self.read_payload(id, block, when),
            None => Ok(()),
        }
    }

    /// Reads back every live payload, at the end of the trace. Calls `before_each` before each one,
    /// as together they may take longer than any operation.
    pub(crate) fn read_all_payloads(&self, before_each: impl Fn()) -> Result<(), Kind> {
        for id in 0..self.trace.ids() {
            before_each();
            self.read_payload_of(Id(id), When::AtEnd)?;
        }
        Ok(())
    }

    fn read_payload(&self, id: Id, block: LiveBlock, when: When) -> Result<(), Kind> {
        let payload = self.payload(block.addr, block.usable_bytes);
        match block.pattern.first_difference(payload) {
            None => Ok(()),
            Some(offset) => Err(Kind::Trampled {
                block: self.history.describe(id, block),
                offset,
                expected: block.pattern.byte(offset),
                found: payload[offset],
                when,
            }),
        }
    }

    /// Returns what the program holds.
    pub(crate) fn history(&self) -> &BlockHistory<'a> {
        &self.history
    }

    /// Returns a payload's bytes; none for a block that was not accepted.
    fn payload(&self, addr: Addr, size: u32) -> &[u8] {
        self.heap.arena().payload(addr, size).unwrap_or_default()
    }
}

/// Performs `op` on the block at `payload`, null if there is none. Also returns null for a call
/// that returns nothing.
///
/// # Errors
/// What the heap returned.
pub fn call<H: Heap>(heap: &mut H, op: Op, payload: Addr) -> Result<Addr, HeapError> {
    match op {
        Op::Malloc { size, .. } => heap.malloc(size),
        Op::Calloc { size, .. } => heap.calloc(1, size),
        Op::Memalign { align_log2, size, .. } => heap.memalign(align_bytes_of(align_log2), size),
        Op::Realloc { size, .. } => heap.realloc(payload, size),
        Op::Free { .. } => heap.free(payload).map(|()| Addr::NULL),
        Op::FreeNull => heap.free(Addr::NULL).map(|()| Addr::NULL),
        // The program writes, not the heap.
        Op::Write { .. } => Ok(payload),
    }
}

/// Returns the alignment with this base-2 logarithm. A trace has none above 2³¹.
fn align_bytes_of(align_log2: u8) -> u32 {
    1u32.checked_shl(align_log2.into()).unwrap_or(0)
}
