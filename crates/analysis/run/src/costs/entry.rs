//! The cost of one heap on one trace, as data: for `cost` and for `run --cost`.

use heaplab_cost::{Cost, Measure, Summary, Worst};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// A cost in JSON: an object for each measure.
pub(crate) struct CostEntry<'a>(pub(crate) &'a Cost);

impl Serialize for CostEntry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let CostEntry(cost) = self;
        let mut map = serializer.serialize_map(None)?;
        for (measure, summary) in &cost.measures {
            let mean = cost.mean(*measure);
            map.serialize_entry(measure.name(), &MeasureEntry::new(summary, mean))?;
        }
        map.serialize_entry("outside_accesses", &cost.outside_accesses)?;
        map.end()
    }
}

/// One measure in JSON.
#[derive(Serialize)]
struct MeasureEntry {
    /// Before the first operation, while the empty heap is set up.
    setup: u64,
    /// Over all operations.
    total: u64,
    /// Mean of an operation; null without operations.
    mean: Option<f64>,
    /// The 99th percentile, by nearest rank.
    p99: u64,
    /// The first of the worst operations; null if all operations have 0.
    worst: Option<Worst>,
}

impl MeasureEntry {
    fn new(summary: &Summary, mean: Option<f64>) -> MeasureEntry {
        MeasureEntry {
            setup: summary.setup,
            total: summary.total,
            mean,
            p99: summary.p99,
            worst: summary.worst,
        }
    }
}

/// Returns the measures that `run --cost` has: all that need no simulated cache.
fn counted() -> impl Iterator<Item = Measure> {
    let simulated = [Measure::CacheMisses, Measure::TlbMisses];
    Measure::ALL.into_iter().filter(move |measure| !simulated.contains(measure))
}

/// Returns the names of [`csv_fields`].
pub(crate) fn csv_names() -> Vec<String> {
    let fields = ["setup", "total", "p99", "worst", "worst_line"];
    counted()
        .flat_map(|measure| fields.map(|field| format!("cost_{}_{field}", measure.name())))
        .collect()
}

/// Returns a cost as fields of one line, empty if there is no cost.
pub(crate) fn csv_fields(cost: Option<&Cost>) -> Vec<String> {
    let fields = |measure| {
        let summary = cost.and_then(|cost| cost.get(measure));
        let worst = summary.and_then(|summary| summary.worst);
        let number = |number: Option<u64>| number.map_or(String::new(), |n| n.to_string());
        [
            number(summary.map(|summary| summary.setup)),
            number(summary.map(|summary| summary.total)),
            number(summary.map(|summary| summary.p99)),
            number(summary.map(|summary| summary.worst.map_or(0, |worst| worst.value))),
            number(worst.map(|worst| worst.line.into())),
        ]
    };
    counted().flat_map(fields).collect()
}
