//! What an allocator says while it is debugged, on standard output.
//!
//! Only a student's own program shows it. A grading program never does, and
//! its heaps can't find out in which run they are by what is shown.

use crate::access::Call;
use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// How many lines of a run are shown.
pub(crate) const MOST_LINES: u32 = 200;

static IS_ON: AtomicBool = AtomicBool::new(false);

/// Shows from now on what allocators say in the first run of each check.
pub fn show_what_heaps_say() {
    IS_ON.store(true, Ordering::Relaxed);
}

pub(crate) fn is_on() -> bool {
    IS_ON.load(Ordering::Relaxed)
}

/// Shows a line.
pub(crate) fn line(call: Option<Call>, words: fmt::Arguments<'_>, is_last: bool) {
    let mut out = io::stdout().lock();
    // If the reader is gone, nothing can be shown.
    let _ = match call {
        Some(call) => writeln!(out, "  {call} says: {words}"),
        None => writeln!(out, "  the heap says: {words}"),
    };
    if is_last {
        let _ = writeln!(out, "  more than {MOST_LINES} lines: the rest of this run is not shown");
    }
}
