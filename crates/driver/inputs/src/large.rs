//! Traces that may not fit into memory: how much they need is reported before they are read.

use heaplab_support::{Listener, grouped};
use heaplab_trace::{Counts, ReadOptions, Trace, Visible};
use std::fs::{self, File};
use std::io::Seek;
use std::path::Path;

/// Files of more bytes than this are large; packed files, from a tenth of it.
const LARGE_BYTES: u64 = 1 << 28;

/// Bytes of memory that an operation of a trace takes in a process that holds the trace. Two do at
/// a time: this one, and the worker that replays it.
const OP_BYTES: u64 = 12;
const PROCESSES: u64 = 2;

/// Bytes that an id takes in the worker: for its block in the trace and in the heap, and for the
/// contents expected there. Measured with `run` on 100 million operations of 50 million ids: a
/// worker of 4.3 GB, of which 1.2 GB are operations.
const ID_BYTES: u64 = 62;

/// Reports how much memory the trace in a file needs, if it is a large one.
///
/// # Errors
/// If the machine does not have that memory, or the file can't be rewound: the reason.
pub(super) fn announce(
    path: &Path,
    mut file: &File,
    options: &ReadOptions,
    listener: &dyn Listener,
) -> Result<(), String> {
    let bytes = file.metadata().map_or(0, |about| about.len());
    if bytes < LARGE_BYTES / 10 {
        return Ok(());
    }
    let counts = Trace::counts(&path.to_string_lossy(), file, options);
    file.rewind().map_err(|error| error.to_string())?;
    let Some(counts) = counts else {
        return Ok(());
    };
    if counts.operations.saturating_mul(OP_BYTES) < LARGE_BYTES {
        return Ok(());
    }
    let need = need_bytes(counts);
    let available = available_bytes();
    listener.remark(&format!(
        "note: {} has {} operations, by its header: about {} of memory{}\n",
        path.visible(),
        grouped(counts.operations),
        gigabytes(need),
        available.map_or(String::new(), |bytes| format!(" ({} are available)", gigabytes(bytes))),
    ));
    match available {
        Some(available) if available < need => Err(format!(
            "it needs about {} of memory, and {} are available; `heaplab trace stats` and \
             `heaplab trace convert` need little",
            gigabytes(need),
            gigabytes(available)
        )),
        _ => Ok(()),
    }
}

fn need_bytes(counts: Counts) -> u64 {
    let ops = counts.operations.saturating_mul(OP_BYTES * PROCESSES);
    let ids = counts.ids.saturating_mul(ID_BYTES);
    ops.saturating_add(ids)
}

/// Returns the bytes of memory that programs may still take, if the system reports them.
fn available_bytes() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemAvailable:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes.saturating_mul(1024))
}

fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_million_operations_need_a_few_gigabytes() {
        let counts = Counts { ids: 1_000_000, operations: 100_000_000 };
        assert_eq!(gigabytes(need_bytes(counts)), "2.5 GB");
        let absurd = Counts { ids: u64::MAX, operations: u64::MAX };
        assert_eq!(need_bytes(absurd), u64::MAX);
    }
}
