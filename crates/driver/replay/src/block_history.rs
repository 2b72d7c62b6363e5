//! What the program holds and has held, and which ids got no block because memory ran out.

use crate::access::Owner;
use crate::evidence::Held;
use crate::live_blocks::{LiveBlock, LiveBlocks};
use crate::other::Other;
use heaplab_arena::Addr;
use heaplab_trace::{Id, Trace};
use std::collections::BTreeSet;

/// The blocks of the program, live and past.
pub(crate) struct BlockHistory<'a> {
    trace: &'a Trace,
    pub(crate) live: LiveBlocks,
    /// The ids that have no block because the heap refused it.
    pub(crate) refused: BTreeSet<Id>,
    /// The blocks that were live once, to be named in messages; none if they are not kept.
    past: Option<Vec<Past>>,
}

/// A block that is not live any more.
struct Past {
    id: Id,
    block: LiveBlock,
    /// The operation that freed or resized it, from 0.
    ended_by: usize,
}

impl<'a> BlockHistory<'a> {
    /// Returns a program that holds nothing yet; with `remember` it keeps its past blocks.
    pub(crate) fn new(trace: &'a Trace, remember: bool) -> Self {
        BlockHistory {
            trace,
            live: LiveBlocks::new(trace),
            refused: BTreeSet::new(),
            past: remember.then(Vec::new),
        }
    }

    /// Notes that the block is the id's from now on.
    pub(crate) fn hold(&mut self, id: Id, block: LiveBlock) {
        self.refused.remove(&id);
        self.live.hold(id, block);
    }

    /// Notes that the operation with this index ended the id's block.
    pub(crate) fn let_go(&mut self, ended_by: usize, id: Id) {
        if let (Some(block), Some(past)) = (self.live.let_go(id), &mut self.past) {
            past.push(Past { id, block, ended_by });
        }
    }

    /// Returns which block has the payload at `addr`, or had it last.
    pub(crate) fn held_at(&self, addr: Addr) -> Held {
        let mut live = self.live.iter();
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

    /// Returns the block whose payload contains the byte at `addr`, or did last.
    pub(crate) fn whose(&self, addr: Addr) -> Option<Owner> {
        let owner = |id: Id, block: LiveBlock, freed_on_line| Owner {
            block: self.describe(id, block),
            offset: addr - block.addr,
            freed_on_line,
        };
        if let Some((id, block)) = self.live.iter().find(|(_, block)| has(block, addr)) {
            return Some(owner(id, block, None));
        }
        let mut past = self.past.iter().flatten().rev();
        let last = past.find(|past| has(&past.block, addr))?;
        let line = self.trace.line(last.ended_by);
        Some(owner(last.id, last.block, Some(line)))
    }

    /// Returns the live blocks, as they are named in a message.
    pub(crate) fn described(&self) -> impl Iterator<Item = Other> {
        let live = self.live.iter();
        live.map(|(id, block)| self.describe(id, block))
    }

    /// Returns a block as it is named in a message.
    pub(crate) fn describe(&self, id: Id, block: LiveBlock) -> Other {
        Other { id, line: self.trace.line(block.op_index), addr: block.addr, size: block.size }
    }
}

/// Returns whether the byte at `addr` is the program's to write.
fn has(block: &LiveBlock, addr: Addr) -> bool {
    !block.addr.is_null() && addr - block.addr < block.usable_bytes
}
