//! Calls with bad pointers, between the operations of a trace.
//!
//! Which calls are made depends only on the trace and the heap's own work, so the same trace always
//! has the same ones, and the trace format needs no words for them. On a sound heap they change
//! nothing: the later operations run as they would without them.
//!
//! A heap may be unfinished. `free` is tried only after the trace has freed a block, `realloc` only
//! after it has resized one.

use crate::access::Call;
use crate::fault::{BadPointer, Kind, Wrong};
use crate::flaw::Flaw;
use crate::live_blocks::LiveBlock;
use crate::other::Other;
use crate::scene::{Run, why};
use crate::watch::{Position, Stopped};
use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Probe, WORD_BYTES};
use heaplab_heap::{BlockView, Design, Heap};
use heaplab_trace::{Id, Op};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Tries bad pointers in one run, and counts what they cost.
pub(super) struct BadPointers {
    /// Whether the trace has freed a block so far.
    frees: bool,
    /// Whether it has resized one.
    reallocs: bool,
    /// The id of the current operation, and the block that it held before.
    held: Option<(Id, LiveBlock)>,
    /// How often pointers were tried; it selects the next ones.
    turn: usize,
    /// Steps of the heap so far.
    steps: u64,
    /// What all calls with bad pointers have cost so far, in steps, and what the last ones cost.
    spent: u64,
    last: u64,
    /// Steps that may be spent, however few the operations take.
    free: u64,
    /// Calls made so far.
    pub(super) calls: u64,
    /// Whether the bytes of the heap are copied before the calls.
    copies: bool,
}

/// Why a turn ended early.
pub(super) enum Ended {
    /// The heap is at fault.
    Stopped(Stopped),
    /// The heap has written before it refused a pointer. Whether it has changed anything shows a
    /// run that copies its bytes before.
    Unclear,
}

/// A pointer to try.
struct Candidate {
    pointer: Addr,
    flaw: Flaw,
}

/// The heap before a call.
struct Before {
    brk: Addr,
    blocks: Vec<BlockView>,
    heap_bytes: u32,
    bytes: Bytes,
}

/// The bytes of the heap segment before a call.
enum Bytes {
    /// All of them.
    Copied(Vec<u8>),
    /// There are too many.
    TooMany,
    /// They were not copied, as hardly any heap writes before it refuses a pointer.
    Left,
}

/// What a call with a bad pointer showed.
enum Seen {
    /// The heap refused the pointer, and nothing has changed.
    Refused,
    /// The heap did something wrong.
    Wrong(Wrong),
    /// The heap has written, and its bytes before the call were not copied.
    Unclear,
}

/// A heap segment above this size is compared by its blocks, not byte by byte.
const MOST_BYTES_COPIED: u32 = 4 << 20;

/// A heap with at least this many blocks is not tried.
const MOST_BLOCKS: usize = 1 << 18;

/// Copying and comparing this many bytes is as much work as one step.
const BYTES_A_STEP: u64 = 64;

impl BadPointers {
    const FREE: u64 = 6_000;
    const FREE_AN_OPERATION: u64 = 16;
    /// For this many steps of the operations, one more may be spent.
    const STEPS_FOR_ONE: u64 = 4;

    /// Returns the state for a trace of this many operations; `copies` says whether the bytes of
    /// the heap are copied before the calls, which takes time, and is needed for a few heaps.
    pub(super) fn new(ops: usize, copies: bool) -> BadPointers {
        BadPointers {
            frees: false,
            reallocs: false,
            held: None,
            turn: 0,
            steps: 0,
            spent: 0,
            last: 0,
            free: BadPointers::FREE + BadPointers::FREE_AN_OPERATION * ops as u64,
            calls: 0,
            copies,
        }
    }

    /// Returns the heap's steps that were taken only for bad pointers.
    pub(super) fn steps(&self) -> u64 {
        self.steps
    }

    /// Notes the block that the next operation, the one with this index, is about.
    pub(super) fn before<D: Design, P: Probe>(&mut self, run: &Run<'_, D, P>, index: usize) {
        let id = run.scene.trace.ops()[index].id();
        let held = id.and_then(|id| Some((id, run.checked.history().live.of(id)?)));
        self.held = held.filter(|(_, block)| !block.addr.is_null());
    }

    /// Notes that the operation with this index is done. Tries bad pointers if it is time, and
    /// returns what went wrong in the first call that did not end as it must.
    pub(super) fn after<D: Design, P: Probe>(
        &mut self,
        run: &mut Run<'_, D, P>,
        index: usize,
    ) -> Result<(), Ended> {
        let op = run.scene.trace.ops()[index];
        match op {
            Op::Free { .. } => self.frees |= self.held.is_some(),
            Op::Realloc { .. } => self.reallocs |= self.held.is_some(),
            _ => {}
        }
        let is_time = match op {
            Op::Free { .. } | Op::Realloc { .. } => true,
            _ => index.is_multiple_of(4),
        };
        let of_operations = run.shadow.steps() - self.steps;
        let may_spend = self.free + of_operations / BadPointers::STEPS_FOR_ONE;
        if !run.checked.heap().refuses_bad_pointers() {
            return Ok(());
        }
        if !is_time || self.spent + self.last > may_spend {
            return Ok(());
        }
        let before = run.shadow.steps();
        (run.scene.watch)(Position::BadPointers(index + 1));
        let compared = self.try_some(run, index)?;
        let steps = run.shadow.steps() - before;
        self.steps += steps;
        self.last = steps + compared / BYTES_A_STEP;
        self.spent += self.last;
        self.turn += 1;
        Ok(())
    }

    /// Tries the pointers of this turn. Returns how many bytes may have to be compared.
    fn try_some<D: Design, P: Probe>(
        &mut self,
        run: &mut Run<'_, D, P>,
        index: usize,
    ) -> Result<u64, Ended> {
        // A heap that can't show its blocks is not reported here.
        let Some(blocks) = run.blocks().filter(|blocks| blocks.len() < MOST_BLOCKS) else {
            return Ok(0);
        };
        let candidates = self.candidates(run, index, &blocks);
        let before = Before::of(run, blocks, self.copies);
        for Candidate { pointer, flaw } in candidates {
            for call in self.calls_with(pointer).into_iter().flatten() {
                self.calls += 1;
                let wrong = match run.seen_with(call, &flaw, &before) {
                    Seen::Refused => continue,
                    Seen::Unclear => return Err(Ended::Unclear),
                    Seen::Wrong(wrong) => wrong,
                };
                let kind = Kind::BadPointer(Box::new(BadPointer { call, flaw, wrong }));
                return Err(Ended::Stopped(run.scene.fault_after(index + 1, kind).into()));
            }
        }
        Ok(before.bytes_to_compare())
    }

    /// Returns the calls to try: `usable_size`; `realloc`, `free` if the trace has made them.
    fn calls_with(&self, payload: Addr) -> [Option<Call>; 3] {
        const SIZES: [u32; 5] = [100, 0, 1, 24, 5000];
        let size = SIZES[self.turn % SIZES.len()];
        let free = self.frees.then_some(Call::Free { payload });
        let realloc = self.reallocs.then_some(Call::Realloc { payload, size });
        let usable_size = Some(Call::UsableSize { payload });
        [usable_size, realloc, free]
    }

    /// Returns the pointers of this turn.
    fn candidates<D: Design, P: Probe>(
        &self,
        run: &Run<'_, D, P>,
        index: usize,
        blocks: &[BlockView],
    ) -> Vec<Candidate> {
        let arena = run.checked.heap().arena();
        let (start, end) = (arena.start(), arena.brk());
        let freed = self.freed_now(run, blocks);
        let moved = self.held.map(|(_, block)| block.addr);
        let moved = blocks.iter().find(|block| Some(block.payload) == moved);
        let free = free_block(blocks, self.turn);
        let live = self.live_block(run, index);
        let all = [
            freed,
            moved.and_then(of_free_block),
            free.and_then(of_free_block),
            live.map(|block| self.misaligned(run, block)),
            live.and_then(|block| self.inside(run, block)),
            self.before_first(start, blocks),
            Some(self.outside(start, end)),
        ];
        // A payload that the program holds is not a bad pointer, whatever the heap shows.
        let is_bad = |one: &Candidate| match one.flaw {
            Flaw::Misaligned { .. } | Flaw::Inside { .. } => true,
            _ => {
                let tag = one.pointer - WORD_BYTES;
                !run.is_held(tag, 2 * WORD_BYTES)
            }
        };
        all.into_iter().flatten().filter(is_bad).collect()
    }

    /// Returns the payload that the operation has freed, if the heap's blocks show that it is in a
    /// free block now, or the heap gave it back.
    fn freed_now<D: Design, P: Probe>(
        &self,
        run: &Run<'_, D, P>,
        blocks: &[BlockView],
    ) -> Option<Candidate> {
        let (id, block) = self.held?;
        let history = run.checked.history();
        if history.live.of(id).is_some() {
            return None; // the block was resized, and may have moved only a little
        }
        let pointer = block.addr;
        let has = |view: &&BlockView| {
            !view.allocated
                && pointer - view.start >= WORD_BYTES
                && pointer - view.start < view.size
        };
        let is_free = blocks.iter().any(|view| has(&view));
        let is_gone = pointer >= run.checked.heap().arena().brk();
        (is_free || is_gone).then(|| Candidate {
            pointer,
            flaw: Flaw::FreedNow { block: history.describe(id, block) },
        })
    }

    /// Returns a live block: the operation's own, or another one.
    fn live_block<D: Design, P: Probe>(&self, run: &Run<'_, D, P>, index: usize) -> Option<Other> {
        const TRIED: u32 = 16;
        let ids = run.scene.trace.ids();
        let own = run.scene.trace.ops()[index].id();
        let first = (self.turn as u32).wrapping_mul(7919);
        let others = (0..TRIED.min(ids)).map(|step| Id(first.wrapping_add(step) % ids));
        let history = run.checked.history();
        let mut blocks = own.into_iter().chain(others).filter_map(|id| {
            let block = history.live.of(id)?;
            (!block.addr.is_null()).then(|| history.describe(id, block))
        });
        blocks.next()
    }

    fn misaligned<D: Design, P: Probe>(&self, run: &Run<'_, D, P>, block: Other) -> Candidate {
        const OFFSETS: [u32; 5] = [4, 1, 2, 7, 8];
        let align_bytes = run.scene.settings.align.bytes();
        let offset = OFFSETS[self.turn % OFFSETS.len()] % align_bytes;
        let offset = if offset == 0 { WORD_BYTES } else { offset };
        Candidate { pointer: block.addr + offset, flaw: Flaw::Misaligned { block, offset } }
    }

    /// Returns a pointer close to the payload's start, so that a heap that reads the start of the
    /// page finds its own marks there and not the program's bytes.
    fn inside<D: Design, P: Probe>(&self, run: &Run<'_, D, P>, block: Other) -> Option<Candidate> {
        let align_bytes = run.scene.settings.align.bytes();
        let most = block.size.checked_sub(ZEROS_BYTES / 2)? / align_bytes;
        let steps = (1 + self.turn as u32 % 4).min(most);
        let offset = steps * align_bytes;
        (steps > 0).then_some(Candidate {
            pointer: block.addr + offset,
            flaw: Flaw::Inside { block, offset },
        })
    }

    /// Returns a pointer to where a heap keeps its list heads or its prologue.
    fn before_first(&self, start: Addr, blocks: &[BlockView]) -> Option<Candidate> {
        const GRANULE_BYTES: u32 = 16;
        let first = blocks.first()?.payload;
        let places = (first - start) / GRANULE_BYTES;
        let place = (self.turn as u32).checked_rem(places)?;
        let is_before = first > start;
        is_before.then_some(Candidate {
            pointer: start + place * GRANULE_BYTES,
            flaw: Flaw::BeforeFirst { first },
        })
    }

    fn outside(&self, start: Addr, end: Addr) -> Candidate {
        const FAR_BYTES: u32 = 4096;
        const TOP: Addr = Addr::new(0xffff_fff0);
        let past = match TOP - end {
            FAR_BYTES.. => end + FAR_BYTES,
            _ => end,
        };
        let places = [end, start - 16, past, Addr::new(8), TOP];
        Candidate { pointer: places[self.turn % places.len()], flaw: Flaw::Outside { start, end } }
    }
}

/// Bytes of zeros that the program has around a pointer into its payload, half of them before it.
const ZEROS_BYTES: u32 = 16;

fn of_free_block(view: &BlockView) -> Option<Candidate> {
    (!view.allocated).then_some(Candidate {
        pointer: view.payload,
        flaw: Flaw::Free { start: view.start, size: view.size },
    })
}

/// Returns one of the free blocks, a different one each turn.
fn free_block(blocks: &[BlockView], turn: usize) -> Option<&BlockView> {
    let first = turn.wrapping_mul(7919).checked_rem(blocks.len())?;
    let (before, from) = blocks.split_at(first);
    from.iter().chain(before).find(|block| !block.allocated)
}

impl Before {
    fn of<D: Design, P: Probe>(
        run: &Run<'_, D, P>,
        blocks: Vec<BlockView>,
        copies: bool,
    ) -> Before {
        let arena = run.checked.heap().arena();
        let (start, size) = (arena.start(), arena.heap_bytes());
        let bytes = match arena.payload(start, size) {
            Some(bytes) if size <= MOST_BYTES_COPIED && copies => Bytes::Copied(bytes.to_vec()),
            Some(_) if size <= MOST_BYTES_COPIED => Bytes::Left,
            _ => Bytes::TooMany,
        };
        Before { brk: arena.brk(), blocks, heap_bytes: size, bytes }
    }

    /// Returns how many bytes are compared with those before a call, if the call writes.
    fn bytes_to_compare(&self) -> u64 {
        match self.bytes {
            Bytes::TooMany => 0,
            Bytes::Copied(_) | Bytes::Left => self.heap_bytes.into(),
        }
    }

    /// Returns what a refused call changed, if anything; `stored` says whether the call wrote.
    fn changed_by<D: Design, P: Probe>(&self, run: &Run<'_, D, P>, stored: bool) -> Seen {
        let arena = run.checked.heap().arena();
        if arena.brk() != self.brk {
            return Seen::Wrong(Wrong::BreakMoved { from: self.brk, to: arena.brk() });
        }
        if !stored {
            return Seen::Refused;
        }
        let (start, size) = (arena.start(), arena.heap_bytes());
        let at = match &self.bytes {
            Bytes::Left => return Seen::Unclear,
            Bytes::Copied(before) => {
                let after = arena.payload(start, size).unwrap_or_default();
                let first = before.iter().zip(after).position(|(one, other)| one != other);
                first.map(|offset| start + offset as u32)
            }
            Bytes::TooMany => {
                let after = run.blocks().unwrap_or_default();
                let first = self.blocks.iter().zip(&after).find(|(one, other)| one != other);
                let longer = self.blocks.len() != after.len();
                first.map(|(block, _)| block.start).or(longer.then_some(self.brk))
            }
        };
        at.map_or(Seen::Refused, |at| Seen::Wrong(Wrong::Changed { at }))
    }
}

impl<D: Design, P: Probe> Run<'_, D, P> {
    /// Returns the heap's blocks, if the walk over them ends without a panic.
    fn blocks(&self) -> Option<Vec<BlockView>> {
        let mut blocks = None;
        self.glance(|heap| blocks = Some(heap.blocks().take(MOST_BLOCKS).collect()));
        blocks
    }

    /// Returns whether the program holds one of these bytes.
    fn is_held(&self, addr: Addr, size: u32) -> bool {
        let live = &self.checked.history().live;
        // The shadow has a mark for each byte that may be written, and answers at once.
        self.shadow.has_live_byte(addr, size)
            || live.has_empty_block() && !live.overlapping(addr, size).is_empty()
    }

    /// Makes a call with a bad pointer that stopped the heap when it was tried first.
    pub(crate) fn try_again(&mut self, call: Call, flaw: &Flaw) {
        let before = Before::of(self, Vec::new(), true);
        self.seen_with(call, flaw, &before);
    }

    /// Makes a call with a bad pointer, and returns what the heap did.
    fn seen_with(&mut self, call: Call, flaw: &Flaw, before: &Before) -> Seen {
        let inside = match *flaw {
            Flaw::Inside { block, offset } => {
                let around = offset - ZEROS_BYTES / 2..offset + ZEROS_BYTES / 2;
                self.checked.write_zeros(block.id, around.clone());
                Some((block.id, around))
            }
            _ => None,
        };
        self.shadow.begin_with_bad_pointer(call);
        let answer = catch_unwind(AssertUnwindSafe(|| self.checked.call_with(call)));
        let stored = self.shadow.has_stored();
        self.shadow.end();
        if let Some((id, around)) = inside {
            self.checked.write_pattern(id, around);
        }
        match answer {
            Ok(Ok(answer)) => Seen::Wrong(Wrong::Accepted(answer)),
            Ok(Err(_)) => before.changed_by(self, stored),
            Err(unwound) => Seen::Wrong(Wrong::Stopped(why(unwound, self.shadow, |addr| {
                self.checked.history().whose(addr)
            }))),
        }
    }
}
