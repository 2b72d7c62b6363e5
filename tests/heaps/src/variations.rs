//! Replays variations of every family of generated traces: the same shape with other sizes and
//! other random numbers.
//!
//! A heap can have rules for the sizes of known traces, and then its utilization on these says
//! little about others. Such a heap falls behind here. Other sizes have other ceilings: a block of
//! 9 bytes takes 16 whatever the heap does. So a variation is compared with the published trace by
//! *utilization over ceiling*, the share of what is possible.

use crate::long_run::replay;
use heaplab_bound::{Format, Load, spans};
use heaplab_heap::{Align, Design};
use heaplab_trace::{
    Classic, GENERATORS, Generator, Kind, Op, Parameters, RandomSource, Trace, Weight,
};

/// How many variations there are of each family.
pub const VARIATIONS: u32 = 10;

/// The most points by which a variation's utilization over ceiling may differ from the base's.
pub const MOST_POINTS: f64 = 1.0;

/// Returns the families: every generator but those of stress traces, whose sizes are the point,
/// and `mixed`, whose seeds make traces of different kinds.
pub fn families() -> impl Iterator<Item = &'static Generator> {
    GENERATORS
        .iter()
        .filter(|generator| generator.kind != Kind::Stress && generator.name != "mixed")
}

/// What a variation changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The seed only: what chance alone does. The traces of a fixed family do not change.
    Seeds,
    /// The seed, and all sizes.
    SeedsAndSizes,
}

/// Returns the trace that variations are compared with. A classic one ignores `parameters`.
pub fn base(family: &Generator, parameters: &Parameters) -> Trace {
    family.generate(parameters)
}

/// Returns a variation; `number` counts from 1. Other sizes are from half to twice the base's. Of a
/// classic shape, each of its few sizes is drawn by itself. Of the others, all are multiplied by
/// one factor, since their sizes belong together, as those of tables that double do.
pub fn variation(
    family: &Generator,
    parameters: &Parameters,
    change: Change,
    number: u32,
) -> Trace {
    let seed = parameters.seed + u64::from(number);
    let other_numbers = Parameters { seed, ..*parameters };
    if change == Change::Seeds {
        return family.generate(&other_numbers);
    }
    let mut random = RandomSource::new(seed, 41);
    let name = format!("{} {number}", family.name);
    let ops = match Classic::named(family.name) {
        Some(shape) => shape.resized(|size| random.between(size.div_ceil(2), 2 * size)).ops(seed),
        None => {
            let thousandths = random.between(500, 2000);
            let trace = family.generate(&other_numbers);
            trace.ops().iter().map(|op| resized(*op, thousandths)).collect()
        }
    };
    Trace::from_ops(&name, Weight::Both, ops).expect("other sizes leave a trace valid")
}

/// Returns the operation with this many thousandths of its size, at least a byte.
fn resized(op: Op, thousandths: u32) -> Op {
    let other = |size: u32| match size {
        0 => 0,
        _ => (u64::from(size) * u64::from(thousandths) / 1000).clamp(1, u32::MAX.into()) as u32,
    };
    match op {
        Op::Malloc { id, size } => Op::Malloc { id, size: other(size) },
        Op::Realloc { id, size } => Op::Realloc { id, size: other(size) },
        Op::Calloc { id, size } => Op::Calloc { id, size: other(size) },
        Op::Memalign { id, align_log2, size } => Op::Memalign { id, align_log2, size: other(size) },
        Op::Free { .. } | Op::FreeNull | Op::Write { .. } => op,
    }
}

/// How much of a heap a trace uses, in percent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares {
    /// Peak payload over peak heap.
    pub utilization: f64,
    /// The same over the utilization that no heap without headers exceeds.
    pub of_ceiling: f64,
    /// The same over the one that no heap with headers of 4 bytes exceeds.
    pub of_header_ceiling: f64,
}

impl Shares {
    /// Replays `trace` on a heap of this design.
    pub fn of<D: Design>(design: &D, trace: &Trace, align: Align) -> Shares {
        let heap_bytes = f64::from(replay(design, trace, align).heap_bytes);
        let percent = |bytes: u64| 100.0 * bytes as f64 / heap_bytes;
        Shares {
            utilization: percent(trace.peak_payload_bytes()),
            of_ceiling: percent(least_bytes(trace, align, 0)),
            of_header_ceiling: percent(least_bytes(trace, align, 4)),
        }
    }
}

/// Returns the bytes of blocks that are live at once, at most: no heap is smaller.
fn least_bytes(trace: &Trace, align: Align, header_bytes: u32) -> u64 {
    Load::of(&spans(trace, Format { align, header_bytes }), trace.ops().len() as u32).most_bytes
}

/// A base and its variations on one heap.
#[derive(Clone, Debug)]
pub struct Varied {
    /// The published trace's.
    pub base: Shares,
    /// Those of the variations, by number.
    pub variations: Vec<Shares>,
}

/// The share of the base, and the lowest and the highest of the variations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The base's.
    pub base: f64,
    /// The lowest.
    pub lowest: f64,
    /// The highest.
    pub highest: f64,
}

impl Varied {
    /// Replays the base and all variations of a family.
    pub fn measure<D: Design>(
        design: &D,
        family: &Generator,
        parameters: &Parameters,
        change: Change,
        align: Align,
    ) -> Varied {
        let traces = (1..=VARIATIONS).map(|number| variation(family, parameters, change, number));
        Varied {
            base: Shares::of(design, &base(family, parameters), align),
            variations: traces.map(|trace| Shares::of(design, &trace, align)).collect(),
        }
    }

    /// Returns the range of one of the shares.
    pub fn range(&self, share: impl Fn(&Shares) -> f64) -> Range {
        let shares = || self.variations.iter().map(&share);
        Range {
            base: share(&self.base),
            lowest: shares().fold(f64::INFINITY, f64::min),
            highest: shares().fold(f64::NEG_INFINITY, f64::max),
        }
    }
}

impl Range {
    /// Returns how many points the lowest is below the base; negative if it is above.
    pub fn points_below(&self) -> f64 {
        self.base - self.lowest
    }

    /// Returns how many points the highest is above the base; negative if it is below.
    pub fn points_above(&self) -> f64 {
        self.highest - self.base
    }

    /// Returns whether all variations are close to the base.
    pub fn is_close(&self) -> bool {
        self.points_below() <= MOST_POINTS && self.points_above() <= MOST_POINTS
    }
}
