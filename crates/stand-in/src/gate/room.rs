//! The heap and its account: what the hooks ask for, under the lock.

use super::{OF_C, OfC};
use crate::account::Account;
use crate::format::word;
use crate::serve::{Refused, Serve};
use crate::words::die;
use core::ffi::c_void;
use core::ptr::{self, NonNull};

/// The heap, and its account if one is kept.
pub struct Room {
    pub(super) heap: &'static mut dyn Serve,
    pub(super) account: Option<Account>,
}

impl Room {
    /// A block of `size` bytes, which are not 0; null if there is no memory.
    #[inline]
    pub fn malloc(&mut self, size: u32) -> *mut c_void {
        let block = self.heap.allocate(size);
        self.gave_out(word::MALLOCS, block, size)
    }

    /// The same, all zeros.
    pub fn calloc(&mut self, size: u32) -> *mut c_void {
        let block = self.heap.allocate_zeroed(size);
        self.gave_out(word::CALLOCS, block, size)
    }

    /// The same, aligned to a power of two.
    pub fn memalign(&mut self, align: u32, size: u32) -> *mut c_void {
        let block = self.heap.allocate_aligned(align, size);
        self.gave_out(word::MEMALIGNS, block, size)
    }

    /// The block with another size, which is not 0; null if there is no memory, and then
    /// the block stays.
    pub fn realloc(&mut self, block: NonNull<c_void>, size: u32) -> *mut c_void {
        let Some(offset) = self.heap.offset(block.cast()) else {
            let of_c = expect_of_c("realloc", block);
            return of_c.realloc(block.as_ptr(), size as usize);
        };
        if let Some(account) = &self.account {
            account.gives(&*self.heap, offset);
        }
        let moved = match self.heap.resize(offset, size) {
            Ok(moved) => moved,
            Err(why) => refuse("realloc", block, &why),
        };
        if let (None, Some(account)) = (moved, &self.account) {
            account.kept(&*self.heap, offset);
        }
        self.gave_out(word::REALLOCS, moved, size)
    }

    /// Takes a block back.
    #[inline]
    pub fn free(&mut self, block: NonNull<c_void>) {
        let Some(offset) = self.heap.offset(block.cast()) else {
            return expect_of_c("free", block).free(block.as_ptr());
        };
        if let Some(account) = &self.account {
            account.gives(&*self.heap, offset);
        }
        if let Err(why) = self.heap.release(offset) {
            refuse("free", block, &why);
        }
        if let Some(account) = &self.account {
            account.gave(&*self.heap);
        }
    }

    /// Bytes of a block that the program may use.
    pub fn usable_bytes(&mut self, block: NonNull<c_void>) -> usize {
        let Some(offset) = self.heap.offset(block.cast()) else {
            let of_c = expect_of_c("malloc_usable_size", block);
            return of_c.size(block.as_ptr()).unwrap_or(0);
        };
        match self.heap.usable_bytes(offset) {
            Ok(bytes) => bytes as usize,
            Err(why) => refuse("malloc_usable_size", block, &why),
        }
    }

    #[inline]
    fn gave_out(&mut self, call: usize, block: Option<NonNull<u8>>, size: u32) -> *mut c_void {
        if let Some(account) = &self.account {
            let offset = block.and_then(|block| self.heap.offset(block));
            match offset {
                Some(offset) => account.took(call, &*self.heap, offset, size),
                None => account.failed(),
            }
        }
        block.map_or(ptr::null_mut(), |block| block.as_ptr().cast())
    }
}

/// The C library's blocks, of which this must be one: it is not the heap's.
#[cold]
fn expect_of_c(call: &str, block: NonNull<c_void>) -> &'static mut OfC {
    // SAFETY: this thread holds the lock and runs nobody else's code meanwhile.
    let of_c = unsafe { &mut *OF_C.0.get() };
    match of_c.size(block.as_ptr()) {
        Some(_) => of_c,
        None => die(format_args!(
            "{call}({block:?}): the heap did not give out this pointer"
        )),
    }
}

/// Ends a program that breaks the rules.
#[cold]
fn refuse(call: &str, block: NonNull<c_void>, why: &Refused) -> ! {
    die(format_args!("{call}({block:?}): {why}"))
}
