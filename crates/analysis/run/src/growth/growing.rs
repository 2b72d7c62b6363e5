//! How the costs of one heap grow with its blocks.

use crate::{Results, Row};
use heaplab_cost::{Experiment, Law, Point};

/// How one heap's costs grow.
pub(super) struct Growing {
    pub(super) heap: String,
    /// What was measured, by experiment.
    pub(super) points: Vec<Point>,
    pub(super) malloc: Law,
    pub(super) free: Law,
}

/// Returns the law of one heap; none if it has a fault in any experiment.
pub(super) fn grow(results: &Results, heap: usize, experiments: &[Experiment]) -> Option<Growing> {
    let point =
        |(row, experiment): (&Row, &Experiment)| experiment.point(row.cells[heap].cost.as_ref()?);
    let points: Vec<Point> =
        results.rows.iter().zip(experiments).map(point).collect::<Option<_>>()?;
    let malloc = points
        .iter()
        .map(|point| [point.malloc_allocated, point.malloc_free, point.malloc_touches]);
    let free =
        points.iter().map(|point| [point.free_allocated, point.free_free, point.free_touches]);
    Some(Growing {
        heap: results.heaps[heap].clone(),
        malloc: Law::fit(&malloc.collect::<Vec<_>>())?,
        free: Law::fit(&free.collect::<Vec<_>>())?,
        points,
    })
}
