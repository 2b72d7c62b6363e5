//! Runs the lab on a submission in C, and on the reference that it is compared with.

use super::build::Built;
use super::speed::Race;
use super::{CBase, reference, wrong_reference};
use heaplab_assess::{
    Assessor, Graded, GradedTrace, HOST_BYTES, LabFolder, MINE, TimeBoth, grade_heap,
};
use heaplab_inputs::Input;
use heaplab_lab::{Measure, What};
use heaplab_sandbox::Entry;
use heaplab_support::{Error, Listener};
use heaplab_worker::pool::WorkerOptions;
use std::process::Command;
use std::sync::Arc;

/// What submissions in C are run with.
pub(crate) struct CRun<'g> {
    pub(crate) base: &'g CBase,
    pub(crate) lab: &'g LabFolder,
    pub(crate) traces: &'g [GradedTrace],
    pub(crate) entry: &'g Entry,
    pub(crate) listener: &'g dyn Listener,
}

/// Lets a submission's program run all of the lab.
pub(crate) fn run(with: &CRun<'_>, built: &Built, user: u32) -> Result<Graded, Error> {
    let traces = with.lab.workspace().traces();
    let worker_options = worker_options(with.base, built, user);
    let mut assessor = Assessor::new(MINE, &traces, &worker_options, with.listener).sealed();
    let reference = with.base.reference.as_ref().map(|built| built.timed_for(user));
    let reference = reference.transpose().map_err(crate::compile::cannot_write)?;
    let (grading, entry) = (&with.lab.lab.grade, with.entry);
    let mut race = reference.map(|reference| Race { grading, entry, built, reference, user });
    let mut time_both = race
        .as_mut()
        .map(|race| |assessor: &mut Assessor<'_>, input: &Input| race.time_both(assessor, input));
    let time_both = time_both.as_mut().map(|it| it as &mut TimeBoth<'_>);
    let graded = grade_heap(&with.lab.lab, &mut assessor, with.traces, time_both)?;
    // What a heap in C keeps beside the machine is not in a value of Rust.
    Ok(Graded { struct_bytes: None, check_accesses: None, ..graded })
}

impl CRun<'_> {
    /// Returns `none` and `full` of each measure. For those that are relative, the lab's reference
    /// is built and run as a submission, and they are multiples of what it reaches. If speed is
    /// measured, it is run too, to see that it can be timed.
    ///
    /// # Errors
    /// If it does not build, or does not reach a value.
    pub(crate) fn thresholds(&self, user: u32) -> Result<Vec<(f64, f64)>, Error> {
        let measures = &self.lab.lab.grade.measures;
        let is_needed = |one: &Measure| match one.what {
            What::Throughput => self.base.is_timed,
            _ => one.relative,
        };
        if !measures.iter().any(is_needed) {
            return Ok(measures.iter().map(|measure| (measure.none, measure.full)).collect());
        }
        let built = reference(self.base, self.lab, self.entry, user)?;
        let graded = run(self, &built, user)?;
        let threshold = |(measure, of_reference): (&Measure, &heaplab_grade::Measure)| {
            if !is_needed(measure) {
                return Ok((measure.none, measure.full));
            }
            let value = of_reference.value.ok_or_else(|| {
                let name = &measure.name;
                wrong_reference(self.lab, &format!("has no value for `{name}`: some trace fails"))
            })?;
            // A speed is a ratio already.
            let unit = if measure.what == What::Throughput { 1.0 } else { value };
            Ok((rounded(measure.none * unit), rounded(measure.full * unit)))
        };
        measures.iter().zip(&graded.measures).map(threshold).collect()
    }
}

/// Returns a threshold to six decimals, as values are.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn worker_options(base: &CBase, built: &Built, user: u32) -> WorkerOptions {
    let worker = base.worker.clone();
    let arguments =
        [built.folder().display().to_string(), user.to_string(), built.interface.words()];
    WorkerOptions {
        launcher: Arc::new(move || {
            let mut command = Command::new(&worker.program);
            command.args(&worker.arguments).args(&arguments);
            Ok(command)
        }),
        patience: crate::running::PATIENCE,
        blames_the_heap: true,
        ..WorkerOptions::new(HOST_BYTES)
    }
}
