//! What the operations of a trace cost on a heap.

use crate::probe::CostProbe;
use crate::{Measure, Options, Part, Stretch, Summary, Words, Worst};
use heaplab_heap::Design;
use heaplab_replay::{Facts, Position, Settings, Stopped, validate_with_probe};
use heaplab_trace::Trace;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

/// What the operations of a trace cost: integers, the same on every machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// How many operations.
    pub ops: u64,
    /// Each measure that was counted, in the order of [`Measure::ALL`].
    pub measures: Vec<(Measure, Summary)>,
    /// The parts asked for.
    pub parts: Vec<Part>,
    /// The operations in stretches, if they were asked for.
    pub stretches: Vec<Stretch>,
    /// Accesses outside the heap segment: counted as touches, but not as a line or page of the
    /// heap. They are all loads; a store there is a fault.
    pub outside_accesses: u64,
}

impl Cost {
    /// Returns a measure, if it was counted.
    pub fn get(&self, measure: Measure) -> Option<&Summary> {
        let found = self.measures.iter().find(|(kept, _)| *kept == measure);
        found.map(|(_, summary)| summary)
    }

    /// Returns a measure's mean over the operations; none without operations.
    pub fn mean(&self, measure: Measure) -> Option<f64> {
        let total = self.get(measure)?.total;
        (self.ops > 0).then(|| total as f64 / self.ops as f64)
    }
}

/// Runs `trace` on `design` and counts what each operation costs. Every answer is checked as by
/// [`validate`](heaplab_replay::validate): a heap with a fault has no cost. The counts are those of
/// validation's second run.
///
/// # Errors
/// The first fault, or that the host gave no address space.
pub fn measure<D: Design>(
    design: &D,
    trace: &Trace,
    settings: &Settings,
    options: &Options,
    watch: &dyn Fn(Position),
) -> Result<(Facts, Cost), Stopped> {
    let probe = CostProbe::new(options);
    let facts = validate_counted(design, trace, settings, &probe, watch)?;
    let meter = probe.finish();
    let asked_for = |measure: &Measure| match measure {
        Measure::CacheMisses => options.cache.is_some(),
        Measure::TlbMisses => options.tlb.is_some(),
        // Native code does not say when it does them.
        Measure::SearchSteps | Measure::Splits | Measure::Merges => !D::IS_NATIVE,
        _ => true,
    };
    let summary = |measure: Measure| {
        let distribution = meter.distribution(measure);
        let worst = |(value, op_index)| Worst { value, op_index, line: trace.line(op_index) };
        Summary {
            setup: meter.setup()[measure],
            total: distribution.total(),
            p99: distribution.percentile(99),
            worst: distribution.worst().map(worst),
        }
    };
    let measures = Measure::ALL.into_iter().filter(asked_for);
    let cost = Cost {
        ops: facts.ops,
        measures: measures.map(|measure| (measure, summary(measure))).collect(),
        parts: meter.parts().to_vec(),
        stretches: meter.stretches().to_vec(),
        outside_accesses: meter.outside(),
    };
    Ok((facts, cost))
}

/// Runs `trace` on `design` as [`measure`] does, and returns for each operation what it read and
/// wrote.
///
/// # Errors
/// As for [`measure`].
pub fn measure_each<D: Design>(
    design: &D,
    trace: &Trace,
    settings: &Settings,
    watch: &dyn Fn(Position),
) -> Result<(Facts, Vec<Words>), Stopped> {
    let probe = CostProbe::new(&Options::default());
    let each = RefCell::new(Vec::with_capacity(trace.ops().len()));
    let facts = validate_counted(design, trace, settings, &probe, &|position| {
        // The operation before has ended, or the set-up.
        if let Position::SecondRun(1..) = position {
            each.borrow_mut().push(probe.last());
        }
        watch(position);
    })?;
    let mut each = each.into_inner();
    if !trace.ops().is_empty() {
        probe.begin(trace.ops().len());
        each.push(probe.last());
    }
    Ok((facts, each))
}

/// Validates a design and has the probe count each operation of the second run.
fn validate_counted<D: Design>(
    design: &D,
    trace: &Trace,
    settings: &Settings,
    probe: &CostProbe,
    watch: &dyn Fn(Position),
) -> Result<Facts, Stopped> {
    validate_with_probe(design, trace, settings, probe, &|position| {
        if let Position::SecondRun(index) = position {
            probe.begin(index);
        }
        watch(position);
    })
}
