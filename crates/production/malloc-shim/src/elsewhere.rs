//! Serves calls that the heap can't serve now: its own thread is inside, a fork is under way, or
//! there is no heap yet.
//!
//! Such a call comes from a signal handler that interrupted the heap, from a thread that runs while
//! another forks, or from the loader before the environment exists. New blocks come from the
//! [`reserve`]. A heap block that is given back is put on a list, and freed by the next call that
//! enters the heap. Nothing here waits.

use crate::reserve::{self, NoBlock};
use core::ffi::c_void;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// Why a call can't be served.
pub enum Not {
    /// The pointer is neither the heap's nor the reserve's.
    Ours,
    /// No block begins there, or it is free.
    ABlock(NoBlock),
}

impl From<NoBlock> for Not {
    fn from(no_block: NoBlock) -> Not {
        Not::ABlock(no_block)
    }
}

/// The heap's machine in this process: its first byte, and the byte after its last.
static MACHINE: (AtomicUsize, AtomicUsize) = (AtomicUsize::new(0), AtomicUsize::new(0));

/// Blocks to be freed in the heap; each contains a pointer to the next.
static FREED: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

/// Sets the address range of the heap's machine.
pub fn set_machine(start: NonNull<u8>, bytes: usize) {
    let start = start.addr().get();
    MACHINE.1.store(start + bytes, Ordering::Relaxed);
    MACHINE.0.store(start, Ordering::Relaxed);
}

/// Returns whether the pointer points into the machine's memory.
fn is_in_machine(pointer: NonNull<c_void>) -> bool {
    let at = pointer.addr().get();
    let start = MACHINE.0.load(Ordering::Relaxed);
    start != 0 && at >= start && at < MACHINE.1.load(Ordering::Relaxed)
}

/// `free(block)`.
pub fn free(block: NonNull<c_void>) -> Result<(), Not> {
    if reserve::owns(block) {
        return Ok(reserve::release(block)?);
    }
    if !is_in_machine(block) {
        return Err(Not::Ours);
    }
    if !block.addr().get().is_multiple_of(16) {
        return Err(Not::ABlock(NoBlock));
    }
    let link = block.as_ptr().cast::<*mut c_void>();
    let mut first = FREED.load(Ordering::Relaxed);
    loop {
        // SAFETY: the machine is mapped and writable; a block of it that the program
        // gives back has room for a pointer, and is not looked at by the program.
        unsafe { link.write(first) };
        let (done, failed) = (Ordering::Release, Ordering::Relaxed);
        match FREED.compare_exchange_weak(first, block.as_ptr(), done, failed) {
            Ok(_) => return Ok(()),
            Err(now) => first = now,
        }
    }
}

/// Takes the blocks given back in the meantime, to be freed in the heap.
#[inline]
pub fn take_freed() -> Freed {
    let is_empty = FREED.load(Ordering::Relaxed).is_null();
    let first =
        if is_empty { ptr::null_mut() } else { FREED.swap(ptr::null_mut(), Ordering::Acquire) };
    Freed(first)
}

/// An iterator over blocks of the heap; free each as soon as it is returned.
pub struct Freed(*mut c_void);

impl Iterator for Freed {
    type Item = NonNull<c_void>;

    #[inline]
    fn next(&mut self) -> Option<NonNull<c_void>> {
        let block = NonNull::new(self.0)?;
        // SAFETY: `free` wrote the next block here.
        self.0 = unsafe { block.as_ptr().cast::<*mut c_void>().read() };
        if NonNull::new(self.0).is_some_and(|next| !is_in_machine(next)) {
            // The block was freed twice; the heap will report it.
            self.0 = ptr::null_mut();
        }
        Some(block)
    }
}

/// `realloc(block, size)`; returns null if there is no memory, and the block then stays.
pub fn realloc(block: NonNull<c_void>, size: usize) -> Result<*mut c_void, Not> {
    if reserve::owns(block) {
        return Ok(reserve::resize(block, size)?);
    }
    if !is_in_machine(block) {
        return Err(Not::Ours);
    }
    let moved = reserve::allocate(1, size);
    if !moved.is_null() {
        // Only the heap knows the block's size. So this may copy more bytes than are in the block,
        // up to the end of memory; the bytes past the block's end are not used.
        let most = MACHINE.1.load(Ordering::Relaxed) - block.addr().get();
        // SAFETY: `most` bytes are mapped from the block on, and the new block has
        // `size` bytes, which no other block shares.
        unsafe { libc::memcpy(moved, block.as_ptr(), size.min(most)) };
        free(block)?;
    }
    Ok(moved)
}

/// Returns the bytes of a block that the program may use; 0 for a block of the heap, whose size
/// can't be known now.
pub fn usable_bytes(block: NonNull<c_void>) -> Result<usize, Not> {
    if reserve::owns(block) {
        return Ok(reserve::usable_bytes(block)?);
    }
    is_in_machine(block).then_some(0).ok_or(Not::Ours)
}
