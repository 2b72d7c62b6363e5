//! A call on its way through a hook, and the records that it leaves in the log.
//!
//! An allocator other than the C library's may call further hooked functions inside a call. What
//! those have recorded is not recorded again: for an acquisition the inner record stays, for a
//! release the outer one (`nested.rs`).

use crate::format::Kind;
use crate::format::header::{FAILED_CALLS, FREE_NULL_CALLS};
use crate::log::{self, count};
use crate::nested::{self, Release};
use crate::next::Function;
use core::ffi::c_void;

/// A call that has reached a hook.
pub struct Call {
    /// The length of the log at the call's beginning, if inner calls may add to the log.
    inner_from: Option<u64>,
}

/// A call that is about to release a block.
pub struct Releasing {
    is_logged: bool,
    _release: Option<Release>,
}

/// A realloc that has begun.
pub struct Moving {
    call: Call,
    /// The index of the realloc's first record, if it has one.
    begun: Option<u64>,
    _releasing: Releasing,
}

impl Call {
    /// Begins a call of a function that goes straight to an allocator.
    #[inline]
    pub fn begin(function: Function) -> Call {
        let inner_from = function.may_call_hooks().then(log::records);
        Call { inner_from }
    }

    /// Logs the block that the allocator returned, or counts that it returned none.
    #[inline]
    pub fn acquired(self, kind: Kind, address: *mut c_void, size: usize) -> *mut c_void {
        self.acquired_with(kind, 0, address, size)
    }

    /// Does the same for a block with an alignment.
    pub fn acquired_aligned(self, align: usize, address: *mut c_void, size: usize) -> *mut c_void {
        // An alignment that is not a power of two is rounded up to one.
        let align_log2 = usize::BITS - align.max(1).saturating_sub(1).leading_zeros();
        self.acquired_with(Kind::Memalign, align_log2 as u8, address, size)
    }

    #[inline]
    fn acquired_with(
        self,
        kind: Kind,
        align_log2: u8,
        address: *mut c_void,
        size: usize,
    ) -> *mut c_void {
        if address.is_null() {
            self.refused();
        } else if !self.has_logged(address) {
            log::append(kind, align_log2, 0, address as u64, size as u64);
        }
        address
    }

    /// Counts a request that failed.
    #[cold]
    pub fn refused(self) {
        count(FAILED_CALLS);
    }

    /// Returns whether an inner call has logged that this block was given out.
    #[inline]
    fn has_logged(&self, address: *mut c_void) -> bool {
        match self.inner_from {
            Some(from) => log::has_given_out(address as u64, from),
            None => false,
        }
    }
}

/// Logs that a block is about to be freed by this function.
#[inline]
pub fn release(function: Function, address: *mut c_void) -> Releasing {
    if address.is_null() {
        count(FREE_NULL_CALLS);
        return Releasing { is_logged: false, _release: None };
    }
    let releasing = Releasing::begin(function, address);
    if releasing.is_logged {
        log::append(Kind::Free, 0, 0, address as u64, 0);
    }
    releasing
}

impl Releasing {
    #[inline]
    fn begin(function: Function, address: *mut c_void) -> Releasing {
        if !function.may_call_hooks() {
            return Releasing { is_logged: true, _release: None };
        }
        let release = nested::release(address as u64);
        Releasing { is_logged: release.is_some(), _release: release }
    }
}

impl Moving {
    /// Logs that a realloc is about to be tried.
    pub fn begin(address: *mut c_void, size: usize) -> Moving {
        let releasing = Releasing::begin(Function::Realloc, address);
        let begun = if releasing.is_logged {
            log::append(Kind::ReallocBegin, 0, 0, address as u64, size as u64)
        } else {
            None
        };
        Moving { call: Call::begin(Function::Realloc), begun, _releasing: releasing }
    }

    /// Logs the outcome of the realloc.
    pub fn end(self, moved: *mut c_void, size: usize) -> *mut c_void {
        let is_refused = moved.is_null() && size != 0;
        if let Some(begun) = self.begun {
            let (kind, address, size) = match is_refused {
                true => (Kind::ReallocFailed, 0, size),
                // The new block has a record already, so this only ends the old one.
                false if self.call.has_logged(moved) => (Kind::ReallocEnd, 0, 0),
                false => (Kind::ReallocEnd, moved as u64, size),
            };
            log::append(kind, 0, begun, address, size as u64);
        }
        if is_refused {
            self.call.refused();
        }
        moved
    }
}
