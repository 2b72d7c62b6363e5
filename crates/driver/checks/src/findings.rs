//! Every heap on every trace, on the checked machine.

use crate::{
    CheckAccesses, CheckSettings, Conditions, Diagnosis, HeapPicture, PictureRow, Sound, at_once,
};
use heaplab_inputs::Input;
use heaplab_support::{Listener, Work};
use heaplab_trace::Trace;
use heaplab_worker::pool::{self, WorkerOptions};
use heaplab_worker::{Error, Outcome};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Host memory that a heap and its shadow may take, in bytes.
const HOST_BYTES: u64 = 3 << 30;

/// The finding for one heap on one trace.
pub struct Findings<'a> {
    /// The trace.
    pub input: &'a Input,
    /// What was found.
    pub verdict: Result<Sound, Box<Diagnosis>>,
    /// How many operations were asked for; all, if none.
    until: Option<usize>,
}

/// How heaps are checked.
#[derive(Clone, Copy, Debug)]
pub struct CheckOptions {
    /// The conditions that they are checked under.
    pub conditions: Conditions,
    /// Only this many operations of each trace; the heap is then drawn.
    pub until: Option<usize>,
    /// How many to check at once; none for one on each core.
    pub jobs: Option<NonZeroUsize>,
}

impl Findings<'_> {
    /// Returns the line of the last operation that was asked for.
    pub fn until_line(&self) -> Option<u32> {
        Some(self.input.trace.line(self.until?.checked_sub(1)?))
    }
}

/// Returns the findings for each heap, trace by trace.
///
/// # Errors
/// If the host can't do it.
pub fn check_all<'a>(
    options: &CheckOptions,
    heaps: &[String],
    inputs: &'a [Input],
    listener: &Arc<dyn Listener>,
) -> Result<Vec<Vec<Findings<'a>>>, Error> {
    let job = |heap: &String, input: &Input, until| CheckAccesses {
        settings: CheckSettings {
            heap: heap.clone(),
            trace: (&input.path).into(),
            conditions: options.conditions,
        },
        until,
    };
    let pairs = heaps.iter().flat_map(|heap| inputs.iter().map(move |input| (heap, input)));
    let pairs: Vec<(&String, &Input)> = pairs.collect();
    let jobs: Vec<(CheckAccesses, &Trace)> =
        pairs.iter().map(|(heap, input)| (job(heap, input, options.until), &input.trace)).collect();
    let mut findings = Vec::new();
    for ((heap, input), outcome) in pairs.into_iter().zip(do_all(options, &jobs, listener)?) {
        let verdict = match outcome {
            Ok(verdict) => verdict,
            // The heap ended its process. The picture shows the heap before that.
            Err(failed) => {
                let before = job(heap, input, Some(failed.fault.op_index.unwrap_or(0)));
                let drawn = do_all(options, &[(before, &input.trace)], listener)?.pop();
                let picture = drawn.and_then(|drawn| drawn.ok()?.ok()?.picture);
                let picture = picture.map_or_else(HeapPicture::default, only_before);
                Err(Box::new(Diagnosis::of_an_end(failed.fault, picture)))
            }
        };
        findings.push(Findings { input, verdict, until: options.until });
    }
    let mut findings = findings.into_iter();
    Ok(heaps.iter().map(|_| findings.by_ref().take(inputs.len()).collect()).collect())
}

/// Returns all outcomes, in the order of the jobs.
fn do_all(
    options: &CheckOptions,
    jobs: &[(CheckAccesses, &Trace)],
    listener: &Arc<dyn Listener>,
) -> Result<Vec<Outcome<CheckAccesses>>, Error> {
    let work = Work::begin(&**listener, "checking", Some(jobs.len()));
    let worker_options = WorkerOptions::told(listener, HOST_BYTES);
    let mut outcomes: Vec<Option<Outcome<CheckAccesses>>> = jobs.iter().map(|_| None).collect();
    pool::do_all(jobs, at_once(options.jobs), &worker_options, |index, outcome| {
        work.done(jobs[index].1.name());
        outcomes[index] = Some(outcome);
    })?;
    let all: Option<Vec<_>> = outcomes.into_iter().collect();
    all.ok_or_else(|| Error::new("error: a worker gave no answer"))
}

/// Turns the picture after an operation into the one before the next operation.
fn only_before(mut picture: HeapPicture) -> HeapPicture {
    picture.rows.retain(|row| row.after.is_some() || row.before.is_none());
    for row in &mut picture.rows {
        *row = PictureRow { before: row.after.take(), ..row.clone() };
    }
    picture
}
