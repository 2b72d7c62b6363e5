//! Traces that may have no room in memory: what they need is said before they are read.

use heaplab_support::{Listener, grouped};
use heaplab_trace::{Counts, ReadOptions, Trace, Visible};
use std::fs::{self, File};
use std::io::Seek;
use std::path::Path;

/// Files of more bytes than this are large; of packed ones, of a tenth.
const LARGE_BYTES: u64 = 1 << 28;

/// Bytes of memory that an operation of a trace takes in a process that has it, of which
/// there are two at a time: this one, and the worker that replays it.
const OP_BYTES: u64 = 12;
const PROCESSES: u64 = 2;

/// Bytes that an id takes in the worker: for its block in the trace and in the heap, and
/// what must be in that. As measured with `run`, on 100 million operations of 50 million
/// ids: 4.3 GB of a worker, 1.2 of them operations.
const ID_BYTES: u64 = 62;

/// Says what the trace in a file needs, if it is a large one.
///
/// # Errors
/// Why the file is not read: the machine does not have that, or the file can't be rewound.
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

/// Memory that programs may still take, where the system says it.
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
