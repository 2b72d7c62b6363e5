//! What a program holds: which id has which block, and which bytes are taken.
//!
//! ```text
//!   by id                         by address
//!   0 | 24 bytes at 0x1_0008      ..........................  a bit for 8 bytes of the
//!   1 | none                      ###......#############....  simulated machine, or a
//!   2 | 100 bytes at 0x1_0050      0            2             tree of the host's blocks
//! ```
//!
//! A new block is looked up among the taken bytes: it must contain none of them. Each block has a
//! [`Pattern`] of its own, with which its bytes are compared while it is live. The same data serve
//! the checked run and the measurement of waste, whose blocks are in the simulated machine, and the
//! run over an allocator of the host.

use crate::block_counts::Live;
use crate::occupancy::{Address, Taken, overlap};
use crate::pattern::Pattern;
use heaplab_arena::Addr;
use heaplab_trace::{Id, Trace};

/// The blocks that a trace's program holds at one moment.
pub struct LiveBlocks<A: Address = Addr> {
    /// What each id holds. A trace gives an id no second block before it has freed the first, so
    /// these are all blocks.
    slots: Vec<Slot<A>>,
    /// The ids that hold a block, in no order: a list of all ids may be much longer.
    holders: Vec<Id>,
    taken: A::Taken,
    bytes: u64,
    /// How many blocks have an address, but no byte that the program may write.
    empty: usize,
}

/// A block that the program was given.
#[derive(Clone, Copy, Debug, Default)]
pub struct LiveBlock<A = Addr> {
    /// Where its payload is; null if there is none, as after `malloc(0)`.
    pub addr: A,
    /// Requested bytes.
    pub size: u32,
    /// Bytes that the program may write, at least `size`; no other block contains any of them.
    pub usable_bytes: u32,
    /// What was written into it; the default if nothing was.
    pub pattern: Pattern,
    /// The operation that allocated or last resized it, from 0; 0 if it is not noted.
    pub op_index: usize,
}

#[derive(Clone, Copy, Default)]
struct Slot<A> {
    live: Option<LiveBlock<A>>,
    /// How many patterns the id's blocks have had so far.
    generation: u32,
    /// Where the id is among the holders, while it holds a block.
    place: usize,
}

impl<A: Address + Default> LiveBlocks<A> {
    /// Returns a program that holds nothing yet.
    pub fn new(trace: &Trace) -> Self {
        LiveBlocks {
            slots: vec![Slot::default(); trace.ids() as usize],
            holders: Vec::new(),
            taken: A::Taken::default(),
            bytes: 0,
            empty: 0,
        }
    }
}

impl<A: Address> LiveBlocks<A> {
    /// Returns the block that the id holds.
    pub fn of(&self, id: Id) -> Option<LiveBlock<A>> {
        self.slots[id.index()].live
    }

    /// Returns the requested bytes of all live blocks.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the pattern for the next new block of the id.
    pub fn next_pattern(&mut self, id: Id) -> Pattern {
        let slot = &mut self.slots[id.index()];
        let pattern = Pattern::new(id.0, slot.generation);
        slot.generation = slot.generation.wrapping_add(1);
        pattern
    }

    /// Notes that the block is the id's from now on. The id must hold none.
    pub fn hold(&mut self, id: Id, block: LiveBlock<A>) {
        let slot = &mut self.slots[id.index()];
        slot.live = Some(block);
        slot.place = self.holders.len();
        self.holders.push(id);
        self.bytes += u64::from(block.size);
        self.empty += usize::from(block.is_empty());
        if !block.is_null() {
            self.taken.take(block.addr, block.usable_bytes);
        }
    }

    /// Notes that the id holds no block from now on. Returns the one that it held.
    pub fn let_go(&mut self, id: Id) -> Option<LiveBlock<A>> {
        let slot = &mut self.slots[id.index()];
        let block = slot.live.take()?;
        let place = slot.place;
        self.holders.swap_remove(place);
        if let Some(moved) = self.holders.get(place) {
            self.slots[moved.index()].place = place;
        }
        self.bytes -= u64::from(block.size);
        self.empty -= usize::from(block.is_empty());
        if !block.is_null() {
            self.taken.give_back(block.addr, block.usable_bytes);
        }
        Some(block)
    }

    /// Returns the live blocks with a writable byte among these, by ascending id.
    pub fn overlapping(&self, addr: A, size: u32) -> Vec<(Id, LiveBlock<A>)> {
        if !self.taken.is_taken(addr, size) {
            return Vec::new();
        }
        let blocks = self.iter().filter(|(_, block)| !block.is_null());
        blocks
            .filter(|(_, block)| overlap((addr, size), (block.addr, block.usable_bytes)))
            .collect()
    }

    /// Returns whether a live block has an address, but no byte that the program may write.
    pub(crate) fn has_empty_block(&self) -> bool {
        self.empty > 0
    }

    /// Returns all live blocks, by ascending id.
    pub fn iter(&self) -> impl Iterator<Item = (Id, LiveBlock<A>)> {
        (0..).zip(&self.slots).filter_map(|(id, slot)| Some((Id(id), slot.live?)))
    }
}

impl LiveBlocks {
    /// Returns all live payloads, by ascending address. A `malloc(0)` may have got no block.
    pub fn payloads(&self) -> Vec<Live> {
        let blocks = self.holders.iter().filter_map(|id| self.of(*id));
        let payloads = blocks.filter(|block| !block.is_null());
        let mut live: Vec<Live> =
            payloads.map(|block| Live { payload: block.addr, size: block.size }).collect();
        live.sort_unstable();
        live
    }
}

impl<A: Address> LiveBlock<A> {
    fn is_null(&self) -> bool {
        self.addr.number() == 0
    }

    fn is_empty(&self) -> bool {
        !self.is_null() && self.usable_bytes == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_trace::{Op, Weight};

    fn shared_bytes_are_found<A: Address + Default>(at: impl Fn(u16) -> A) {
        let ops = [0, 1, 2].map(|id| Op::Calloc { id: Id(id), size: 16 });
        let trace = Trace::from_ops("test", Weight::Both, ops.to_vec()).unwrap();
        let mut live = LiveBlocks::new(&trace);
        for (id, addr) in [(2, 320), (0, 256), (1, 288)] {
            let block = LiveBlock {
                addr: at(addr),
                size: 16,
                usable_bytes: 24,
                pattern: live.next_pattern(Id(id)),
                ..LiveBlock::default()
            };
            live.hold(Id(id), block);
        }
        let gone = live.let_go(Id(2)).map(|block| block.pattern);
        assert_ne!(gone, Some(live.next_pattern(Id(2))));
        assert_eq!(live.bytes(), 32);
        for (addr, size, whose) in [(272, 8, &[0][..]), (264, 64, &[0, 1]), (312, 32, &[])] {
            let found = live.overlapping(at(addr), size).into_iter();
            assert_eq!(found.map(|(id, _)| id.0).collect::<Vec<_>>(), whose);
        }
    }

    #[test]
    fn blocks_that_share_bytes_are_found_in_both_memories() {
        shared_bytes_are_found(|number| Addr::new(number.into()));
        shared_bytes_are_found(usize::from);
    }
}
