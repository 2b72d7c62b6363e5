//! The heap and its account, as the hooks use them on the thread that is inside.

use crate::account::Account;
use crate::elsewhere::{self, Not};
use crate::format::word;
use crate::serve::Serve;
use crate::words::die;
use core::ffi::c_void;
use core::ptr::{self, NonNull};

/// The heap, and its account if one is kept.
pub struct Room {
    pub(super) heap: &'static mut dyn Serve,
    pub(super) account: Option<Account>,
}

impl Room {
    /// Returns a block of `size` bytes, not 0; null if there is no memory.
    #[inline]
    pub fn malloc(&mut self, size: u32) -> *mut c_void {
        let block = self.heap.allocate(size);
        self.gave_out(word::MALLOCS, block, size)
    }

    /// Returns a zeroed block of `size` bytes, not 0; null if there is no memory.
    pub fn calloc(&mut self, size: u32) -> *mut c_void {
        let block = self.heap.allocate_zeroed(size);
        self.gave_out(word::CALLOCS, block, size)
    }

    /// Returns a block aligned to a power of two; null if there is no memory.
    pub fn memalign(&mut self, align: u32, size: u32) -> *mut c_void {
        let block = self.heap.allocate_aligned(align, size);
        self.gave_out(word::MEMALIGNS, block, size)
    }

    /// Resizes the block to `size` bytes, not 0; returns null if there is no memory, and the block
    /// then stays.
    ///
    /// # Errors
    /// If the block is not from this library.
    pub fn realloc(&mut self, block: NonNull<c_void>, size: u32) -> Result<*mut c_void, Not> {
        let Some(offset) = self.heap.offset(block.cast()) else {
            return elsewhere_only(block, || elsewhere::realloc(block, size as usize));
        };
        if let Some(account) = &mut self.account {
            account.gives(&*self.heap, offset);
        }
        let moved = match self.heap.resize(offset, size) {
            Ok(moved) => moved,
            Err(why) => refuse("realloc", block, &why),
        };
        if let (None, Some(account)) = (moved, &mut self.account) {
            account.kept(&*self.heap, offset);
        }
        Ok(self.gave_out(word::REALLOCS, moved, size))
    }

    /// Takes a block back.
    ///
    /// # Errors
    /// If the block is not from this library.
    #[inline]
    pub fn free(&mut self, block: NonNull<c_void>) -> Result<(), Not> {
        let Some(offset) = self.heap.offset(block.cast()) else {
            return elsewhere_only(block, || elsewhere::free(block));
        };
        if let Some(account) = &mut self.account {
            account.gives(&*self.heap, offset);
        }
        if let Err(why) = self.heap.release(offset) {
            refuse("free", block, &why);
        }
        if let Some(account) = &mut self.account {
            account.gave(&*self.heap);
        }
        Ok(())
    }

    /// Frees the blocks that were given back while the heap could not be used.
    #[inline]
    pub fn free_what_was_left(&mut self) {
        for block in elsewhere::take_freed() {
            if self.free(block).is_err() {
                refuse("free", block, &"no block begins here, or it is free");
            }
        }
    }

    /// Returns the bytes of a block that the program may use.
    ///
    /// # Errors
    /// If the block is not from this library.
    pub fn usable_bytes(&mut self, block: NonNull<c_void>) -> Result<usize, Not> {
        let Some(offset) = self.heap.offset(block.cast()) else {
            return elsewhere_only(block, || elsewhere::usable_bytes(block));
        };
        match self.heap.usable_bytes(offset) {
            Ok(bytes) => Ok(bytes as usize),
            Err(why) => refuse("malloc_usable_size", block, &why),
        }
    }

    /// Completes the table of the blocks, if one is kept: the process is about to end.
    pub fn close(&mut self) {
        if let Some(account) = &mut self.account {
            account.close(&*self.heap);
        }
    }

    #[inline]
    fn gave_out(&mut self, call: usize, block: Option<NonNull<u8>>, size: u32) -> *mut c_void {
        if let Some(account) = &mut self.account {
            let offset = block.and_then(|block| self.heap.offset(block));
            match offset {
                Some(offset) => account.took(call, &*self.heap, offset, size),
                None => account.failed(&*self.heap),
            }
        }
        block.map_or(ptr::null_mut(), |block| block.as_ptr().cast())
    }
}

/// Serves a block outside the heap segment: unless it is the reserve's, it is not from this
/// library, even if its address is in the machine.
#[cold]
fn elsewhere_only<T>(
    block: NonNull<c_void>,
    served: impl FnOnce() -> Result<T, Not>,
) -> Result<T, Not> {
    if crate::reserve::owns(block) { served() } else { Err(Not::Ours) }
}

/// Ends a program that breaks the rules, with a message.
#[cold]
pub fn refuse(call: &str, block: NonNull<c_void>, why: &dyn core::fmt::Display) -> ! {
    die(format_args!("{call}({block:?}): {why}"))
}
