//! `heaplab check`: every load and store of a heap is looked at, and its first
//! fault is explained.
//!
//! 1. [`options`]: what was asked for.
//! 2. [`examine`]: each heap on each trace, on the checked machine, in workers.
//! 3. [`explain`]: a diagnosis in words and as a picture; [`json`] the same as data.

mod examine;
mod explain;
mod json;
mod options;

use crate::commands::{inputs, print};
use crate::worker::HeapPicture;
use crate::{Failure, Lab, Outcome};
use examine::{Findings, Verdict};
pub use options::Arguments;
use options::{Format, Repeat};

/// Runs the command.
pub fn run(lab: &Lab, arguments: &Arguments) -> Outcome {
    let heaps = arguments.heaps(lab)?;
    let inputs = inputs::read(&arguments.trace, arguments.machine.lenient)?;
    inputs::check_room(&inputs, arguments.machine.heap_limit)?;
    let until = arguments.until(&inputs)?;
    let findings = examine::examine_all(&arguments.machine, &heaps, &inputs, until)?;
    match arguments.format {
        Format::Text => {
            let mut text = String::new();
            for (heap, of_heap) in heaps.iter().zip(&findings) {
                text += &report(arguments, heap, of_heap);
            }
            print::styled(text.trim_start_matches('\n'))?;
        }
        Format::Json => json::print(arguments, &heaps, &findings)?,
    }
    let sound = findings.iter().flatten().all(|one| one.verdict.is_ok());
    if sound { Ok(()) } else { Err(Failure::Heap) }
}

/// What there is to say of one heap.
fn report(arguments: &Arguments, heap: &str, findings: &[Findings<'_>]) -> String {
    let mut faults: Vec<_> = findings
        .iter()
        .filter_map(|one| Some((one, one.verdict.as_ref().err()?)))
        .collect();
    if faults.is_empty() {
        return no_fault(heap, findings);
    }
    // The fault that is reached with the fewest operations is the easiest to
    // think about.
    faults.sort_by_key(|(_, diagnosis)| diagnosis.fault.op_index.unwrap_or(usize::MAX));
    let (first, others) = (&faults[0], &faults[1..]);
    let repeat = Repeat::new(arguments, heap, first.0, first.1);
    let mut text = explain::explain(heap, first.0.input, first.1, &repeat);
    if !others.is_empty() {
        text += &format!("\n{heap} is at fault on other traces too:\n");
    }
    for (one, diagnosis) in others {
        text += &explain::one_line(one.input, diagnosis);
    }
    text
}

fn no_fault(heap: &str, findings: &[Findings<'_>]) -> String {
    let sum = |count: fn(&heaplab_replay::Examined) -> u64| {
        let examined = findings.iter().filter_map(|one| one.verdict.as_ref().ok());
        examined.map(|sound| count(&sound.examined)).sum::<u64>()
    };
    let traces = match findings {
        [one] => one.input.path.display().to_string(),
        all => format!("{} traces", all.len()),
    };
    let mut text = format!(
        "{heap}: no fault on {traces}: {} operations, {} loads and stores, {} checks\n",
        sum(|examined| examined.ops),
        sum(|examined| examined.accesses),
        sum(|examined| examined.checks)
    );
    for one in findings {
        if let Ok(Verdict {
            picture: Some(picture),
            ..
        }) = &one.verdict
        {
            text += &drawn(picture, one.until_line());
        }
    }
    text
}

/// The heap after the last operation that was asked for.
fn drawn(picture: &HeapPicture, line: Option<u32>) -> String {
    let line = line.map_or("the last line".to_owned(), |line| format!("line {line}"));
    format!(
        "\n{}",
        explain::picture(picture, &format!("before {line}"), &format!("after {line}"))
    )
}
