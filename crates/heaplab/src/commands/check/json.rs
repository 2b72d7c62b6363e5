//! The findings for programs.

use super::options::Arguments;
use crate::commands::machine::Repeat;
use crate::commands::print;
use crate::{Failure, Outcome};
use heaplab_checks::{Diagnosis, Findings, HeapPicture};
use heaplab_inputs::LeftOut;
use heaplab_replay::Examined;
use heaplab_trace::path_text;

use serde::Serialize;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    align_bytes: u32,
    heaps: Vec<HeapReport<'a>>,
    /// The files that could not be used; not there if there are none.
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
    examined: Option<Examined>,
    /// The heap, if only a beginning of the trace was asked for.
    picture: Option<&'a HeapPicture>,
    diagnosis: Option<&'a Diagnosis>,
    /// The command that shows the fault again.
    again: Option<String>,
}

/// Prints the document.
///
/// # Errors
/// If standard output does not take it.
pub fn print(
    arguments: &Arguments,
    heaps: &[String],
    findings: &[Vec<Findings<'_>>],
    left_out: &[LeftOut],
) -> Outcome {
    let heaps = heaps.iter().zip(findings).map(|(heap, findings)| {
        let trace = |one| trace_report(arguments, heap, one);
        HeapReport {
            heap,
            sound: findings.iter().all(|one| one.verdict.is_ok()),
            traces: findings.iter().map(trace).collect(),
        }
    });
    let document = Document {
        schema: "heaplab.check.v1",
        align_bytes: arguments.machine.align.bytes(),
        heaps: heaps.collect(),
        left_out,
    };
    let mut json = serde_json::to_vec_pretty(&document).map_err(Failure::input)?;
    json.push(b'\n');
    print::bytes(&json)
}

fn trace_report<'a>(
    arguments: &Arguments,
    heap: &str,
    findings: &'a Findings<'a>,
) -> TraceReport<'a> {
    let sound = findings.verdict.as_ref().ok();
    let diagnosis = findings.verdict.as_ref().err().map(Box::as_ref);
    let again = |diagnosis: &Diagnosis| {
        let repeat = Repeat::command(
            &arguments.machine,
            heap,
            &findings.input.path,
            diagnosis.fault.line,
        );
        repeat.as_str().to_owned()
    };
    TraceReport {
        trace: findings.input.trace.name(),
        path: path_text(&findings.input.path).into_owned(),
        ops: findings.input.trace.ops().len(),
        sound: sound.is_some(),
        examined: sound.map(|sound| sound.examined),
        picture: sound.and_then(|sound| sound.picture.as_ref()),
        diagnosis,
        again: diagnosis.map(again),
    }
}
