//! A call on its way through a hook, and what it leaves in the log.
//!
//! An allocator that is not the C library's may call other hooked functions on the way. What
//! these have recorded is not recorded again: of an acquisition the inner record stays, of a
//! release the outer one (`nested.rs`).

use crate::format::Kind;
use crate::format::header::{FAILED_CALLS, FREE_NULL_CALLS};
use crate::log::{self, count};
use crate::nested::{self, Release};
use crate::next::Function;
use core::ffi::c_void;

/// A call that has reached a hook.
pub struct Call {
    /// Where the log stood at its beginning, if inner calls may add to it.
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
    /// The index of its first record, if it has one.
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

    /// Logs what the allocator gave out, or counts that it gave nothing.
    #[inline]
    pub fn acquired(self, kind: Kind, address: *mut c_void, size: usize) -> *mut c_void {
        self.acquired_with(kind, 0, address, size)
    }

    /// The same for a block of an alignment.
    pub fn acquired_aligned(self, align: usize, address: *mut c_void, size: usize) -> *mut c_void {
        // An odd alignment is rounded up to a power of two.
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

    /// Counts a request that got nothing.
    #[cold]
    pub fn refused(self) {
        count(FAILED_CALLS);
    }

    /// Whether an inner call has logged that this block was given out.
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
        let begun = match releasing.is_logged {
            true => log::append(Kind::ReallocBegin, 0, 0, address as u64, size as u64),
            false => None,
        };
        Moving { call: Call::begin(Function::Realloc), begun, _releasing: releasing }
    }

    /// Logs what became of it.
    pub fn end(self, moved: *mut c_void, size: usize) -> *mut c_void {
        let is_refused = moved.is_null() && size != 0;
        if let Some(begun) = self.begun {
            let (kind, address, size) = match is_refused {
                true => (Kind::ReallocFailed, 0, size),
                // The new block has a record already: this is only the old one's end.
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
