//! Counts the bytes of every heap on every trace, by workers in parallel.

use crate::{CountBytes, Waste};
use heaplab_checks::Pairs;
use heaplab_inputs::Input;
use heaplab_support::Listener;
use heaplab_worker::{Common, Error, FaultReport};
use std::sync::Arc;

/// Host memory that a heap under test and its counting may take, in bytes.
const HOST_BYTES: u64 = 1 << 30;

/// All results.
pub struct Results {
    /// The alignment of payloads.
    pub align_bytes: u32,
    /// The heaps, as named on the command line.
    pub heaps: Vec<String>,
    /// The traces.
    pub inputs: Vec<Input>,
    /// Ordered by trace, and for each trace by heap.
    pub cells: Vec<Cell>,
}

/// One heap on one trace.
pub struct Cell {
    /// Its trace, as an index of `inputs`.
    pub input: usize,
    /// Its heap, as an index of `heaps`.
    pub heap: usize,
    /// Where its bytes are, or its fault.
    pub answer: Result<Waste, FaultReport>,
}

/// Returns where the bytes of each heap on each trace are, with this many samples over time.
///
/// # Errors
/// If the host can't do it.
pub fn count_all(
    common: Common,
    samples: u32,
    heaps: Vec<String>,
    inputs: Vec<Input>,
    listener: &Arc<dyn Listener>,
) -> Result<Results, Error> {
    let pairs = Pairs {
        heaps: &heaps,
        inputs: &inputs,
        jobs: None,
        host_bytes: HOST_BYTES,
        listener,
        title: "counting",
    };
    let outcomes = pairs.outcomes(|heap, row| CountBytes {
        heap: heap.to_owned(),
        trace: (&inputs[row].path).into(),
        common,
        samples,
    })?;
    let cells = outcomes.into_iter().enumerate().map(|(place, outcome)| Cell {
        input: place / heaps.len(),
        heap: place % heaps.len(),
        answer: outcome.map_err(|failed| failed.fault),
    });
    Ok(Results { align_bytes: common.align_bytes, cells: cells.collect(), heaps, inputs })
}
