//! What a checked run offers to the module that tries bad pointers.

use super::CheckedRun;
use crate::access::Call;
use crate::guard::Guard;
use heaplab_arena::host::Host;
use heaplab_heap::{Heap, HeapError};
use heaplab_trace::Id;
use std::ops::Range;

impl<H: Heap<Probe: Guard>> CheckedRun<'_, H> {
    /// Makes a call that is not an operation of the trace. Returns what `usable_size` answers.
    pub(crate) fn call_with(&mut self, call: Call) -> Result<Option<u32>, HeapError> {
        match call {
            Call::Free { payload } => self.heap.free(payload).map(|()| None),
            Call::Realloc { payload, size } => self.heap.realloc(payload, size).map(|_| None),
            Call::UsableSize { payload } => self.heap.usable_size(payload).map(Some),
            _ => Err(HeapError::NotOffered),
        }
    }

    /// Writes zeros into a payload as the program, until [`write_pattern`](Self::write_pattern).
    pub(crate) fn write_zeros(&mut self, id: Id, bytes: Range<u32>) {
        self.write(id, bytes, |_, payload| payload.fill(0));
    }

    /// Writes back what was there before, as the program.
    pub(crate) fn write_pattern(&mut self, id: Id, bytes: Range<u32>) {
        self.write(id, bytes, |byte, payload| {
            for (offset, place) in payload.iter_mut().enumerate() {
                *place = byte(offset);
            }
        });
    }

    /// Writes bytes of the payload; the function gets the pattern's byte at each of their offsets.
    fn write(
        &mut self,
        id: Id,
        bytes: Range<u32>,
        write: impl FnOnce(&dyn Fn(usize) -> u8, &mut [u8]),
    ) {
        let Some(block) = self.history.live.of(id) else {
            return;
        };
        let arena = self.heap.arena_mut();
        let payload = arena.payload_mut(block.addr, block.size);
        let bytes = bytes.start as usize..bytes.end as usize;
        if let Some(place) = payload.and_then(|payload| payload.get_mut(bytes.clone())) {
            write(&|offset| block.pattern.byte(bytes.start + offset), place);
        }
    }
}
