//! What the program holds: which id has which block.

use crate::access::Owner;
use crate::census::Live;
use crate::fault::Held;
use crate::occupancy::{self, Occupancy};
use crate::other::Other;
use crate::pattern::Pattern;
use heaplab_arena::Addr;
use heaplab_trace::{Id, Trace};

/// The program's side of the books.
pub(crate) struct Holdings<'a> {
    trace: &'a Trace,
    /// Where the heap segment starts.
    start: Addr,
    /// What each id holds. A trace gives an id no second block before it has
    /// freed the first, so these are all blocks there are.
    slots: Vec<Slot>,
    /// The ids that hold a block, in no order: a list of all ids may be much
    /// longer.
    holders: Vec<Id>,
    occupancy: Occupancy,
    /// Requested bytes of all live blocks.
    live_bytes: u64,
    /// The blocks that were live once, to be named; none if nobody remembers.
    past: Option<Vec<Past>>,
}

/// A block that the program was given.
#[derive(Clone, Copy)]
pub(crate) struct Block {
    pub(crate) addr: Addr,
    /// Requested bytes.
    pub(crate) size: u32,
    /// What the heap says is usable of it.
    pub(crate) usable_bytes: u32,
    /// What was written into it.
    pub(crate) pattern: Pattern,
    /// The operation that allocated or last resized it, from 0.
    pub(crate) op_index: usize,
}

impl Block {
    /// No block: what there is before an allocation.
    pub(crate) const NONE: Block = Block {
        addr: Addr::NULL,
        size: 0,
        usable_bytes: 0,
        pattern: Pattern::NONE,
        op_index: 0,
    };

    /// Bytes that the program may write: what it asked for, and what the heap
    /// promises on top.
    pub(crate) fn room(&self) -> u32 {
        self.usable_bytes.max(self.size)
    }

    /// Whether the byte at `addr` is the program's to write.
    fn has(&self, addr: Addr) -> bool {
        !self.addr.is_null() && addr - self.addr < self.room()
    }
}

#[derive(Clone, Copy, Default)]
struct Slot {
    live: Option<Block>,
    /// How many blocks the id has held so far.
    generation: u32,
    /// Where the id is among the holders, while it holds a block.
    place: usize,
    /// Whether the id has no block because the heap had none to give.
    refused: bool,
}

/// A block that is not live any more.
struct Past {
    id: Id,
    block: Block,
    /// The operation that freed or resized it, from 0.
    ended_by: usize,
}

impl<'a> Holdings<'a> {
    /// A program that holds nothing yet; `remember` what it will have held once?
    pub(crate) fn new(trace: &'a Trace, start: Addr, remember: bool) -> Self {
        Holdings {
            trace,
            start,
            slots: vec![Slot::default(); trace.ids() as usize],
            holders: Vec::new(),
            occupancy: Occupancy::default(),
            live_bytes: 0,
            past: remember.then(Vec::new),
        }
    }

    /// What the id holds.
    pub(crate) fn of(&self, id: Id) -> Option<Block> {
        self.slots[id.index()].live
    }

    /// Requested bytes of all live blocks.
    pub(crate) fn live_bytes(&self) -> u64 {
        self.live_bytes
    }

    /// The heap had no block to give for the id.
    pub(crate) fn refuse(&mut self, id: Id) {
        self.slots[id.index()].refused = true;
    }

    /// Whether the id has no block, though by the trace it has one.
    pub(crate) fn was_refused(&self, id: Id) -> bool {
        self.slots[id.index()].refused
    }

    /// What is to be written into the next block that the id gets.
    pub(crate) fn next_pattern(&mut self, id: Id) -> Pattern {
        let slot = &mut self.slots[id.index()];
        let pattern = Pattern::new(id.0, slot.generation);
        slot.generation = slot.generation.wrapping_add(1);
        pattern
    }

    /// From now on the block is the id's.
    pub(crate) fn hold(&mut self, id: Id, block: Block) {
        let slot = &mut self.slots[id.index()];
        slot.live = Some(block);
        slot.refused = false;
        slot.place = self.holders.len();
        self.holders.push(id);
        self.live_bytes += u64::from(block.size);
        if !block.addr.is_null() {
            self.occupancy.take(block.addr - self.start, block.room());
        }
    }

    /// The operation with this index ended the block.
    pub(crate) fn let_go(&mut self, ended_by: usize, id: Id, block: Block) {
        let slot = &mut self.slots[id.index()];
        slot.live = None;
        let place = slot.place;
        self.holders.swap_remove(place);
        if let Some(moved) = self.holders.get(place) {
            self.slots[moved.index()].place = place;
        }
        self.live_bytes -= u64::from(block.size);
        if !block.addr.is_null() {
            self.occupancy
                .give_back(block.addr - self.start, block.room());
        }
        if let Some(past) = &mut self.past {
            past.push(Past {
                id,
                block,
                ended_by,
            });
        }
    }

    /// A live block that may be written at a byte of these.
    pub(crate) fn overlapping(&self, addr: Addr, size: u32) -> Option<(Id, Block)> {
        if !self.occupancy.is_taken(addr - self.start, size) {
            return None;
        }
        self.live_blocks()
            .filter(|(_, block)| !block.addr.is_null())
            .find(|(_, block)| occupancy::overlap((addr, size), (block.addr, block.room())))
    }

    /// All live payloads, by rising address. What a `malloc(0)` got may be no
    /// block.
    pub(crate) fn live_payloads(&self) -> Vec<Live> {
        let blocks = self.holders.iter().filter_map(|id| self.of(*id));
        let payloads = blocks.filter(|block| !block.addr.is_null());
        let mut live: Vec<Live> = payloads
            .map(|block| Live {
                payload: block.addr,
                size: block.size,
            })
            .collect();
        live.sort_unstable();
        live
    }

    /// Who has the payload at `addr`, or had it last.
    pub(crate) fn held_at(&self, addr: Addr) -> Held {
        let mut live = self.live_blocks();
        if let Some((id, block)) = live.find(|(_, block)| block.addr == addr) {
            return Held::Now(self.describe(id, block));
        }
        let Some(past) = &self.past else {
            return Held::Unknown;
        };
        let last = past.iter().rev().find(|past| past.block.addr == addr);
        last.map_or(Held::Never, |last| Held::Once {
            block: self.describe(last.id, last.block),
            until_line: self.trace.line(last.ended_by),
        })
    }

    /// Whose payload the byte at `addr` is in, or was in last.
    pub(crate) fn whose(&self, addr: Addr) -> Option<Owner> {
        let owner = |id: Id, block: Block, freed_on_line| Owner {
            block: self.describe(id, block),
            offset: addr - block.addr,
            freed_on_line,
        };
        if let Some((id, block)) = self.live_blocks().find(|(_, block)| block.has(addr)) {
            return Some(owner(id, block, None));
        }
        let mut past = self.past.iter().flatten().rev();
        let last = past.find(|past| past.block.has(addr))?;
        let line = self.trace.line(last.ended_by);
        Some(owner(last.id, last.block, Some(line)))
    }

    /// The live blocks, as they are named in a message.
    pub(crate) fn live(&self) -> impl Iterator<Item = Other> {
        self.live_blocks()
            .map(|(id, block)| self.describe(id, block))
    }

    fn live_blocks(&self) -> impl Iterator<Item = (Id, Block)> {
        (0..)
            .zip(&self.slots)
            .filter_map(|(id, slot)| Some((Id(id), slot.live?)))
    }

    /// A block as it is named in a message.
    pub(crate) fn describe(&self, id: Id, block: Block) -> Other {
        Other {
            id,
            line: self.trace.line(block.op_index),
            addr: block.addr,
            size: block.size,
        }
    }
}
