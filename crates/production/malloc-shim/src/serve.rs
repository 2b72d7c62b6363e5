//! A heap of the simulated machine, adapted to C's functions, which use pointers.

use crate::walk::{Bounded, NoEnd, Walk};
use crate::words::die;
use core::any::Any;
use core::fmt;
use core::ptr::NonNull;
use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Probe};
use heaplab_heap::{Heap, HeapError};
use heaplab_replay::Counting;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The calls to a heap, whatever its type.
pub trait Serve {
    /// Returns a block of `size` bytes, not 0; `None` if there is no memory.
    fn allocate(&mut self, size: u32) -> Option<NonNull<u8>>;

    /// Returns a zeroed block of `size` bytes, not 0; `None` if there is no memory.
    fn allocate_zeroed(&mut self, size: u32) -> Option<NonNull<u8>>;

    /// Returns a block aligned to a power of two; `None` if there is no memory.
    fn allocate_aligned(&mut self, align: u32, size: u32) -> Option<NonNull<u8>>;

    /// Returns a pointer's offset in the heap segment, which names blocks in the functions below;
    /// `None` if the pointer is outside the segment.
    fn offset(&self, pointer: NonNull<u8>) -> Option<u32>;

    /// Resizes the block to `size` bytes, not 0, and may move it; `None` if there is no memory, and
    /// the old block then stays.
    ///
    /// # Errors
    /// If no live block begins there.
    fn resize(&mut self, offset: u32, size: u32) -> Result<Option<NonNull<u8>>, Refused>;

    /// Frees the block.
    ///
    /// # Errors
    /// If no live block begins there.
    fn release(&mut self, offset: u32) -> Result<(), Refused>;

    /// Returns the bytes of the block that the program may use.
    ///
    /// # Errors
    /// If no live block begins there.
    fn usable_bytes(&self, offset: u32) -> Result<u32, Refused>;

    /// Returns the heap segment's largest size in bytes.
    fn heap_bytes(&self) -> u32;

    /// Returns the heap's largest size in bytes.
    fn limit_bytes(&self) -> u32;

    /// Returns the address of the machine's first byte in use in this process.
    fn machine_start(&self) -> NonNull<u8>;

    /// Returns the maximum number of bytes from there.
    fn machine_bytes(&self) -> usize {
        self.limit_bytes() as usize
    }

    /// Returns the numbers of words loaded and stored by the allocator, if they are counted.
    fn work(&self) -> (u64, u64);
}

/// Why a call is refused.
pub struct Refused(String);

impl Refused {
    /// Makes a refusal with this reason.
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

/// A probe for a heap that serves a program.
pub trait Watch: Probe {
    /// Begins a call.
    fn begin(&self);

    /// Returns the numbers of words loaded and stored, if they are counted.
    fn work(&self) -> (u64, u64);
}

/// A heap, and the address of its machine.
pub struct MappedHeap<H> {
    heap: H,
    /// The heap segment's start: in the machine, and in this process.
    start: Addr,
    base: NonNull<u8>,
}

impl<H: Heap<Probe: Watch>> MappedHeap<H> {
    /// Returns `None` if the heap's machine has no address, which can't happen.
    pub fn new(mut heap: H) -> Option<Self> {
        let start = heap.arena().start();
        let base = heap.arena_mut().payload_mut(start, 1)?;
        let base = NonNull::from(base).cast();
        Some(MappedHeap { heap, start, base })
    }

    fn pointer(&self, payload: Addr) -> Option<NonNull<u8>> {
        if payload.is_null() {
            return None;
        }
        // SAFETY: a payload is in the heap segment, which begins at `base`.
        Some(unsafe { self.base.add((payload - self.start) as usize) })
    }

    /// Calls the heap; if the call unwinds, ends the program.
    #[inline]
    fn call<T>(&mut self, name: &str, work: impl FnOnce(&mut H) -> T) -> T {
        self.heap.arena().probe().begin();
        let heap = &mut self.heap;
        match catch_unwind(AssertUnwindSafe(|| work(heap))) {
            Ok(answer) => answer,
            Err(unwound) => damaged(&self.heap, self.base, name, &*unwound),
        }
    }

    #[inline]
    fn answer(&self, payload: Result<Addr, HeapError>) -> Option<NonNull<u8>> {
        self.pointer(payload.ok()?)
    }
}

/// Ends the program: the heap's own data are invalid, so something has overwritten them. The
/// message includes what the heap's own check finds, if anything.
#[cold]
fn damaged<H: Heap<Probe: Watch>>(
    heap: &H,
    base: NonNull<u8>,
    name: &str,
    unwound: &(dyn Any + Send),
) -> ! {
    let text = unwound.downcast_ref::<&str>().copied();
    let text = text.or_else(|| unwound.downcast_ref::<String>().map(String::as_str));
    let how = match text {
        _ if unwound.is::<NoEnd>() => "a search does not end",
        Some(text) => text,
        None => "it can't continue",
    };
    heap.arena().probe().begin();
    let found = catch_unwind(AssertUnwindSafe(|| heap.check()));
    let found = found.ok().and_then(Result::err);
    let found: &dyn fmt::Display = match &found {
        Some(violation) => violation,
        None => &"its own check finds no damage",
    };
    die(format_args!(
        "{name}: the heap is damaged, {how}\n  {found}\n  the heap's {} is {base:?} in the program\n\
         help: the program has written past the end of a block, or into one that it had freed; \
         `--checked` says which",
        heap.arena().start()
    ))
}

impl<H: Heap<Probe: Watch>> Serve for MappedHeap<H> {
    #[inline]
    fn allocate(&mut self, size: u32) -> Option<NonNull<u8>> {
        let payload = self.call("malloc", |heap| heap.malloc(size));
        self.answer(payload)
    }

    fn allocate_zeroed(&mut self, size: u32) -> Option<NonNull<u8>> {
        let payload = self.call("calloc", |heap| heap.calloc(1, size));
        self.answer(payload)
    }

    fn allocate_aligned(&mut self, align: u32, size: u32) -> Option<NonNull<u8>> {
        let payload = self.call("memalign", |heap| heap.memalign(align, size));
        self.answer(payload)
    }

    fn resize(&mut self, offset: u32, size: u32) -> Result<Option<NonNull<u8>>, Refused> {
        let payload = self.start + offset;
        match self.call("realloc", |heap| heap.realloc(payload, size)) {
            Ok(payload) => Ok(self.pointer(payload)),
            Err(HeapError::OutOfMemory) => Ok(None),
            Err(other) => Err(Refused::of(other)),
        }
    }

    #[inline]
    fn release(&mut self, offset: u32) -> Result<(), Refused> {
        let payload = self.start + offset;
        self.call("free", |heap| heap.free(payload)).map_err(Refused::of)
    }

    fn usable_bytes(&self, offset: u32) -> Result<u32, Refused> {
        let payload = self.start + offset;
        match catch_unwind(AssertUnwindSafe(|| self.heap.usable_size(payload))) {
            Ok(usable) => usable.map_err(Refused::of),
            Err(unwound) => damaged(&self.heap, self.base, "malloc_usable_size", &*unwound),
        }
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

    fn limit_bytes(&self) -> u32 {
        self.heap.arena().limit_bytes()
    }

    fn machine_start(&self) -> NonNull<u8> {
        self.base
    }

    fn work(&self) -> (u64, u64) {
        self.heap.arena().probe().work()
    }
}

impl<const LOADS: bool> Watch for Walk<LOADS> {
    #[inline]
    fn begin(&self) {
        Walk::begin(self);
    }

    fn work(&self) -> (u64, u64) {
        (0, 0)
    }
}

impl<const LOADS: bool> Watch for (Walk<LOADS>, Counting) {
    fn begin(&self) {
        self.0.begin();
    }

    fn work(&self) -> (u64, u64) {
        (self.1.loads(), self.1.stores())
    }
}

impl<P: Watch> Watch for Bounded<P> {
    #[inline]
    fn begin(&self) {
        self.0.begin();
    }

    fn work(&self) -> (u64, u64) {
        self.0.work()
    }
}
