//! A heap of the simulated machine as C's functions need it: with pointers.

use core::fmt;
use core::ptr::NonNull;
use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Probe, Silent};
use heaplab_heap::{Heap, HeapError};
use heaplab_replay::Counting;

/// What is asked of a heap, whatever it is.
pub trait Serve {
    /// A block of so many bytes, which are not 0; none if there is no memory.
    fn allocate(&mut self, size: u32) -> Option<NonNull<u8>>;

    /// The same, all zeros.
    fn allocate_zeroed(&mut self, size: u32) -> Option<NonNull<u8>>;

    /// The same, aligned to a power of two.
    fn allocate_aligned(&mut self, align: u32, size: u32) -> Option<NonNull<u8>>;

    /// How far into the heap segment a pointer is, by which blocks are named below; none
    /// if it is not in there.
    fn offset(&self, pointer: NonNull<u8>) -> Option<u32>;

    /// The block with another size, which is not 0, perhaps elsewhere; none if there is
    /// no memory, and then it stays.
    ///
    /// # Errors
    /// If there is no such block.
    fn resize(&mut self, offset: u32, size: u32) -> Result<Option<NonNull<u8>>, Refused>;

    /// Takes the block back.
    ///
    /// # Errors
    /// If there is no such block.
    fn release(&mut self, offset: u32) -> Result<(), Refused>;

    /// Bytes of the block that the program may use.
    ///
    /// # Errors
    /// If there is no such block.
    fn usable_bytes(&self, offset: u32) -> Result<u32, Refused>;

    /// Bytes in the heap segment, at its largest.
    fn heap_bytes(&self) -> u32;

    /// Words that the allocator loaded and stored, if they are counted.
    fn work(&self) -> (u64, u64);
}

/// Why a call of the program is refused.
pub struct Refused(String);

impl Refused {
    /// For this reason.
    pub fn new(why: &dyn fmt::Display) -> Refused {
        Refused(why.to_string())
    }

    fn of(error: HeapError) -> Refused {
        match error {
            HeapError::BadPointer { fault, .. } => Refused::new(&fault),
            other => Refused::new(&other),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Counts what the allocator does, or does not.
pub trait Work: Probe {
    /// Words loaded and stored.
    fn work(&self) -> (u64, u64);
}

/// A heap, and where its machine is.
pub struct Standing<H> {
    heap: H,
    /// The heap segment's start: in the machine, and in this process.
    start: Addr,
    base: NonNull<u8>,
}

impl<H: Heap<Probe: Work>> Standing<H> {
    /// None if the heap's machine is nowhere, which can't be.
    pub fn new(mut heap: H) -> Option<Self> {
        let start = heap.arena().start();
        let base = heap.arena_mut().payload_mut(start, 1)?;
        let base = NonNull::from(base).cast();
        Some(Standing { heap, start, base })
    }

    fn pointer(&self, payload: Addr) -> Option<NonNull<u8>> {
        if payload.is_null() {
            return None;
        }
        // SAFETY: a payload is in the heap segment, which begins at `base`.
        Some(unsafe { self.base.add((payload - self.start) as usize) })
    }

    fn answer(&self, payload: Result<Addr, HeapError>) -> Option<NonNull<u8>> {
        self.pointer(payload.ok()?)
    }
}

impl<H: Heap<Probe: Work>> Serve for Standing<H> {
    #[inline]
    fn allocate(&mut self, size: u32) -> Option<NonNull<u8>> {
        let payload = self.heap.malloc(size);
        self.answer(payload)
    }

    fn allocate_zeroed(&mut self, size: u32) -> Option<NonNull<u8>> {
        let payload = self.heap.calloc(1, size);
        self.answer(payload)
    }

    fn allocate_aligned(&mut self, align: u32, size: u32) -> Option<NonNull<u8>> {
        let payload = self.heap.memalign(align, size);
        self.answer(payload)
    }

    fn resize(&mut self, offset: u32, size: u32) -> Result<Option<NonNull<u8>>, Refused> {
        match self.heap.realloc(self.start + offset, size) {
            Ok(payload) => Ok(self.pointer(payload)),
            Err(HeapError::OutOfMemory) => Ok(None),
            Err(other) => Err(Refused::of(other)),
        }
    }

    #[inline]
    fn release(&mut self, offset: u32) -> Result<(), Refused> {
        self.heap.free(self.start + offset).map_err(Refused::of)
    }

    fn usable_bytes(&self, offset: u32) -> Result<u32, Refused> {
        let usable = self.heap.usable_size(self.start + offset);
        usable.map_err(Refused::of)
    }

    #[inline]
    fn offset(&self, pointer: NonNull<u8>) -> Option<u32> {
        let offset = pointer.addr().get().wrapping_sub(self.base.addr().get());
        let length = self.heap.arena().brk() - self.start;
        u32::try_from(offset).ok().filter(|&offset| offset < length)
    }

    fn heap_bytes(&self) -> u32 {
        self.heap.arena().high_water_bytes()
    }

    fn work(&self) -> (u64, u64) {
        self.heap.arena().probe().work()
    }
}

impl Work for Silent {
    fn work(&self) -> (u64, u64) {
        (0, 0)
    }
}

impl Work for Counting {
    fn work(&self) -> (u64, u64) {
        (self.loads(), self.stores())
    }
}
