//! The blocks that the C library has served, so that they find their way back.

use crate::glibc;
use core::ffi::c_void;
use core::ptr;

/// So many are remembered at once. There are a handful in all: what the loader asks for,
/// and what is freed again before a call of this library ends.
const MOST: usize = 256;

/// Blocks of the C library, and what was asked for.
pub struct OfC {
    blocks: [(*mut c_void, usize); MOST],
    /// Whether one was forgotten.
    overflowed: bool,
}

impl OfC {
    /// None yet.
    pub const fn new() -> OfC {
        OfC {
            blocks: [(ptr::null_mut(), 0); MOST],
            overflowed: false,
        }
    }

    /// `malloc`.
    pub fn malloc(&mut self, size: usize) -> *mut c_void {
        // SAFETY: any size may be asked for.
        let block = unsafe { glibc::malloc(size) };
        self.remember(block, size)
    }

    /// `calloc`.
    pub fn calloc(&mut self, size: usize) -> *mut c_void {
        // SAFETY: any size may be asked for.
        let block = unsafe { glibc::calloc(1, size) };
        self.remember(block, size)
    }

    /// `memalign`.
    pub fn memalign(&mut self, align: usize, size: usize) -> *mut c_void {
        // SAFETY: any two numbers may be asked for.
        let block = unsafe { glibc::memalign(align, size) };
        self.remember(block, size)
    }

    /// `realloc`, of a block of the C library or of null.
    pub fn realloc(&mut self, block: *mut c_void, size: usize) -> *mut c_void {
        self.forget(block);
        // SAFETY: as the caller says.
        let moved = unsafe { glibc::realloc(block, size) };
        self.remember(moved, size)
    }

    /// `free`.
    pub fn free(&mut self, block: *mut c_void) {
        self.forget(block);
        // SAFETY: as the caller says.
        unsafe { glibc::free(block) }
    }

    /// What was asked for the block; none if it is not one of these, as far as is known.
    pub fn size(&self, block: *mut c_void) -> Option<usize> {
        let mut blocks = self.blocks.iter();
        let known = blocks.find(|&&(known, _)| known == block);
        known
            .map(|&(_, size)| size)
            .or(self.overflowed.then_some(0))
    }

    fn remember(&mut self, block: *mut c_void, size: usize) -> *mut c_void {
        if !block.is_null() {
            match self.blocks.iter_mut().find(|(known, _)| known.is_null()) {
                Some(place) => *place = (block, size),
                None => self.overflowed = true,
            }
        }
        block
    }

    fn forget(&mut self, block: *mut c_void) {
        if block.is_null() {
            return;
        }
        if let Some(place) = self.blocks.iter_mut().find(|(known, _)| *known == block) {
            *place = (ptr::null_mut(), 0);
        }
    }
}
