//! What is wrong with the heaps, under the results: which file, which line,
//! which operation, and what happened.

use super::options::Format;
use crate::Outcome;
use crate::commands::machine::{Machine, Repeat};
use crate::commands::print;
use anstyle::{AnsiColor, Style};
use heaplab_run::{Results, Row};
use heaplab_trace::Visible;
use heaplab_worker::FaultReport;
use std::path::Path;

const RED: Style = AnsiColor::Red.on_default().bold();
const BOLD: Style = Style::new().bold();

/// Of one heap so many faults are told; the rest would be more of the same.
const SHOWN_PER_HEAP: usize = 5;

/// Prints the faults: to standard output where people read it anyway, to
/// standard error where it is data.
///
/// # Errors
/// If standard output does not take them.
pub fn print(results: &Results, format: Format) -> Outcome {
    let text = render(results);
    match format {
        Format::Table => print::styled(&text),
        Format::Md => print::bytes(anstream::adapter::strip_str(&text).to_string().as_bytes()),
        Format::Json | Format::Csv => {
            print::remark(format_args!("{text}"));
            Ok(())
        }
    }
}

fn render(results: &Results) -> String {
    let mut text = String::new();
    for heap in &results.heaps {
        let faults = results.faults().filter(|(name, ..)| name == heap);
        let faults: Vec<(&Row, &FaultReport)> =
            faults.map(|(_, row, fault)| (row, fault)).collect();
        for (row, fault) in faults.iter().take(SHOWN_PER_HEAP) {
            if same_everywhere(&faults, fault) {
                text += &paragraph(heap, &format!("{} traces", faults.len()), fault);
                break;
            }
            text += &paragraph(heap, &place(&row.input.path, fault), fault);
        }
        if let Some((row, _)) = faults.first() {
            let machine = Machine::of(results.common);
            let closer = Repeat::command(&machine, heap, &row.input.path, None);
            text += &format!("  help: `{closer}` looks at every load and store\n");
        }
        if faults.len() > SHOWN_PER_HEAP && !same_everywhere(&faults, faults[0].1) {
            text += &format!(
                "\n{heap} is at fault on {} more traces; `--format json` tells all\n",
                faults.len() - SHOWN_PER_HEAP
            );
        }
    }
    text
}

/// Whether the fault is no operation's and the heap has it on every trace where
/// it has one, such as a struct that is too large.
fn same_everywhere(faults: &[(&Row, &FaultReport)], fault: &FaultReport) -> bool {
    faults.len() > 1 && fault.line.is_none() && faults.iter().all(|(_, other)| *other == fault)
}

/// One fault of one heap, for reading.
pub fn paragraph(heap: &str, place: &str, fault: &FaultReport) -> String {
    let FaultReport { code, message, .. } = fault;
    let operation = fault
        .operation
        .as_ref()
        .map_or(String::new(), |operation| format!(": `{operation}`"));
    format!(
        "\n{RED}fault[{code}]{RED:#}{BOLD}: {heap} on {place}{operation}{BOLD:#}\n  {message}\n"
    )
}

/// The file, and the line if there is one, as compilers write it.
pub fn place(path: &Path, fault: &FaultReport) -> String {
    let file = path.visible();
    match fault.line {
        Some(line) => format!("{file}:{line}"),
        None => file.into_owned(),
    }
}
