//! Reserves disk space for records before they are written.
//!
//! A log's file has its whole length from the start, with holes instead of contents. If the disk is
//! full, a store into a hole ends the program with a bus error. So the kernel is asked to fill the
//! next piece of the file: if that fails, recording only stops. It also costs less than a page
//! fault for each page.

use super::Log;
use crate::format::{HEADER_BYTES, RECORD_BYTES, header};
use crate::next;
use crate::system;
use core::sync::atomic::Ordering;

/// The minimum number of records made ready at once: 64 KiB of them.
const SMALLEST_STEP_RECORDS: u64 = 2048;

/// The maximum: 2 MiB.
const LARGEST_STEP_RECORDS: u64 = 65536;

/// Makes sure that record `index` can be written; `None` if it can't be.
///
/// Threads that come here together ask for the same piece, which does no harm.
#[cold]
pub fn make_ready(log: Log, index: u64) -> Option<()> {
    let capacity = log.header(header::CAPACITY_RECORDS);
    let ready = log.header(header::READY_RECORDS);
    if index >= capacity.load(Ordering::Relaxed) {
        return None;
    }
    let begin = ready.load(Ordering::Relaxed);
    // A long log grows in large steps; a short one takes little space.
    let step = (begin / 8).clamp(SMALLEST_STEP_RECORDS, LARGEST_STEP_RECORDS);
    let end = (index.max(begin) + step).min(capacity.load(Ordering::Relaxed));
    let errno = next::errno();
    let filled = match end.checked_sub(begin) {
        Some(records) => fill(log, offset(begin), records as usize * RECORD_BYTES),
        None => true,
    };
    next::set_errno(errno);
    if filled {
        ready.fetch_max(end, Ordering::Relaxed);
    } else {
        // What other threads have made ready in the meantime stays ready, but is not used.
        capacity.fetch_min(begin, Ordering::Relaxed);
        log.header(header::DISK_WAS_FULL).store(1, Ordering::Relaxed);
    }
    (index < ready.load(Ordering::Relaxed)).then_some(())
}

/// Fills the file's holes from `offset` on; returns whether there was room. Changes `errno`.
pub fn fill(log: Log, offset: usize, bytes: usize) -> bool {
    const PAGE_BYTES: usize = 4096;
    let begin = offset / PAGE_BYTES * PAGE_BYTES;
    // SAFETY: the callers' ranges are inside the log, which is a file that is mapped.
    unsafe {
        let start = log.0.as_ptr().byte_add(begin).cast();
        system::fill(start, offset + bytes - begin)
    }
}

fn offset(record: u64) -> usize {
    HEADER_BYTES + record as usize * RECORD_BYTES
}
