//! The arguments of `heaplab run`.

use crate::Failure;
use crate::commands::heap_arguments::HeapArguments;
use crate::commands::machine::MachineArguments;
use crate::commands::print::Format;
use crate::commands::values::{
    parse_count, parse_fraction, parse_positive, parse_seconds, parse_share,
};
use clap::ValueEnum;
use heaplab_run::{Checking, Plan, Rule};
use std::num::{NonZeroU32, NonZeroUsize};
use std::ops::Range;

/// Arguments of `heaplab run`.
#[derive(clap::Args)]
#[command(allow_negative_numbers = true)] // so that -1 is reported as wrong, not unexpected
#[command(after_help = "\
Examples:
  heaplab run
  heaplab run implicit:next-fit explicit:address,best-fit --align 8
  heaplab run segregated --trace mine.rep --no-timing --format json
  heaplab run --heap ./mm.c --trace traces/                     a heap in C: docs/c-heaps.md

Exit code: 0 fine, 1 a heap is at fault, 2 the command line or a trace is at fault.")]
pub struct Arguments {
    #[command(flatten)]
    pub heaps: HeapArguments,

    /// The output format
    #[arg(long, default_value = "table")]
    pub format: Format,

    /// Measures only validity and utilization: the output is the same every time
    #[arg(long)]
    pub no_timing: bool,

    /// Also counts the memory accesses of each operation: mean, 99th percentile and the line of the
    /// worst (`heaplab cost` says more)
    #[arg(long)]
    pub cost: bool,

    /// Shows the size of each heap over time in a column of the table
    #[arg(long)]
    pub sparkline: bool,

    /// Draws utilization against speed into an SVG file, a point a heap
    #[cfg(feature = "plots")]
    #[arg(long, value_name = "FILE", value_parser = crate::commands::destination::beside_a_table(), conflicts_with = "no_timing")]
    pub svg: Option<std::path::PathBuf>,

    /// The rule for the score
    #[arg(long, default_value = "classic")]
    pub score: ScoreKind,

    #[command(flatten)]
    pub scoring: Scoring,

    /// The time for the samples of each heap on each trace
    #[arg(long, default_value_t = 0.1, value_name = "SECONDS", value_parser = parse_seconds)]
    pub seconds_each: f64,

    /// Calls a heap's own check after every N operations, not only at the end
    #[arg(long, value_name = "N", value_parser = parse_count::<NonZeroU32>)]
    pub check_every: Option<NonZeroU32>,

    /// The number of heaps to check at the same time [default: one per core]
    #[arg(long, value_name = "N", value_parser = parse_count::<NonZeroUsize>)]
    pub jobs: Option<NonZeroUsize>,

    #[command(flatten)]
    pub machine: MachineArguments,
}

/// How to compute the score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScoreKind {
    /// Utilization, and total throughput up to a reference.
    Classic,
    /// Utilization and harmonic mean throughput, each between two thresholds.
    Thresholds,
    /// No score.
    None,
}

/// The numbers in the scores.
#[derive(clap::Args)]
pub struct Scoring {
    /// The weight of utilization, 0 to 1; throughput gets the rest
    #[arg(long, default_value_t = 0.6, value_name = "W", value_parser = parse_fraction)]
    pub weight: f64,

    /// Classic: the throughput that earns full marks; in 2002 it was 600000 [default: the C
    /// library's throughput in the same run]
    #[arg(long, value_name = "OPS", value_parser = parse_positive)]
    pub reference_ops_per_second: Option<f64>,

    /// Thresholds: no marks up to this utilization
    #[arg(long, default_value_t = 0.55, value_name = "U", value_parser = parse_fraction)]
    pub utilization_min: f64,

    /// Thresholds: full marks from this utilization on
    #[arg(long, default_value_t = 0.74, value_name = "U", value_parser = parse_fraction)]
    pub utilization_max: f64,

    /// Thresholds: no marks up to this share of the reference's throughput
    #[arg(long, default_value_t = 0.5, value_name = "T", value_parser = parse_share)]
    pub throughput_min: f64,

    /// Thresholds: full marks from this share of the reference's throughput on
    #[arg(long, default_value_t = 0.9, value_name = "T", value_parser = parse_positive)]
    pub throughput_max: f64,
}

impl Arguments {
    /// Returns what to measure.
    ///
    /// If costs are requested, they are counted on `traces` traces.
    pub fn plan(&self, traces: usize) -> Plan {
        let costs = vec![heaplab_cost::Options::default(); traces];
        Plan {
            checking: Checking {
                common: self.machine.common(),
                check_every: self.check_every,
                jobs: self.jobs,
                costs: self.cost.then_some(costs),
            },
            seconds_each: (!self.no_timing).then_some(self.seconds_each),
        }
    }

    /// Returns how to compute the score, if there is one.
    ///
    /// # Errors
    /// If a lower threshold is not below its upper one.
    pub fn score_rule(&self) -> Result<Option<Rule>, Failure> {
        let scoring = &self.scoring;
        Ok(match self.score {
            ScoreKind::None => None,
            ScoreKind::Classic => Some(Rule::Classic {
                weight: scoring.weight,
                reference_ops_per_second: scoring.reference_ops_per_second,
            }),
            ScoreKind::Thresholds => Some(Rule::Thresholds {
                weight: scoring.weight,
                utilization: range(
                    "utilization",
                    scoring.utilization_min,
                    scoring.utilization_max,
                )?,
                throughput: range("throughput", scoring.throughput_min, scoring.throughput_max)?,
                reference_ops_per_second: scoring.reference_ops_per_second,
            }),
        })
    }
}

/// Returns the range from the threshold without marks to that with full marks.
fn range(what: &str, min: f64, max: f64) -> Result<Range<f64>, Failure> {
    if min < max {
        return Ok(min..max);
    }
    Err(Failure::Input(format!(
        "error: --{what}-min {min} is not below --{what}-max {max}\n\
         help: give both; marks rise from none at the minimum to full at the maximum"
    )))
}
