//! A small allocator that never waits, for calls that the heap can't serve now and for this
//! library's own allocations.
//!
//! Each change is one atomic store. So a signal handler may interrupt it and call it, and a fork
//! copies it in a valid state, whatever other threads are doing.
//!
//! ```text
//!  used ->                        a block: 2^class bytes
//!  +-------+-------+-----------+  +--------+--------- - - - - --------+
//!  | block | block |  unused   |  | header | payload                  |
//!  +-------+-------+-----------+  +--------+--------- - - - - --------+
//! ```
//!
//! Block sizes are powers of two. Blocks come from the front of a region; a freed block goes on the
//! list of its class. A list's head has a count of its changes beside the block, so that a block
//! taken and put back in the meantime is noticed.

use core::ffi::c_void;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// The header in front of each payload, and at the start of each block.
#[repr(C)]
struct Header {
    /// The distance from the block's start to its payload; 0 once the block is freed.
    to_payload: AtomicU32,
    class: AtomicU32,
    /// In a free block, the next on its list: the place in granules, plus 1.
    next: AtomicU32,
    unused: u32,
}

const GRANULE_BYTES: usize = 16;
const _: () = assert!(size_of::<Header>() == GRANULE_BYTES);

/// Classes are numbered by the logarithm of the block size.
const SMALLEST_CLASS: u32 = 5;
const CLASSES: usize = 33;

/// If a freed block is larger than this, its pages go back to the host.
const RETURN_BYTES: usize = 64 << 10;
const PAGE_BYTES: usize = 64 << 10;

/// A stretch of memory for blocks.
struct Region {
    base: AtomicPtr<u8>,
    bytes: AtomicUsize,
    used: AtomicUsize,
    /// The free blocks of each class: a count of changes, and the first block.
    lists: [AtomicU64; CLASSES],
}

/// The first blocks of a process come from memory of its own, before it can map any.
const FIRST_BYTES: usize = 64 << 10;
#[repr(C, align(16))]
struct First(core::cell::UnsafeCell<[u8; FIRST_BYTES]>);
// SAFETY: it is only reached through the region's blocks, each of which has one owner.
unsafe impl Sync for First {}
static FIRST: First = First(core::cell::UnsafeCell::new([0; FIRST_BYTES]));

static REGIONS: [Region; 2] =
    [Region::new(FIRST.0.get().cast(), FIRST_BYTES), Region::new(ptr::null_mut(), 0)];

/// Sizes to try for the second region. This is address space; only the part in use becomes memory.
const SECOND_BYTES: [usize; 6] = [16 << 30, 1 << 30, 256 << 20, 64 << 20, 16 << 20, 1 << 20];

/// Returns a block of `size` bytes at a multiple of `align`, a power of two; null if there is no
/// memory.
pub fn allocate(align: usize, size: usize) -> *mut c_void {
    for region in &REGIONS {
        if region.base.load(Ordering::Acquire).is_null() {
            region.map();
        }
        let block = region.allocate(align, size);
        if !block.is_null() {
            return block;
        }
    }
    ptr::null_mut()
}

/// Returns a zeroed block of `size` bytes; null if there is no memory.
pub fn allocate_zeroed(size: usize) -> *mut c_void {
    let block = allocate(1, size);
    if !block.is_null() {
        // SAFETY: the block is new, and has `size` bytes.
        unsafe { ptr::write_bytes(block.cast::<u8>(), 0, size) };
    }
    block
}

/// Returns whether the pointer points into this allocator's memory.
pub fn owns(pointer: NonNull<c_void>) -> bool {
    region_of(pointer).is_some()
}

/// Resizes the block; returns null if there is no memory, and the old block then stays.
///
/// # Errors
/// If no live block begins there.
pub fn resize(block: NonNull<c_void>, size: usize) -> Result<*mut c_void, NoBlock> {
    let usable = usable_bytes(block)?;
    if size <= usable && size >= usable / 4 {
        return Ok(block.as_ptr());
    }
    let moved = allocate(1, size);
    if !moved.is_null() {
        // SAFETY: both blocks have as many bytes as are copied, and share none.
        unsafe {
            let (from, to) = (block.as_ptr().cast::<u8>(), moved.cast::<u8>());
            ptr::copy_nonoverlapping(from, to, usable.min(size));
        }
        release(block)?;
    }
    Ok(moved)
}

/// Frees the block.
///
/// # Errors
/// If no live block begins there.
pub fn release(block: NonNull<c_void>) -> Result<(), NoBlock> {
    let region = region_of(block).ok_or(NoBlock)?;
    let header = region.header(block)?;
    let to_payload = header.to_payload.swap(0, Ordering::AcqRel) as usize;
    let class = header.class.load(Ordering::Relaxed);
    let place = region.place(block).wrapping_sub(to_payload);
    if to_payload == 0 || place >= region.used.load(Ordering::Relaxed) {
        return Err(NoBlock);
    }
    region.give_back(place, class);
    region.push(place, class);
    Ok(())
}

/// Returns the bytes of a block that the program may use.
///
/// # Errors
/// If no live block begins there.
pub fn usable_bytes(block: NonNull<c_void>) -> Result<usize, NoBlock> {
    let region = region_of(block).ok_or(NoBlock)?;
    let header = region.header(block)?;
    let to_payload = header.to_payload.load(Ordering::Relaxed) as usize;
    let class = header.class.load(Ordering::Relaxed);
    let bytes = 1usize.checked_shl(class).ok_or(NoBlock)?;
    if to_payload == 0 {
        return Err(NoBlock);
    }
    bytes.checked_sub(to_payload).ok_or(NoBlock)
}

/// The error that no block begins there, or that it is free.
#[derive(Clone, Copy, Debug)]
pub struct NoBlock;

impl core::fmt::Display for NoBlock {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("no block begins here, or it is free")
    }
}

fn region_of(pointer: NonNull<c_void>) -> Option<&'static Region> {
    REGIONS.iter().find(|region| {
        let base = region.base.load(Ordering::Acquire);
        !base.is_null() && region.place(pointer) < region.bytes.load(Ordering::Relaxed)
    })
}

impl Region {
    const fn new(base: *mut u8, bytes: usize) -> Region {
        Region {
            base: AtomicPtr::new(base),
            bytes: AtomicUsize::new(bytes),
            used: AtomicUsize::new(0),
            lists: [const { AtomicU64::new(0) }; CLASSES],
        }
    }

    /// Maps the region, if the host allows it.
    #[cold]
    fn map(&self) {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        for bytes in SECOND_BYTES {
            // SAFETY: a mapping at an address of the kernel's choice takes the place of
            // none; it is given back only if another thread was faster.
            unsafe {
                let base = libc::mmap(ptr::null_mut(), bytes, access, flags, -1, 0);
                if base == libc::MAP_FAILED {
                    continue;
                }
                let base = base.cast::<u8>();
                let null = ptr::null_mut();
                let (done, failed) = (Ordering::AcqRel, Ordering::Acquire);
                match self.base.compare_exchange(null, base, done, failed) {
                    Ok(_) => self.bytes.store(bytes, Ordering::Release),
                    Err(_) => {
                        libc::munmap(base.cast(), bytes);
                    }
                }
            }
            return;
        }
    }

    fn allocate(&self, align: usize, size: usize) -> *mut c_void {
        let (align, header) = (align.max(GRANULE_BYTES), GRANULE_BYTES);
        let lead = if align > GRANULE_BYTES { align } else { 0 };
        let Some(bytes) = size.checked_add(header + lead) else {
            return ptr::null_mut();
        };
        let class = usize::BITS - (bytes - 1).leading_zeros();
        let class = class.max(SMALLEST_CLASS);
        if class as usize >= CLASSES {
            return ptr::null_mut();
        }
        let Some(place) = self.pop(class).or_else(|| self.extend(class)) else {
            return ptr::null_mut();
        };
        let block = self.base.load(Ordering::Relaxed).wrapping_add(place);
        let payload = (block.addr() + header).next_multiple_of(align);
        let to_payload = payload - block.addr();
        // Clear the block's own header: unless it is also the payload's, it must free nothing.
        self.header_at(place).to_payload.store(0, Ordering::Relaxed);
        let header = self.header_at(place + to_payload - GRANULE_BYTES);
        header.class.store(class, Ordering::Relaxed);
        header.to_payload.store(to_payload as u32, Ordering::Release);
        block.wrapping_add(to_payload).cast()
    }

    /// Returns a block that was never used.
    fn extend(&self, class: u32) -> Option<usize> {
        let bytes = 1usize << class;
        let limit = self.bytes.load(Ordering::Acquire);
        let (done, failed) = (Ordering::Relaxed, Ordering::Relaxed);
        let more = |used: usize| Some(used + bytes).filter(|&end| end <= limit);
        self.used.fetch_update(done, failed, more).ok()
    }

    /// Returns a free block of the class.
    fn pop(&self, class: u32) -> Option<usize> {
        let list = &self.lists[class as usize];
        let mut head = list.load(Ordering::Acquire);
        loop {
            let place = (head as u32).checked_sub(1)? as usize * GRANULE_BYTES;
            // The block may have a new owner by now, and this may be a word of its data. The count
            // has then changed, and the word is not used.
            let next = self.header_at(place).next.load(Ordering::Relaxed);
            match changed(list, head, next) {
                Ok(()) => return Some(place),
                Err(now) => head = now,
            }
        }
    }

    fn push(&self, place: usize, class: u32) {
        let Some(list) = self.lists.get(class as usize) else {
            return;
        };
        let header = self.header_at(place);
        header.class.store(class, Ordering::Relaxed);
        let first = (place / GRANULE_BYTES) as u32 + 1;
        let mut head = list.load(Ordering::Acquire);
        loop {
            header.next.store(head as u32, Ordering::Relaxed);
            match changed(list, head, first) {
                Ok(()) => return,
                Err(now) => head = now,
            }
        }
    }

    /// Gives a large block's pages, except the first, back to the host before it is freed.
    fn give_back(&self, place: usize, class: u32) {
        let bytes = 1usize.checked_shl(class).unwrap_or(0);
        let is_mapped = self.base.load(Ordering::Relaxed) != FIRST.0.get().cast();
        if bytes <= RETURN_BYTES || !is_mapped {
            return;
        }
        let block = self.base.load(Ordering::Relaxed).wrapping_add(place);
        let first = (block.addr() + GRANULE_BYTES).next_multiple_of(PAGE_BYTES);
        let end = (block.addr() + bytes) & !(PAGE_BYTES - 1);
        if first < end {
            let start = block.wrapping_add(first - block.addr());
            // SAFETY: whole pages of a block that is free.
            unsafe { libc::madvise(start.cast(), end - first, libc::MADV_DONTNEED) };
        }
    }

    /// Returns a pointer's place in the region; past the region's end if it is outside.
    fn place(&self, pointer: NonNull<c_void>) -> usize {
        let base = self.base.load(Ordering::Relaxed).addr();
        pointer.addr().get().wrapping_sub(base)
    }

    /// Returns the header in front of a payload.
    fn header(&self, block: NonNull<c_void>) -> Result<&Header, NoBlock> {
        let place = self.place(block);
        if place < GRANULE_BYTES || !place.is_multiple_of(GRANULE_BYTES) {
            return Err(NoBlock);
        }
        Ok(self.header_at(place - GRANULE_BYTES))
    }

    fn header_at(&self, place: usize) -> &Header {
        let base = self.base.load(Ordering::Relaxed);
        // SAFETY: places are multiples of a granule inside the region, which stays; and
        // a header's words are atomic.
        unsafe { &*base.wrapping_add(place).cast::<Header>() }
    }
}

/// Makes `first` the head of a list that still has the head `head`.
fn changed(list: &AtomicU64, head: u64, first: u32) -> Result<(), u64> {
    let count = (head >> 32).wrapping_add(1);
    let new = count << 32 | u64::from(first);
    let (done, failed) = (Ordering::AcqRel, Ordering::Acquire);
    list.compare_exchange_weak(head, new, done, failed).map(|_| ())
}
