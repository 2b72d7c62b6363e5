//! The log: a file mapped into memory, and how a record gets into it.
//!
//! [`append`] is the whole of the fast path; what happens once a process stands
//! in [`open`].

mod open;
mod path;

use crate::format::{HEADER_BYTES, Kind, RECORD_BYTES, Record, header};
use core::ffi::c_void;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// Appends a record and returns its index; `None` when it is not recorded,
/// because there is no log or no room in it.
#[inline]
pub fn append(kind: Kind, align_log2: u8, begun: u64, address: u64, size: u64) -> Option<u64> {
    let log = current()?;
    // One addition settles the order of all threads. It may be relaxed: when one
    // thread's free lets another's malloc have the block, the allocator's own
    // synchronization lies between the two additions to this one word.
    let index = log
        .header(header::RESERVED_RECORDS)
        .fetch_add(1, Ordering::Relaxed);
    let [tag, rest @ ..] = log.record(index)?;
    // SAFETY: reads the calling thread's own descriptor; nothing can go wrong.
    // It is told apart from all other living threads, and costs one instruction.
    let thread = unsafe { libc::pthread_self() };
    let record = Record {
        kind,
        align_log2,
        begun,
        address,
        size,
        thread,
    };
    let [tag_value, values @ ..] = record.to_words();
    for (word, value) in rest.iter().zip(values) {
        word.store(value, Ordering::Relaxed);
    }
    // Last: a record with a tag is complete.
    tag.store(tag_value, Ordering::Release);
    Some(index)
}

/// Appends a record of a kind that has neither an alignment nor a beginning.
#[inline]
pub fn logged(kind: Kind, address: *mut c_void, size: usize) -> Option<u64> {
    append(kind, 0, 0, address as u64, size as u64)
}

/// Counts one event in a word of the header.
pub fn count(place: usize) {
    if let Some(log) = current() {
        log.header(place).fetch_add(1, Ordering::Relaxed);
    }
}

/// The process's log, or one of the two states below.
static LOG: AtomicPtr<AtomicU64> = AtomicPtr::new(UNOPENED);

/// No heap call has been seen yet.
const UNOPENED: *mut AtomicU64 = ptr::null_mut();

/// There is no log: it is being opened, or it could not be. Never followed.
const OFF: *mut AtomicU64 = ptr::without_provenance_mut(align_of::<AtomicU64>());

/// The log of this process; the first heap call opens it.
#[inline]
fn current() -> Option<Log> {
    let words = LOG.load(Ordering::Acquire);
    if words == UNOPENED {
        return open::at_first_call();
    }
    if words == OFF {
        None
    } else {
        NonNull::new(words).map(Log)
    }
}

/// A mapped log. Invariant: it points to a whole log file, zeroed or written in
/// words, whose header states how many records it has room for, and which stays
/// mapped for as long as anybody holds this value.
#[derive(Clone, Copy)]
struct Log(NonNull<AtomicU64>);

impl Log {
    /// The header's word at `place`, one of the constants of [`header`].
    #[inline]
    fn header(self, place: usize) -> &'static AtomicU64 {
        let inside = place % (HEADER_BYTES / size_of::<AtomicU64>());
        // SAFETY: by the invariant the whole header is mapped, and `inside` is
        // in it. Words are only ever accessed atomically.
        unsafe { self.0.add(inside).as_ref() }
    }

    /// The words of record `index`; `None` past the log's end.
    #[inline]
    fn record(self, index: u64) -> Option<&'static [AtomicU64; 4]> {
        let capacity = self
            .header(header::CAPACITY_RECORDS)
            .load(Ordering::Relaxed);
        if index >= capacity {
            return None;
        }
        let offset = HEADER_BYTES + index as usize * RECORD_BYTES;
        // SAFETY: by the invariant records below the capacity are mapped, and
        // records begin on a multiple of their size.
        Some(unsafe { self.0.byte_add(offset).cast().as_ref() })
    }
}
