//! Finds failures that no trace has recorded: random operations, aimed at where allocators break.
//!
//! | | |
//! |---|---|
//! | [`scene`] | what programs do that allocators find hard |
//! | [`sizes`] | the sizes at which allocators behave differently |
//! | [`mutate`] | cases made of cases that did something new |
//! | [`Coverage`] | what "new" means |
//!
//! Half of the cases are fresh and half are mutations of earlier ones. A fresh case uses only some
//! of the scenes and a few sizes: that finds more than a little of everything each time (A. Groce
//! and others, "Swarm Testing", ISSTA 2012).

mod case;
mod draft;
mod material;
mod mutate;
mod scene;
mod sizes;

use crate::{Coverage, Failure};
pub use case::Case;
use heaplab_trace::RandomSource;
use material::Material;

/// How to fuzz.
#[derive(Clone, Copy, Debug)]
pub struct FuzzSettings {
    /// The seed that determines all cases.
    pub seed: u64,
    /// Ends after this many operations, or the whole case that reaches them.
    pub ops: u64,
    /// The smallest heap limit that the cases may have: one in which an empty
    /// heap can be set up.
    pub least_limit_bytes: u32,
    /// Whether the cases try bad pointers between their operations.
    pub bad_pointers: bool,
    /// Whether the cases call `memalign`; otherwise they call `malloc` in its place.
    pub memalign: bool,
}

/// The outcome of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is wrong.
    Sound,
    /// The heap failed.
    Failed(Failure),
}

/// The progress of fuzzing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Progress {
    /// Cases run.
    pub cases: u64,
    /// Operations in them.
    pub ops: u64,
    /// Cases that did something new.
    pub kept: u64,
    /// See [`Coverage::places`].
    pub places: usize,
    /// See [`Coverage::paths`].
    pub paths: usize,
    /// See [`Coverage::ways`].
    pub ways: usize,
}

/// What fuzzing found.
#[derive(Clone, Debug)]
pub struct FuzzReport {
    /// How far fuzzing got.
    pub progress: Progress,
    /// The first case that failed, if one did.
    pub found: Option<(Case, Failure)>,
}

/// Runs cases until one fails, the operations are used up, or `go_on`, called before each case,
/// returns false. The same settings and the same heap give the same cases.
///
/// `run` runs a case and lets `coverage` watch, from [`Coverage::begin`] on.
pub fn fuzz(
    settings: &FuzzSettings,
    mut run: impl FnMut(&Case, &Coverage) -> Outcome,
    mut go_on: impl FnMut(&Progress) -> bool,
) -> FuzzReport {
    let coverage = Coverage::default();
    let mut kept: Vec<Material> = Vec::new();
    let mut progress = Progress::default();
    while progress.ops < settings.ops && go_on(&progress) {
        let mut random = RandomSource::new(settings.seed, progress.cases);
        let is_large = progress.cases % LARGE_EVERY == FIRST_LARGE;
        let material = if is_large {
            let number = progress.cases / LARGE_EVERY;
            scene::large(&mut random, settings.least_limit_bytes, number as usize)
        } else if random.percent(50) && !kept.is_empty() {
            mutate::mutate(&mut random, &kept, settings.least_limit_bytes)
        } else {
            scene::fresh(&mut random, settings.least_limit_bytes)
        };
        let case = Case::new(progress.cases, &material, settings);
        let outcome = run(&case, &coverage);
        progress.cases += 1;
        progress.ops += case.trace.ops().len() as u64;
        // Mutations of a large case would be as slow as it is.
        if coverage.end_case() > 0 && !is_large {
            progress.kept += 1;
            keep(&mut random, &mut kept, material);
        }
        progress.places = coverage.places();
        progress.paths = coverage.paths();
        progress.ways = coverage.ways();
        if let Outcome::Failed(failure) = outcome {
            return FuzzReport { progress, found: Some((case, failure)) };
        }
    }
    FuzzReport { progress, found: None }
}

/// One case of this many has blocks of up to a hundred mebibytes; the first ones are the bundled
/// stress traces. It takes as long as some dozens of other cases.
const LARGE_EVERY: u64 = 300;
const FIRST_LARGE: u64 = 60;

/// Keeps a case to make others from; if there are many, in the place of another.
fn keep(random: &mut RandomSource, kept: &mut Vec<Material>, material: Material) {
    const MOST_KEPT: usize = 2048;
    if kept.len() >= MOST_KEPT {
        let index = random.below(MOST_KEPT as u32) as usize;
        kept.remove(index);
    }
    kept.push(material);
}
