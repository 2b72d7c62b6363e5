//! Which block of the program is at an address, at one moment.

use crate::holders::Holders;
use crate::view::{BlockNow, Entry, HeapView, Owner, View};
use heaplab_arena::Addr;
use heaplab_heap::{BlockView, Listed};
use heaplab_trace::Trace;

/// The program's blocks at one moment, by ascending address.
pub(crate) struct Owners<'a> {
    trace: &'a Trace,
    /// For each block its payload, and below 32 bits the operation that gave it.
    held: Vec<u64>,
    /// The first one at the payload that was asked for last, or behind it.
    at: usize,
}

impl<'a> Owners<'a> {
    /// Returns those that are live when `done` operations are done; `returned` has what each
    /// operation returned.
    pub(crate) fn at(
        trace: &'a Trace,
        holders: &Holders,
        returned: &[Addr],
        done: usize,
    ) -> Owners<'a> {
        let live = holders.live(done.min(returned.len())).filter_map(|giver| {
            let payload = returned[giver];
            let is_block = !payload.is_null() && trace.ops()[giver].id().is_some();
            // A trace has fewer than 2^32 operations.
            is_block.then(|| u64::from(payload.to_word()) << 32 | giver as u64)
        });
        let mut held: Vec<u64> = live.collect();
        held.sort_unstable();
        Owners { trace, held, at: 0 }
    }

    /// Returns the whole heap when `ops` operations are done; the segment is its first byte and its
    /// break.
    pub(crate) fn shown(&mut self, ops: usize, view: &View, segment: (Addr, Addr)) -> HeapView {
        let mut block = |block: &BlockView| BlockNow {
            start: block.start.to_word(),
            bytes: block.size,
            payload: block.payload.to_word(),
            is_allocated: block.allocated,
            owner: self.of(block.payload),
        };
        let entry = |entry: &Listed| Entry { list: entry.list, payload: entry.payload.to_word() };
        let blocks = match view.hides_blocks {
            false => view.blocks.iter().map(&mut block).collect(),
            true => self.payloads(),
        };
        HeapView {
            ops,
            heap_start: segment.0.to_word(),
            heap_break: segment.1.to_word(),
            hides_blocks: view.hides_blocks,
            blocks,
            lists: view.lists.iter().map(entry).collect(),
        }
    }

    /// Returns the program's payloads, each as a block without anything around it.
    fn payloads(&mut self) -> Vec<BlockNow> {
        let mut starts: Vec<u32> = self.held.iter().map(|held| (held >> 32) as u32).collect();
        starts.dedup();
        let block = |start: u32| {
            let owner = self.of(Addr::new(start));
            let bytes = owner.map_or(0, |owner| owner.payload_bytes);
            BlockNow { start, bytes, payload: start, is_allocated: true, owner }
        };
        starts.into_iter().map(block).collect()
    }

    /// Returns the block with this payload. Asking by ascending payloads is fast.
    pub(crate) fn of(&mut self, payload: Addr) -> Option<Owner> {
        let payload = payload.to_word();
        let payload_of = |held: &u64| (held >> 32) as u32;
        let before = self.at.checked_sub(1).map(|before| payload_of(&self.held[before]));
        if before.is_some_and(|before| before >= payload) {
            self.at = self.held.partition_point(|held| payload_of(held) < payload);
        }
        while self.held.get(self.at).is_some_and(|held| payload_of(held) < payload) {
            self.at += 1;
        }
        // A broken heap may give two blocks one address: the later one is shown.
        let there = self.held[self.at..].iter().take_while(|held| payload_of(held) == payload);
        let giver = (*there.last()? & u64::from(u32::MAX)) as usize;
        let op = self.trace.ops()[giver];
        Some(Owner { id: op.id()?.0, payload_bytes: op.size()?, line: self.trace.line(giver) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_trace::{Id, Op, Weight};

    #[test]
    fn of_a_heap_that_hides_its_blocks_payloads_are_shown() {
        let op = |id| Op::Malloc { id: Id(id), size: 10 + id };
        let ops = vec![op(0), op(1), Op::Free { id: Id(0) }];
        let trace = Trace::from_ops("owners", Weight::Both, ops).unwrap();
        let returned = [64, 16, 0].map(Addr::new);
        let holders = Holders::of(&trace);
        let view = View { hides_blocks: true, ..View::default() };
        let segment = (Addr::new(8), Addr::new(100));
        let shown = |done| {
            let heap = Owners::at(&trace, &holders, &returned, done).shown(done, &view, segment);
            heap.blocks.iter().map(|block| (block.start, block.bytes)).collect::<Vec<_>>()
        };
        assert_eq!(shown(2), [(16, 11), (64, 10)]);
        assert_eq!(shown(3), [(16, 11)]);
        assert_eq!(shown(0), []);
    }

    #[test]
    fn blocks_are_found_in_any_order() {
        let op = |id| Op::Malloc { id: Id(id), size: 10 + id };
        let ops = vec![op(0), op(1), op(2), op(3), Op::Free { id: Id(1) }];
        let trace = Trace::from_ops("owners", Weight::Both, ops).unwrap();
        let returned = [64, 16, 32, 32, 0].map(Addr::new);
        let holders = Holders::of(&trace);
        let ids = |done, payloads: &[u32]| -> Vec<Option<u32>> {
            let mut owners = Owners::at(&trace, &holders, &returned, done);
            payloads.iter().map(|at| owners.of(Addr::new(*at)).map(|owner| owner.id)).collect()
        };
        assert_eq!(ids(3, &[16, 20, 32, 64, 80]), [Some(1), None, Some(2), Some(0), None]);
        assert_eq!(ids(4, &[64, 32, 16, 32, 0]), [Some(0), Some(3), Some(1), Some(3), None]);
        assert_eq!(ids(5, &[16, 64]), [None, Some(0)]);
        assert_eq!(ids(0, &[16]), [None]);
    }
}
