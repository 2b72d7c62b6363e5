//! A heap on the checked machine with the same interface: the first broken rule ends the program
//! with a report.

use crate::serve::{Refused, Serve};
use crate::words::die;
use core::ptr::NonNull;
use heaplab_arena::Addr;
use heaplab_heap::Design;
use heaplab_replay::{BrokenRule, Supervised};

/// A heap with every access checked, and the address of its machine.
pub struct Checked<D: Design> {
    heap: Supervised<D>,
    /// The heap segment's start: in the machine, and in this process.
    start: Addr,
    base: NonNull<u8>,
}

impl<D: Design> Checked<D> {
    /// Returns `None` if the heap's machine has no address, which can't happen.
    pub fn new(mut heap: Supervised<D>) -> Option<Self> {
        let (start, _) = heap.segment();
        let base = NonNull::from(heap.payload_mut(start, 1)?).cast();
        Some(Checked { heap, start, base })
    }

    fn given(&self, given: Result<Option<Addr>, BrokenRule>) -> Option<NonNull<u8>> {
        let payload = given.unwrap_or_else(|broken_rule| self.end_program(&broken_rule))?;
        // SAFETY: a payload is in the heap segment, which begins at `base`.
        Some(unsafe { self.base.add((payload - self.start) as usize) })
    }

    /// Ends the program because a rule is broken.
    #[cold]
    fn end_program(&self, broken_rule: &BrokenRule) -> ! {
        die(format_args!(
            "{broken_rule}\n  the heap's {} is {:?} in the program",
            self.start, self.base
        ))
    }
}

impl<D: Design> Serve for Checked<D> {
    fn allocate(&mut self, size: u32) -> Option<NonNull<u8>> {
        let given = self.heap.malloc(size);
        self.given(given)
    }

    fn allocate_zeroed(&mut self, size: u32) -> Option<NonNull<u8>> {
        let given = self.heap.calloc(size);
        self.given(given)
    }

    fn allocate_aligned(&mut self, align: u32, size: u32) -> Option<NonNull<u8>> {
        let given = self.heap.memalign(align, size);
        let block = self.given(given)?;
        // The heap aligns the address in its machine; the program sees a different address.
        if !block.addr().get().is_multiple_of(align as usize) {
            die(format_args!(
                "memalign({align}, {size}) gave {block:?}, which is not a multiple of {align}"
            ));
        }
        Some(block)
    }

    fn offset(&self, pointer: NonNull<u8>) -> Option<u32> {
        let (start, end) = self.heap.segment();
        let offset = pointer.addr().get().wrapping_sub(self.base.addr().get());
        let offset = u32::try_from(offset).ok()?;
        (offset < end - start).then_some(offset)
    }

    fn resize(&mut self, offset: u32, size: u32) -> Result<Option<NonNull<u8>>, Refused> {
        match self.heap.realloc(self.start + offset, size) {
            Err(BrokenRule::ByProgram) => Err(Refused::new(&BrokenRule::ByProgram)),
            given => Ok(self.given(given)),
        }
    }

    fn release(&mut self, offset: u32) -> Result<(), Refused> {
        match self.heap.free(self.start + offset) {
            Ok(()) => Ok(()),
            Err(BrokenRule::ByProgram) => Err(Refused::new(&BrokenRule::ByProgram)),
            Err(broken_rule) => self.end_program(&broken_rule),
        }
    }

    fn usable_bytes(&self, offset: u32) -> Result<u32, Refused> {
        match self.heap.usable_bytes(self.start + offset) {
            Ok(bytes) => Ok(bytes),
            Err(BrokenRule::ByProgram) => Err(Refused::new(&BrokenRule::ByProgram)),
            Err(broken_rule) => self.end_program(&broken_rule),
        }
    }

    fn heap_bytes(&self) -> u32 {
        self.heap.heap_bytes()
    }

    fn limit_bytes(&self) -> u32 {
        self.heap.limit_bytes()
    }

    fn machine_start(&self) -> NonNull<u8> {
        self.base
    }

    /// Reports all accesses as loads, because the checked machine counts accesses but not their
    /// kinds.
    fn work(&self) -> (u64, u64) {
        (self.heap.accesses(), 0)
    }
}
