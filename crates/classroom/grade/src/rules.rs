//! From facts to points: measures over the traces, and the one rule that turns
//! their values into points.
//!
//! ```text
//!   points
//!    all  |          ________        `none` earns nothing, `full` earns all, and
//!         |        /                 it is linear between. Where fewer is better,
//!      0  |______/                   `none` is the larger of the two.
//!              none  full   value
//! ```
//!
//! The classic driver's share of utilization is this rule with the bounds 0
//! and 1; thresholds and bounds on cost are the same rule with other bounds.

use crate::trace::rounded;
use crate::{Points, TraceResult};
use heaplab_support::statistics::geometric_mean;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A quantity to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// The mean of peak payload over heap bytes: see [`utilization`].
    Utilization,
    /// The allocator's loads and stores an operation: see [`touches_per_op`].
    TouchesPerOp,
    /// Operations a second as a ratio to the reference's, measured alternately.
    /// The only measure that depends on the machine: off unless asked for.
    Throughput,
}

/// How a measure becomes points.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasureRule {
    /// Its name, for columns.
    pub name: String,
    /// What is measured.
    pub what: What,
    /// Points for [`MeasureRule::full`].
    pub points: Points,
    /// The value that earns nothing.
    pub none: f64,
    /// The value that earns all.
    pub full: f64,
}

/// A measure of a submission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Its name, for columns.
    pub name: String,
    /// What is measured.
    pub what: What,
    /// Its value, to six decimals; `None` if it has none.
    pub value: Option<f64>,
    /// The value that earns nothing.
    pub none: f64,
    /// The value that earns all.
    pub full: f64,
    /// Points earned.
    pub points: Points,
    /// Points for `full`.
    pub max_points: Points,
    /// Why it has no value, or why the value is not larger, if that is to be reported.
    pub remark: Option<String>,
}

/// Error for a rule that makes no sense.
#[derive(Clone, Debug, PartialEq)]
pub struct BadRule {
    /// The measure.
    pub name: String,
    /// The value that earns nothing.
    pub none: f64,
    /// The value that earns all.
    pub full: f64,
}

impl MeasureRule {
    /// Returns a rule that makes sense.
    ///
    /// # Errors
    /// If `none` and `full` are the same, or one of them is not a number.
    pub fn new(
        name: impl Into<String>,
        what: What,
        points: Points,
        none: f64,
        full: f64,
    ) -> Result<MeasureRule, BadRule> {
        let name = name.into();
        if none.is_finite() && full.is_finite() && none != full {
            Ok(MeasureRule { name, what, points, none, full })
        } else {
            Err(BadRule { name, none, full })
        }
    }

    /// Returns the classic driver's share of utilization: points times utilization.
    pub fn classic(name: impl Into<String>, points: Points) -> MeasureRule {
        MeasureRule { name: name.into(), what: What::Utilization, points, none: 0.0, full: 1.0 }
    }

    /// Returns what a value earns.
    pub fn earned(&self, value: f64) -> Points {
        self.points.share((value - self.none) / (self.full - self.none))
    }

    /// Measures a submission's traces. `throughput` is the
    /// ratio to the reference's speed, if it was measured.
    pub fn grade(&self, traces: &[TraceResult], throughput: Option<f64>) -> Measure {
        let measured = match self.what {
            What::Utilization => utilization(traces),
            What::TouchesPerOp => touches_per_op(traces),
            What::Throughput => work_is_valid(traces)
                .and_then(|()| throughput.ok_or_else(|| "no speed was measured".to_owned())),
        };
        let remark = match (&measured, self.what) {
            (Err(why), _) => Some(why.clone()),
            (Ok(_), What::Utilization) => counted_as_zero(traces),
            (Ok(_), _) => None,
        };
        // Points are made of the value as shown, so that
        // they can be computed from the record alone.
        let value = measured.ok().filter(|value| value.is_finite()).map(rounded);
        Measure {
            value,
            points: value.map_or(Points::ZERO, |value| self.earned(value)),
            remark,
            ..self.not_run()
        }
    }

    /// Returns the measure of a submission that was not run.
    pub fn not_run(&self) -> Measure {
        Measure {
            name: self.name.clone(),
            what: self.what,
            value: None,
            none: self.none,
            full: self.full,
            points: Points::ZERO,
            max_points: self.points,
            remark: None,
        }
    }
}

/// Returns the mean utilization over the traces that count for it: each weighs the same,
/// a trace that is not valid counts 0, and a trace that asks for no byte is left out.
///
/// # Errors
/// Why there is no mean, in words.
pub fn utilization(traces: &[TraceResult]) -> Result<f64, String> {
    let (mut sum, mut count) = (0.0, 0_u32);
    for trace in traces.iter().filter(|trace| trace.counts_for_utilization()) {
        match trace.utilization() {
            Some(utilization) => sum += utilization,
            None if trace.valid => continue,
            None => {}
        }
        count += 1;
    }
    match count {
        0 => Err("no trace asks for a byte".to_owned()),
        _ => Ok(sum / f64::from(count)),
    }
}

/// Returns the allocator's loads and stores an operation: the geometric mean over the traces that
/// count for work. So each trace weighs the same: half the work on one of them makes the same
/// difference as on any other, even if one trace needs a thousand times the work of the others. A
/// trace without operations is left out; below one word an operation, a trace counts as one word.
///
/// # Errors
/// Why there is no mean, in words: a trace that is not valid ends early, and so would look cheap.
pub fn touches_per_op(traces: &[TraceResult]) -> Result<f64, String> {
    work_is_valid(traces)?;
    let counted = traces.iter().filter(|trace| trace.counts_for_work());
    let facts = counted.filter_map(|trace| trace.facts).filter(|facts| facts.ops > 0);
    let touches = facts.map(|facts| (facts.loads as f64 + facts.stores as f64) / facts.ops as f64);
    let mean = geometric_mean(touches.map(|touches| touches.max(1.0)));
    mean.ok_or_else(|| "no trace has an operation".to_owned())
}

/// Checks that all traces are valid: work and speed are reported only for heaps that do the work.
fn work_is_valid(traces: &[TraceResult]) -> Result<(), String> {
    let mut counted = traces.iter().filter(|trace| trace.counts_for_work());
    match counted.find(|trace| !trace.valid) {
        Some(trace) => Err(format!(
            "not measured: {} is not valid, and only a heap that is right on every trace is compared",
            if trace.hidden { "a hidden trace" } else { &trace.trace }
        )),
        None => Ok(()),
    }
}

/// Returns a text such as `2 traces that are not valid count 0`.
fn counted_as_zero(traces: &[TraceResult]) -> Option<String> {
    let counted = traces.iter().filter(|trace| trace.counts_for_utilization());
    match counted.filter(|trace| !trace.valid).count() {
        0 => None,
        1 => Some("a trace that is not valid counts 0".to_owned()),
        count => Some(format!("{count} traces that are not valid count 0")),
    }
}

impl What {
    /// Returns the measure in words, for people.
    pub fn words(self) -> &'static str {
        match self {
            What::Utilization => "mean utilization",
            What::TouchesPerOp => "loads and stores an operation, geometric mean",
            What::Throughput => "speed, as a ratio to the reference's",
        }
    }
}

impl fmt::Display for BadRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the measure {} goes from none = {} to full = {}: two different numbers are needed",
            self.name, self.none, self.full
        )
    }
}

impl std::error::Error for BadRule {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Counts, Fault};
    use heaplab_replay::Facts;
    use proptest::prelude::*;

    fn sound(peak: u64, heap: u64, ops: u64, touches: u64) -> TraceResult {
        let facts = Facts {
            ops,
            peak_payload_bytes: peak,
            heap_bytes: heap,
            sbrk_calls: 1,
            loads: touches / 2,
            stores: touches - touches / 2,
        };
        TraceResult::sound("a.rep", false, Counts::Both, facts)
    }

    fn broken() -> TraceResult {
        let fault = Fault {
            code: "overlap".into(),
            message: String::new(),
            line: None,
            operation: None,
            again: None,
        };
        TraceResult::at_fault("broken.rep", false, Counts::Both, fault)
    }

    fn rule(what: What, none: f64, full: f64) -> MeasureRule {
        MeasureRule::new("m", what, Points::whole(20), none, full).unwrap()
    }

    #[test]
    fn mean_utilization_counts_broken_traces_as_zero_and_skips_empty_ones() {
        let traces = [sound(50, 100, 1, 0), sound(100, 100, 1, 0), sound(0, 100, 1, 0)];
        assert_eq!(utilization(&traces), Ok(0.75));
        let traces = [sound(50, 100, 1, 0), broken()];
        assert_eq!(utilization(&traces), Ok(0.25));
        assert!(utilization(&[sound(0, 0, 0, 0)]).is_err());
    }

    #[test]
    fn work_is_a_mean_over_the_traces_and_needs_all_to_be_valid() {
        let traces = [sound(1, 1, 10, 40), sound(1, 1, 100, 900), sound(0, 0, 0, 0)];
        assert_eq!(touches_per_op(&traces).map(rounded), Ok(6.0));
        assert!(touches_per_op(&traces[2..]).is_err());
        let with_broken = [sound(1, 1, 10, 100), broken()];
        let measure = rule(What::TouchesPerOp, 400.0, 60.0).grade(&with_broken, None);
        assert_eq!((measure.value, measure.points), (None, Points::ZERO));
        assert!(measure.remark.unwrap().contains("broken.rep"));
    }

    #[test]
    fn weights_leave_traces_out() {
        let mut light = broken();
        light.counts = Counts::Utilization;
        let touches = touches_per_op(&[sound(1, 1, 10, 20), light.clone()]);
        assert_eq!(touches.map(rounded), Ok(2.0));
        light.counts = Counts::Work;
        assert_eq!(utilization(&[sound(1, 2, 1, 0), light.clone()]), Ok(0.5));
        light.counts = Counts::Neither;
        assert_eq!(utilization(&[sound(1, 2, 1, 0), light]), Ok(0.5));
    }

    #[test]
    fn the_classic_share_is_utilization_times_its_points() {
        let measure =
            MeasureRule::classic("u", Points::whole(60)).grade(&[sound(80, 100, 1, 0)], None);
        assert_eq!(measure.points, Points::whole(48));
    }

    #[test]
    fn fewer_is_better_if_the_value_for_no_points_is_larger() {
        let rule = rule(What::TouchesPerOp, 400.0, 60.0);
        assert_eq!(rule.earned(60.0), Points::whole(20));
        assert_eq!(rule.earned(230.0), Points::whole(10));
        assert_eq!(rule.earned(400.0), Points::ZERO);
        assert_eq!(rule.earned(1.0), Points::whole(20));
    }

    #[test]
    fn speed_counts_only_if_measured_and_if_every_trace_is_valid() {
        let rule = rule(What::Throughput, 0.0, 1.0);
        let sound = [sound(1, 1, 1, 1)];
        assert_eq!(rule.grade(&sound, Some(0.5)).points, Points::whole(10));
        assert_eq!(rule.grade(&sound, None).points, Points::ZERO);
        assert_eq!(rule.grade(&sound, Some(f64::INFINITY)).value, None);
        assert_eq!(rule.grade(&[broken()], Some(0.5)).points, Points::ZERO);
    }

    #[test]
    fn a_rule_without_a_range_is_refused() {
        for (none, full) in [(0.5, 0.5), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
            assert!(MeasureRule::new("m", What::Utilization, Points::ZERO, none, full).is_err());
        }
    }

    proptest! {
        #[test]
        fn earned_points_are_bounded_and_move_with_the_value(
            points in 0_u64..100_000, none in -1e6..1e6, full in -1e6..1e6, a in -1e7..1e7, b in -1e7..1e7,
        ) {
            let rule = MeasureRule::new("m", What::TouchesPerOp, Points::from_hundredths(points), none, full);
            prop_assume!(rule.is_ok());
            let rule = rule.unwrap();
            prop_assert_eq!(rule.earned(none), Points::ZERO);
            prop_assert_eq!(rule.earned(full), rule.points);
            let (closer, farther) = if (a < b) == (none < full) { (b, a) } else { (a, b) };
            prop_assert!(rule.earned(farther) <= rule.earned(closer));
            prop_assert!(rule.earned(a) <= rule.points);
        }

        /// A trace weighs as much as any other, whatever its length and its share of the work are.
        #[test]
        fn half_the_work_on_one_trace_counts_as_on_any_other(
            traces in prop::collection::vec((1_u64..1000, 2_u64..5000), 2..8), at in 0_usize..8, other in 0_usize..8,
        ) {
            let with_half = |at: usize| {
                let traces = traces.iter().enumerate().map(|(index, &(ops, touches))| {
                    let factor = if index == at % traces.len() { 1 } else { 2 };
                    sound(1, 1, ops, factor * touches * ops)
                });
                rounded(touches_per_op(&traces.collect::<Vec<_>>()).unwrap())
            };
            prop_assert!((with_half(at) - with_half(other)).abs() < 1e-5);
        }

        #[test]
        fn utilization_never_falls_when_a_heap_grows_less(
            peaks in prop::collection::vec(1_u64..1000, 1..8), heap in 1000_u64..2000, saved in 0_u64..500,
        ) {
            let of = |heap| {
                let traces: Vec<TraceResult> = peaks.iter().map(|&peak| sound(peak, heap, 1, 0)).collect();
                utilization(&traces).unwrap()
            };
            prop_assert!(of(heap) <= of(heap - saved));
            prop_assert!((0.0..=1.0).contains(&of(heap)));
        }

        #[test]
        fn a_broken_trace_never_helps(
            traces in prop::collection::vec((1_u64..100, 100_u64..200, 1_u64..9, 0_u64..99), 1..8), broken_at in 0_usize..8,
        ) {
            let good: Vec<TraceResult> = traces.iter().map(|&(peak, heap, ops, touches)| sound(peak, heap, ops, touches)).collect();
            let mut bad = good.clone();
            bad[broken_at % good.len()] = broken();
            for what in [What::Utilization, What::TouchesPerOp, What::Throughput] {
                let rule = match what {
                    What::TouchesPerOp => rule(what, 100.0, 1.0),
                    _ => rule(what, 0.0, 1.0),
                };
                prop_assert!(rule.grade(&bad, Some(0.5)).points <= rule.grade(&good, Some(0.5)).points);
            }
        }
    }
}
