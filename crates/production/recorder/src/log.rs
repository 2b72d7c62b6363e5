//! The log: a file mapped into memory, and how a record is added to it.
//!
//! [`append`] is the whole fast path; what happens once per process is in [`open`].

mod open;
mod path;
mod room;

use crate::format::{HEADER_BYTES, Kind, RECORD_BYTES, Record, header};
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// Appends a record and returns its index; `None` if it is not recorded, because there is no log or
/// no room in it.
#[inline]
pub fn append(kind: Kind, align_log2: u8, begun: u64, address: u64, size: u64) -> Option<u64> {
    let log = current()?;
    // One addition settles the order of all threads. It may be relaxed: if one thread's free gives
    // a block to another's malloc, the allocator's own synchronization comes between the two
    // additions to this one word.
    let index = log.header(header::RESERVED_RECORDS).fetch_add(1, Ordering::Relaxed);
    let [tag, rest @ ..] = log.record(index)?;
    // SAFETY: reads the calling thread's own descriptor; nothing can go wrong.
    // It differs from those of all other living threads, and costs one instruction.
    let thread = unsafe { libc::pthread_self() };
    let record = Record { kind, align_log2, begun, address, size, thread };
    let [tag_value, values @ ..] = record.to_words();
    for (word, value) in rest.iter().zip(values) {
        word.store(value, Ordering::Relaxed);
    }
    // The tag comes last: a record with a tag is complete.
    tag.store(tag_value, Ordering::Release);
    Some(index)
}

/// Returns the number of records.
pub fn records() -> u64 {
    current().map_or(0, |log| log.header(header::RESERVED_RECORDS).load(Ordering::Relaxed))
}

/// Returns whether the calling thread has logged, since record `from`, that it got this block.
pub fn has_given_out(address: u64, from: u64) -> bool {
    let Some(log) = current() else { return false };
    // SAFETY: as in `append`.
    let thread = unsafe { libc::pthread_self() };
    let ready = log.header(header::READY_RECORDS).load(Ordering::Relaxed);
    (from..records().min(ready)).any(|index| {
        let words = log
            .record(index)
            .map(|words| words.each_ref().map(|word| word.load(Ordering::Relaxed)));
        words.and_then(Record::from_words).is_some_and(|record| {
            record.thread == thread
                && record.address == address
                && !matches!(record.kind, Kind::Free | Kind::ReallocBegin)
        })
    })
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

/// There is no log: it is being opened, or could not be opened. Never dereferenced.
const OFF: *mut AtomicU64 = ptr::without_provenance_mut(align_of::<AtomicU64>());

/// Opens the log of a program that has made no heap call so far.
extern "C" fn open_at_start() {
    current();
}

/// The loader calls this once the libraries are ready, before `main`.
#[used]
#[unsafe(link_section = ".init_array")]
static AT_START: extern "C" fn() = open_at_start;

/// Returns this process's log; the first heap call opens it.
#[inline]
fn current() -> Option<Log> {
    let words = LOG.load(Ordering::Acquire);
    if words == UNOPENED {
        return open::at_first_call();
    }
    if words == OFF { None } else { NonNull::new(words).map(Log) }
}

/// A mapped log. Invariant: it points to a whole log file, zeroed or written in words. The header
/// states how many records the file has room for; at most as many count as ready. The file stays
/// mapped as long as this value is used.
#[derive(Clone, Copy)]
struct Log(NonNull<AtomicU64>);

impl Log {
    /// Returns the header's word at `place`, one of the constants of [`header`].
    #[inline]
    fn header(self, place: usize) -> &'static AtomicU64 {
        let inside = place % (HEADER_BYTES / size_of::<AtomicU64>());
        // SAFETY: by the invariant the whole header is mapped, and `inside` is
        // in it. Words are only ever accessed atomically.
        unsafe { self.0.add(inside).as_ref() }
    }

    /// Returns the words of record `index`; `None` past the log's end.
    #[inline]
    fn record(self, index: u64) -> Option<&'static [AtomicU64; 4]> {
        let ready = self.header(header::READY_RECORDS).load(Ordering::Relaxed);
        if index >= ready {
            room::make_ready(self, index)?;
        }
        let offset = HEADER_BYTES + index as usize * RECORD_BYTES;
        // SAFETY: by the invariant records below the capacity are mapped, and so are those
        // that are ready. Records begin on a multiple of their size.
        Some(unsafe { self.0.byte_add(offset).cast().as_ref() })
    }
}
