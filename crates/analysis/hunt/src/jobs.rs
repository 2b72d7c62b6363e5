//! Hunting in a worker: cases of the fuzzer, and trials of a trace that is being shrunk.

mod case_file;
mod deadline;
mod fuzz;
mod shrink;
mod trial;

pub use case_file::{CaseFile, in_file};
pub use fuzz::{Fuzz, Fuzzed};
pub use shrink::{Shrink, SmallTrace, small_trace};
pub use trial::{Failing, Try};

use heaplab_trace::Trace;
use std::time::Duration;

/// The jobs of this crate.
pub type HuntJobs = (Fuzz, Try, Shrink);

/// How often progress is reported.
const SAID_EVERY: Duration = Duration::from_millis(100);

/// Returns how long one operation of a trace may take: `timeout`, plus a quarter of a second for
/// every mebibyte that the largest one can get. Its pages must come from the host.
fn patience(trace: &Trace, limit_bytes: u32, timeout: Duration) -> Duration {
    const FOR_A_MEBIBYTE: Duration = Duration::from_millis(250);
    let sizes = trace.ops().iter().filter_map(|op| op.size());
    let largest = sizes.filter(|&size| size <= limit_bytes).max();
    timeout + FOR_A_MEBIBYTE * (largest.unwrap_or(0) >> 20)
}
