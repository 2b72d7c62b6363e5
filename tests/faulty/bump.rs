//! A correct heap, as simple as can be, with a hook before each call.

use heaplab_arena::{Addr, Arena, Probe};
use heaplab_heap::{
    Align, BlockView, Heap, HeapError, LARGEST_REQUEST_BYTES, PointerFault, Violation,
};

/// What is wrong with a heap that keeps an `X` outside the machine. The defaults are right.
pub trait Defect<X> {
    fn build<P: Probe>(_heap: &mut Bump<P, X>) {}

    fn malloc<P: Probe>(heap: &mut Bump<P, X>, size: u32) -> Result<Addr, HeapError> {
        heap.bump(size, heap.align.bytes())
    }

    fn free<P: Probe>(_heap: &mut Bump<P, X>, _payload: Addr) -> Result<(), HeapError> {
        Ok(())
    }

    fn realloc<P: Probe>(heap: &mut Bump<P, X>, from: Addr, to: Addr, kept: u32) {
        heap.arena.copy(from, to, kept);
    }

    fn calloc<P: Probe>(heap: &mut Bump<P, X>, payload: Addr, size: u32) {
        heap.arena.zero(payload, size);
    }

    fn memalign<P: Probe>(heap: &mut Bump<P, X>, align: u32, size: u32) -> Result<Addr, HeapError> {
        heap.bump(size, align.max(heap.align.bytes()))
    }

    fn usable_size<P: Probe>(heap: &Bump<P, X>, payload: Addr) -> u32 {
        heap.size_of(payload)
    }

    fn check_pointer<P: Probe>(heap: &Bump<P, X>, payload: Addr) -> Result<(), HeapError> {
        heap.check_pointer(payload)
    }

    fn check<P: Probe>(_heap: &Bump<P, X>) -> Result<(), Violation> {
        Ok(())
    }

    /// The block that begins at `start`, if the heap does not end there.
    fn block<P: Probe>(heap: &Bump<P, X>, start: Addr) -> Option<BlockView> {
        if start >= heap.arena.brk() {
            return None;
        }
        let payload = start + heap.arena.load(start + 4);
        let block = BlockView {
            start,
            size: heap.arena.load(start),
            payload,
            allocated: heap.arena.load(payload - 4) & FREED == 0,
        };
        (block.size > 0).then_some(block)
    }
}

/// Hands out fresh bytes, and of those that are freed it only says so.
///
/// ```text
///  | block size | payload offset | unused ... | payload size | payload ... | next block
/// ```
///
/// The defect is not part of the type: the driver is compiled for each type of heap.
pub struct Bump<P: Probe, X> {
    pub arena: Arena<P>,
    pub align: Align,
    /// Calls of malloc, realloc and free so far.
    pub calls: u32,
    pub extra: X,
    hooks: Box<Hooks<P, X>>,
}

/// What an allocation returns.
type Allocated = Result<Addr, HeapError>;

/// The functions of a [`Defect`].
pub struct Hooks<P: Probe, X> {
    build: fn(&mut Bump<P, X>),
    malloc: fn(&mut Bump<P, X>, u32) -> Allocated,
    free: fn(&mut Bump<P, X>, Addr) -> Result<(), HeapError>,
    realloc: fn(&mut Bump<P, X>, Addr, Addr, u32),
    calloc: fn(&mut Bump<P, X>, Addr, u32),
    memalign: fn(&mut Bump<P, X>, u32, u32) -> Allocated,
    usable_size: fn(&Bump<P, X>, Addr) -> u32,
    check_pointer: fn(&Bump<P, X>, Addr) -> Result<(), HeapError>,
    check: fn(&Bump<P, X>) -> Result<(), Violation>,
    block: fn(&Bump<P, X>, Addr) -> Option<BlockView>,
}

impl<P: Probe, X> Hooks<P, X> {
    pub fn of<S: Defect<X>>() -> Hooks<P, X> {
        Hooks {
            build: S::build,
            malloc: S::malloc,
            free: S::free,
            realloc: S::realloc,
            calloc: S::calloc,
            memalign: S::memalign,
            usable_size: S::usable_size,
            check_pointer: S::check_pointer,
            check: S::check,
            block: S::block,
        }
    }
}

const HEADER_BYTES: u32 = 16;

/// In the word that holds the payload's size: it was freed.
const FREED: u32 = 1 << 31;

impl<P: Probe, X> Bump<P, X> {
    /// A heap without blocks.
    pub fn new(arena: Arena<P>, align: Align, hooks: Hooks<P, X>) -> Bump<P, X>
    where
        X: Default,
    {
        let build = hooks.build;
        let hooks = Box::new(hooks);
        let mut heap = Bump { arena, align, calls: 0, extra: X::default(), hooks };
        build(&mut heap);
        heap
    }

    /// The next `size` bytes at a multiple of `align`.
    pub fn bump(&mut self, size: u32, align: u32) -> Result<Addr, HeapError> {
        if size.max(align) > LARGEST_REQUEST_BYTES {
            return Err(HeapError::OutOfMemory);
        }
        let start = self.arena.brk();
        let payload = (start + HEADER_BYTES).align_up(align);
        let end = (payload + size).align_up(16);
        self.arena.sbrk((end - start) as i32)?;
        self.arena.store(start, end - start);
        self.arena.store(start + 4, payload - start);
        if payload - start > HEADER_BYTES {
            // Once more, where the payload finds them.
            self.arena.store(payload - HEADER_BYTES, end - start);
            self.arena.store(payload - HEADER_BYTES + 4, payload - start);
        }
        self.arena.store(payload - 4, size);
        Ok(payload)
    }

    pub fn size_of(&self, payload: Addr) -> u32 {
        self.arena.load(payload - 4) & !FREED
    }

    /// What is freed is never used again, but the heap shows it as free.
    pub fn mark_freed(&mut self, payload: Addr) {
        let size = self.size_of(payload);
        self.arena.store(payload - 4, size | FREED);
    }

    /// What is in front of a payload says where its block starts, and the block's
    /// start says the same of the payload.
    pub fn check_pointer(&self, payload: Addr) -> Result<(), HeapError> {
        let arena = &self.arena;
        let room = payload - arena.start();
        if payload >= arena.brk() || room < HEADER_BYTES || payload < arena.start() {
            return Err(PointerFault::OutsideHeap.at(payload));
        }
        if !payload.is_aligned_to(self.align.bytes()) {
            return Err(PointerFault::Misaligned.at(payload));
        }
        let offset = arena.load(payload - HEADER_BYTES + 4);
        let is_block = (HEADER_BYTES..=room).contains(&offset)
            && offset.is_multiple_of(HEADER_BYTES)
            && arena.load(payload - offset + 4) == offset
            && arena.load(payload - offset) == arena.load(payload - HEADER_BYTES);
        if !is_block {
            return Err(PointerFault::NotABlock.at(payload));
        }
        if arena.load(payload - 4) & FREED != 0 {
            return Err(PointerFault::NotAllocated.at(payload));
        }
        Ok(())
    }
}

impl<P: Probe, X> Heap for Bump<P, X> {
    type Probe = P;

    fn malloc(&mut self, size: u32) -> Result<Addr, HeapError> {
        self.calls += 1;
        match size {
            0 => Ok(Addr::NULL),
            size => (self.hooks.malloc)(self, size),
        }
    }

    fn free(&mut self, payload: Addr) -> Result<(), HeapError> {
        self.calls += 1;
        match payload {
            Addr::NULL => Ok(()),
            payload => {
                (self.hooks.check_pointer)(self, payload)?;
                self.mark_freed(payload);
                (self.hooks.free)(self, payload)
            }
        }
    }

    fn realloc(&mut self, payload: Addr, size: u32) -> Result<Addr, HeapError> {
        if payload.is_null() {
            return self.malloc(size);
        }
        if size == 0 {
            self.free(payload)?;
            return Ok(Addr::NULL);
        }
        (self.hooks.check_pointer)(self, payload)?;
        let moved = self.malloc(size)?;
        let kept = self.size_of(payload).min(size);
        (self.hooks.realloc)(self, payload, moved, kept);
        self.free(payload)?;
        Ok(moved)
    }

    fn calloc(&mut self, count: u32, size: u32) -> Result<Addr, HeapError> {
        let payload = self.malloc(count * size)?;
        (self.hooks.calloc)(self, payload, count * size);
        Ok(payload)
    }

    fn memalign(&mut self, align_bytes: u32, size: u32) -> Result<Addr, HeapError> {
        match size {
            0 => Ok(Addr::NULL),
            size => (self.hooks.memalign)(self, align_bytes, size),
        }
    }

    fn usable_size(&self, payload: Addr) -> Result<u32, HeapError> {
        (self.hooks.check_pointer)(self, payload)?;
        Ok((self.hooks.usable_size)(self, payload))
    }

    fn check(&self) -> Result<(), Violation> {
        (self.hooks.check)(self)
    }

    fn blocks(&self) -> impl Iterator<Item = BlockView> + '_ {
        let mut start = self.arena.start();
        std::iter::from_fn(move || {
            let block = (self.hooks.block)(self, start)?;
            start += block.size;
            Some(block)
        })
    }

    fn arena(&self) -> &Arena<P> {
        &self.arena
    }

    fn arena_mut(&mut self) -> &mut Arena<P> {
        &mut self.arena
    }

    fn into_arena(self) -> Arena<P> {
        self.arena
    }
}
