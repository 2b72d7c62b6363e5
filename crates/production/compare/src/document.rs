//! The results for programs: schema `heaplab.compare.v1`.
//!
//! Fields may be added; existing fields keep their meaning. A figure that does not exist is null,
//! never 0.

use crate::table::base;
use crate::{Results, rank};
use heaplab_inputs::LeftOut;
use heaplab_support::statistics::spread;
use heaplab_worker::FaultReport;
use serde::Serialize;

/// The whole document.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    schema: &'static str,
    align: u32,
    results: Vec<Entry<'a>>,
    /// The contenders, fastest first; empty if no times were taken.
    ranking: Vec<Ranked<'a>>,
    /// The files that could not be used; absent if there are none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    left_out: &'a [LeftOut],
}

#[derive(Serialize)]
struct Entry<'a> {
    contender: &'a str,
    is_production: bool,
    trace: &'a str,
    ops: usize,
    error: Option<&'a FaultReport>,
    /// Turn by turn; those of `wine` are taken apart from the others' turns.
    ns_per_op: &'a [f64],
    ns_per_op_median: Option<f64>,
    /// The interquartile range of the turns, as a fraction of the median.
    spread: Option<f64>,
    peak_payload_bytes: u64,
    /// Bytes taken of the host, one figure for each process.
    resident_bytes: &'a [u64],
    /// The heap segment's largest size, for a heap of the simulated machine.
    heap_bytes: Option<u64>,
    /// For `wine`, instead of `resident_bytes`: bytes committed, whether touched or not.
    committed_bytes: Option<u64>,
}

#[derive(Serialize)]
struct Ranked<'a> {
    contender: &'a str,
    ns_per_op_geometric_mean: f64,
    spread: Option<f64>,
    /// The contender that `ratio` compares with: the ratio is this one's time over that one's.
    against: &'a str,
    ratio: f64,
    best: Extreme,
    worst: Extreme,
    ties_with: Vec<&'a str>,
}

/// A trace on which a contender does best or worst.
#[derive(Serialize)]
struct Extreme {
    trace: String,
    ratio: f64,
}

/// Returns the document.
pub(crate) fn document<'a>(results: &'a Results, left_out: &'a [LeftOut]) -> Document<'a> {
    let name = |at: usize| results.contenders[at].name.as_str();
    let entries = results.rows.iter().flat_map(|row| {
        let cells = results.contenders.iter().zip(&row.cells);
        cells.map(|(contender, cell)| Entry {
            contender: &contender.name,
            is_production: contender.is_production(),
            trace: row.input.trace.name(),
            ops: row.input.trace.ops().len(),
            error: cell.fault.as_ref(),
            ns_per_op: &cell.ns_per_op,
            ns_per_op_median: cell.median_ns_per_op(),
            spread: spread(&cell.ns_per_op),
            peak_payload_bytes: row.input.trace.peak_payload_bytes(),
            resident_bytes: &cell.resident_bytes,
            heap_bytes: cell.facts.map(|facts| facts.heap_bytes),
            committed_bytes: cell.committed_bytes,
        })
    });
    let base = base(results);
    let extreme = |(trace, ratio)| Extreme { trace, ratio };
    let places = rank(results, base).map_or(Vec::new(), |ranking| ranking.places);
    let ranking = places.into_iter().map(|place| Ranked {
        contender: name(place.contender),
        ns_per_op_geometric_mean: place.ns_per_op,
        spread: place.spread,
        against: name(base),
        ratio: place.ratio,
        best: extreme(place.best),
        worst: extreme(place.worst),
        ties_with: place.ties.into_iter().map(name).collect(),
    });
    Document {
        schema: "heaplab.compare.v1",
        align: results.align_bytes,
        results: entries.collect(),
        ranking: ranking.collect(),
        left_out,
    }
}
