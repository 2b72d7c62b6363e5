//! The traces that show mutants.

use heaplab_trace::{ReadOptions, Trace};
use std::error::Error;
use std::fs;
use std::path::Path;

/// Reads a trace of the folder `labs/traces`.
///
/// # Errors
/// If it can't be read, or is not a trace.
pub fn bundled(path: &str) -> Result<Trace, Box<dyn Error>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let bytes = fs::read(workspace.join(path)).map_err(|error| format!("{path}: {error}"))?;
    Ok(Trace::parse(path, &bytes, &ReadOptions::default())?.trace)
}

/// Returns the trace of these operations, as in a trace file but with
/// commas between, `a 0 100, f 0`; or of the file with this name.
///
/// # Errors
/// If the file can't be read, an operation is not valid, or it makes no sense at its place.
pub fn trace_of(name: &str, operations: &str) -> Result<Trace, Box<dyn Error>> {
    if operations.starts_with("labs/") {
        return bundled(operations);
    }
    Ok(Trace::of_line(name, operations)?)
}
