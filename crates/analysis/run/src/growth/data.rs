//! The growth as data: JSON with the schema `heaplab.growth.v1`, and CSV with a line for each heap,
//! call and experiment.

use super::growing::Growing;
use crate::Results;
use heaplab_cost::{Growth, Law};
use heaplab_worker::FaultReport;
use serde::Serialize;

/// The whole document.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    schema: &'static str,
    align: u32,
    heaps: Vec<HeapEntry<'a>>,
    /// Heaps without a law.
    faults: Vec<FaultEntry<'a>>,
}

#[derive(Serialize)]
struct HeapEntry<'a> {
    heap: &'a str,
    malloc: LawEntry,
    free: LawEntry,
    points: Vec<PointEntry<'a>>,
}

#[derive(Serialize)]
struct FaultEntry<'a> {
    heap: &'a str,
    experiment: &'a str,
    error: &'a FaultReport,
}

/// The law: touches = constant + per_allocated * allocated + per_free * free.
#[derive(Serialize)]
struct LawEntry {
    constant: f64,
    per_allocated: f64,
    per_free: f64,
    /// Null if nothing varies.
    r_squared: Option<f64>,
    /// Growth with the allocated blocks.
    allocated: GrowthEntry,
    /// Growth with the free blocks.
    free: GrowthEntry,
}

#[derive(Serialize)]
struct GrowthEntry {
    words: String,
    /// Null if it does not grow, or goes up and down.
    exponent: Option<f64>,
}

/// What a call cost on average, in a heap with this many blocks.
#[derive(Serialize)]
pub(super) struct PointEntry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    heap: Option<&'a str>,
    call: &'static str,
    allocated: f64,
    free: f64,
    touches: f64,
}

/// Returns the document.
pub(super) fn document<'a>(growing: &'a [Growing], results: &'a Results) -> Document<'a> {
    Document {
        schema: "heaplab.growth.v1",
        align: results.common.align_bytes,
        heaps: growing
            .iter()
            .map(|growing| HeapEntry {
                heap: &growing.heap,
                malloc: law(&growing.malloc),
                free: law(&growing.free),
                points: points(growing, false),
            })
            .collect(),
        faults: results
            .faults()
            .map(|(heap, row, error)| FaultEntry {
                heap,
                experiment: row.input.trace.name(),
                error,
            })
            .collect(),
    }
}

/// Returns the lines of the CSV.
pub(super) fn records(growing: &[Growing]) -> impl Iterator<Item = PointEntry<'_>> {
    growing.iter().flat_map(|heap| points(heap, true))
}

fn points(growing: &Growing, with_heap: bool) -> Vec<PointEntry<'_>> {
    let heap = with_heap.then_some(growing.heap.as_str());
    let of_malloc = growing.points.iter().map(|point| PointEntry {
        heap,
        call: "malloc",
        allocated: point.malloc_allocated,
        free: point.malloc_free,
        touches: point.malloc_touches,
    });
    let of_free = growing.points.iter().map(|point| PointEntry {
        heap,
        call: "free",
        allocated: point.free_allocated,
        free: point.free_free,
        touches: point.free_touches,
    });
    of_malloc.chain(of_free).collect()
}

fn law(law: &Law) -> LawEntry {
    LawEntry {
        constant: law.constant,
        per_allocated: law.per_allocated,
        per_free: law.per_free,
        r_squared: law.r_squared,
        allocated: growth(law.allocated),
        free: growth(law.free),
    }
}

fn growth(growth: Growth) -> GrowthEntry {
    GrowthEntry {
        words: growth.to_string(),
        exponent: match growth {
            Growth::Power { exponent } => Some(exponent),
            Growth::Flat | Growth::Falling | Growth::Irregular => None,
        },
    }
}
