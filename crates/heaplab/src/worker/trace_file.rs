//! Reads the trace of a task.

use crate::Failure;
use heaplab_trace::{ReadOptions, Trace};
use std::fs;
use std::path::Path;

/// The trace in a file that was read before, by whoever sent the task.
pub(super) fn read_trace(path: &Path, lenient: bool) -> Result<Trace, Failure> {
    let file = path.to_string_lossy();
    let bytes =
        fs::read(path).map_err(|error| Failure::Input(format!("error: {file}: {error}")))?;
    let options = ReadOptions {
        lenient,
        ..ReadOptions::default()
    };
    let reading = Trace::parse(&file, &bytes, &options).map_err(Failure::input)?;
    Ok(reading.trace)
}
