//! `heaplab check`: checks every load and store of a heap, and explains its first fault.
//!
//! 1. [`options`]: the command's arguments.
//! 2. [`check_all`]: runs each heap on each trace, on the checked machine, in workers.
//! 3. [`explain`]: a diagnosis in words and as a picture; [`Document`]: the same as data.

mod options;

use crate::commands::machine::{Machine, Repeat};
use crate::commands::print;
use crate::commands::progress::Terminal;
use crate::commands::small;
use crate::{Failure, Outcome};
use heaplab_checks::{
    Commands, Diagnosis, Document, Findings, HeapPicture, Sound, check_all, explain, one_line,
    picture,
};
use heaplab_hunt::{self as hunt, Shrinker};
use heaplab_inputs::{Input, Traces};
use heaplab_trace::Visible;
use heaplab_worker::Heaps;
pub use options::Arguments;
use options::Format;
use std::path::Path;
use std::slice;

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    let heaps = arguments.chosen(lab)?;
    arguments.check_shrink(&heaps)?;
    heaplab_inputs::with_good(arguments.wanted(), &*Terminal::listener(), |traces| {
        run_on(arguments, &heaps, &traces)
    })
}

fn run_on(arguments: &Arguments, heaps: &[String], traces: &Traces) -> Outcome {
    let inputs = &traces.inputs;
    let until = arguments.until(inputs)?;
    let findings =
        check_all(&arguments.machine.check_options(until), heaps, inputs, &Terminal::listener())?;
    match arguments.format {
        Format::Text => {
            let mut text = String::new();
            for (heap, of_heap) in heaps.iter().zip(&findings) {
                text += &report(arguments, heap, of_heap);
                if let (true, Some((one, _))) = (arguments.shrink, faults_of(of_heap).first()) {
                    text += &smaller(arguments, heap, one.input)?;
                }
            }
            print::styled(text.trim_start_matches('\n'))?;
        }
        Format::Json => {
            let commands = |heap: &str, one: &Findings<'_>, diagnosis: &Diagnosis| {
                let (path, line) = (&one.input.path, diagnosis.fault.line);
                Commands {
                    again: Repeat::command(&arguments.machine, heap, path, line).to_string(),
                    step: Repeat::step(&arguments.machine, heap, path, line).to_string(),
                }
            };
            let align_bytes = arguments.machine.machine.align.bytes();
            let left_out = &traces.left_out;
            let document = Document::new(align_bytes, heaps, &findings, left_out, commands);
            print::bytes(&heaplab_report::json(&document)?)?;
        }
    }
    let sound = findings.iter().flatten().all(|one| one.verdict.is_ok());
    if sound { Ok(()) } else { Err(Failure::Heap) }
}

/// Returns the report on one heap.
fn report(arguments: &Arguments, heap: &str, findings: &[Findings<'_>]) -> String {
    let faults = faults_of(findings);
    if faults.is_empty() {
        return no_fault(heap, findings);
    }
    let (first, others) = (&faults[0], &faults[1..]);
    let mut text = explained(&arguments.machine, heap, first.0.input, first.1);
    if !others.is_empty() {
        text += &format!("\n{heap} is at fault on other traces too:\n");
    }
    for (one, diagnosis) in others {
        text += &one_line(one.input, diagnosis);
    }
    text
}

/// Returns the faults, starting with the one that is reached after the fewest operations, because
/// it is the easiest to understand.
fn faults_of<'a>(findings: &'a [Findings<'a>]) -> Vec<(&'a Findings<'a>, &'a Diagnosis)> {
    let mut faults: Vec<_> =
        findings.iter().filter_map(|one| Some((one, &**one.verdict.as_ref().err()?))).collect();
    faults.sort_by_key(|(_, diagnosis)| diagnosis.fault.op_index.unwrap_or(usize::MAX));
    faults
}

/// Shrinks and saves the trace on which a heap has a fault, and returns an explanation of the fault
/// on the small trace.
fn smaller(arguments: &Arguments, heap: &str, input: &Input) -> Result<String, Failure> {
    let machine = &arguments.machine;
    let listener = Terminal::listener();
    let (work, worker_options) = Shrinker::worker_options(&listener);
    let mut shrinker = Shrinker::new(heap, &worker_options);
    let shrunk = shrinker.shrink(&input.path, &input.trace, &machine.conditions())?;
    drop(work);
    let shrunk = match shrunk {
        Ok(shrunk) => shrunk,
        Err(reason) => return Ok(format!("\nnot shrunk: {reason}\n")),
    };
    let machine = &machine.for_own_traces();
    let stem = format!("small-{heap}-{}", input.trace.name());
    let file = hunt::choose_file(arguments.save.as_deref(), &stem)?;
    let trace = hunt::parse_small(
        &shrunk.trace,
        &format!(
            "`{heap}` fails here as on {}: {}\n{}\nThe lines below are those of that trace.",
            input.path.visible(),
            shrunk.signature,
            command(machine, heap, &file)
        ),
    )?;
    let saved = hunt::save(file, &trace)?;
    let described = small::describe(&shrunk, &saved.trace, Some(&saved.path));
    let diagnosis = diagnosis(machine, heap, &saved)?;
    Ok(format!("\n{described}{}", diagnosis.unwrap_or_default()))
}

/// Returns the command that checks a heap on a trace.
pub fn command(machine: &Machine, heap: &str, trace: &Path) -> String {
    Repeat::command(machine, heap, trace, None).as_str().to_owned()
}

/// Returns the report on a heap and one trace; `None` if there is no fault.
///
/// # Errors
/// If the host can't do it.
pub fn diagnosis(machine: &Machine, heap: &str, input: &Input) -> Result<Option<String>, Failure> {
    let fault = only_fault(machine, heap, input)?;
    Ok(fault.map(|diagnosis| explained(machine, heap, input, &diagnosis)))
}

/// Returns a fault in words, with the commands that show it.
fn explained(machine: &Machine, heap: &str, input: &Input, diagnosis: &Diagnosis) -> String {
    let line = diagnosis.fault.line;
    let repeat = Repeat::command(machine, heap, &input.path, line);
    let step = Repeat::step(machine, heap, &input.path, line);
    explain(heap, input, diagnosis, repeat.as_str(), Some(step.as_str()))
}

/// Returns the same for a trace whose file will soon be deleted: the report calls the trace `name`,
/// and gives `again` as the command that repeats the fault.
///
/// # Errors
/// If the host can't do it.
pub fn diagnosis_of_unsaved(
    machine: &Machine,
    heap: &str,
    input: &Input,
    name: &Path,
    again: &str,
) -> Result<Option<String>, Failure> {
    let fault = only_fault(machine, heap, input)?;
    let named = Input { path: name.to_owned(), trace: input.trace.clone() };
    Ok(fault.map(|diagnosis| explain(heap, &named, &diagnosis, again, None)))
}

/// Returns the fault of a heap on one trace, if there is one.
fn only_fault(
    machine: &Machine,
    heap: &str,
    input: &Input,
) -> Result<Option<Box<Diagnosis>>, Failure> {
    let inputs = slice::from_ref(input);
    let findings =
        check_all(&machine.check_options(None), &[heap.to_owned()], inputs, &Terminal::listener())?;
    let verdicts = findings.into_iter().flatten().map(|one| one.verdict);
    Ok(verdicts.filter_map(Result::err).next())
}

fn no_fault(heap: &str, findings: &[Findings<'_>]) -> String {
    let sum = |count: fn(&heaplab_replay::CheckCounts) -> u64| {
        let examined = findings.iter().filter_map(|one| one.verdict.as_ref().ok());
        examined.map(|sound| count(&sound.examined)).sum::<u64>()
    };
    let traces = match findings {
        [one] => one.input.path.visible().into_owned(),
        all => format!("{} traces", all.len()),
    };
    let mut text = format!(
        "{heap}: no fault on {traces}: {}, {}, {}, {}\n",
        counted(sum(|examined| examined.ops), "operation", "operations"),
        counted(sum(|examined| examined.accesses), "load or store", "loads and stores"),
        counted(sum(|examined| examined.checks), "check", "checks"),
        counted(
            sum(|examined| examined.bad_pointers),
            "call with a bad pointer",
            "calls with bad pointers"
        )
    );
    for one in findings {
        if let Ok(Sound { picture: Some(picture), .. }) = &one.verdict {
            text += &drawn(picture, one.until_line());
        }
    }
    text
}

/// Returns a count with its noun.
fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Draws the heap after the last requested operation.
fn drawn(drawn: &HeapPicture, line: Option<u32>) -> String {
    let line = line.map_or("the last line".to_owned(), |line| format!("line {line}"));
    format!("\n{}", picture(drawn, &format!("before {line}"), &format!("after {line}")))
}
