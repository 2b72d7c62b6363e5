//! What a submission did on one trace.

use crate::Fault;
use heaplab_replay::Facts;
use heaplab_trace::Weight;
use serde::{Deserialize, Serialize};

/// A trace of the set that the lab measures with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceResult {
    /// The trace, as the lab names it: `classic/binary.rep`.
    pub trace: String,
    /// Whether students do not have it: they see its name
    /// and the kind of fault, and nothing of its content.
    pub hidden: bool,
    /// The means that it counts in.
    pub counts: Counts,
    /// Whether every result was right.
    pub valid: bool,
    /// What went wrong; `None` if it is valid.
    pub fault: Option<Fault>,
    /// What it cost; `None` if it is not valid.
    pub facts: Option<Facts>,
    /// Loads and stores of the allocator for each operation;
    /// `None` if it is not valid or the trace has no operation.
    pub touches_per_op: Option<f64>,
}

/// The means that a trace counts in: its weight, in the headers of trace files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counts {
    /// In both.
    #[default]
    Both,
    /// In the mean of utilization only.
    Utilization,
    /// In the means of work and speed only.
    Work,
    /// In none: it only has to be valid.
    Neither,
}

impl From<Weight> for Counts {
    fn from(weight: Weight) -> Counts {
        match weight {
            Weight::Both => Counts::Both,
            Weight::Utilization => Counts::Utilization,
            Weight::Throughput => Counts::Work,
            Weight::None => Counts::Neither,
        }
    }
}

impl TraceResult {
    /// Returns a trace on which every result was right.
    pub fn sound(
        trace: impl Into<String>,
        hidden: bool,
        counts: Counts,
        facts: Facts,
    ) -> TraceResult {
        let touches = facts.loads as f64 + facts.stores as f64;
        TraceResult {
            trace: trace.into(),
            hidden,
            counts,
            valid: true,
            fault: None,
            facts: Some(facts),
            touches_per_op: (facts.ops > 0).then(|| rounded(touches / facts.ops as f64)),
        }
    }

    /// Returns a trace on which something went wrong.
    pub fn at_fault(
        trace: impl Into<String>,
        hidden: bool,
        counts: Counts,
        fault: Fault,
    ) -> TraceResult {
        TraceResult {
            trace: trace.into(),
            hidden,
            counts,
            valid: false,
            fault: Some(fault),
            facts: None,
            touches_per_op: None,
        }
    }

    /// Returns peak payload over heap bytes; `None` if the trace asks for no byte, or is not valid.
    pub fn utilization(&self) -> Option<f64> {
        self.facts.filter(|_| self.valid)?.utilization()
    }

    /// Returns whether it counts in the mean of utilization.
    pub fn counts_for_utilization(&self) -> bool {
        matches!(self.counts, Counts::Both | Counts::Utilization)
    }

    /// Returns whether it counts in the means of work and speed.
    pub fn counts_for_work(&self) -> bool {
        matches!(self.counts, Counts::Both | Counts::Work)
    }
}

/// Rounds to six decimals: enough to check by hand, and without noise.
pub(crate) fn rounded(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}
