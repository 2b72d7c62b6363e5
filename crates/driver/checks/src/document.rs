//! The findings as JSON, for programs.

use crate::{Diagnosis, Findings, HeapPicture};
use heaplab_inputs::LeftOut;
use heaplab_replay::CheckCounts;
use heaplab_trace::path_text;

use serde::Serialize;

/// The whole document; the schema is `heaplab.check.v1`.
#[derive(Serialize)]
pub struct Document<'a> {
    schema: &'static str,
    align_bytes: u32,
    heaps: Vec<HeapReport<'a>>,
    /// The files that could not be used; absent if there are none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    left_out: &'a [LeftOut],
}

#[derive(Serialize)]
struct HeapReport<'a> {
    heap: &'a str,
    sound: bool,
    traces: Vec<TraceReport<'a>>,
}

#[derive(Serialize)]
struct TraceReport<'a> {
    trace: &'a str,
    path: String,
    ops: usize,
    sound: bool,
    examined: Option<CheckCounts>,
    /// The heap, if only the beginning of the trace was asked for.
    picture: Option<&'a HeapPicture>,
    diagnosis: Option<&'a Diagnosis>,
    /// The command that shows the fault again.
    again: Option<String>,
    /// The command that shows the run step by step, and begins at the fault.
    step: Option<String>,
}

/// The commands that lead to a fault.
pub struct Commands {
    /// Shows the fault again.
    pub again: String,
    /// Shows the run step by step, and begins at the fault.
    pub step: String,
}

impl<'a> Document<'a> {
    /// Returns the findings of [`check_all`](crate::check_all) on these heaps. `commands` returns
    /// those that lead to a fault of a heap.
    pub fn new(
        align_bytes: u32,
        heaps: &'a [String],
        findings: &'a [Vec<Findings<'a>>],
        left_out: &'a [LeftOut],
        commands: impl Fn(&str, &Findings<'_>, &Diagnosis) -> Commands,
    ) -> Document<'a> {
        let heaps = heaps.iter().zip(findings).map(|(heap, findings)| {
            let trace = |one| trace_report(heap, one, &commands);
            HeapReport {
                heap,
                sound: findings.iter().all(|one| one.verdict.is_ok()),
                traces: findings.iter().map(trace).collect(),
            }
        });
        Document { schema: "heaplab.check.v1", align_bytes, heaps: heaps.collect(), left_out }
    }
}

fn trace_report<'a>(
    heap: &str,
    findings: &'a Findings<'a>,
    commands: impl Fn(&str, &Findings<'_>, &Diagnosis) -> Commands,
) -> TraceReport<'a> {
    let sound = findings.verdict.as_ref().ok();
    let diagnosis = findings.verdict.as_ref().err().map(Box::as_ref);
    let commands = diagnosis.map(|diagnosis| commands(heap, findings, diagnosis));
    let (again, step) = commands.map(|commands| (commands.again, commands.step)).unzip();
    TraceReport {
        trace: findings.input.trace.name(),
        path: path_text(&findings.input.path).into_owned(),
        ops: findings.input.trace.ops().len(),
        sound: sound.is_some(),
        examined: sound.map(|sound| sound.examined),
        picture: sound.and_then(|sound| sound.picture.as_ref()),
        diagnosis,
        again,
        step,
    }
}
