//! A heap's fault as text for people.

use anstyle::{AnsiColor, Style};
use heaplab_support::explain_command;
use heaplab_trace::Visible;
use heaplab_worker::FaultReport;
use std::path::Path;

const RED: Style = AnsiColor::Red.on_default().bold();
const BOLD: Style = Style::new().bold();

/// At most this many faults of one heap are shown; the rest would be more of the same.
pub const SHOWN_PER_HEAP: usize = 5;

/// Returns one fault of one heap as text.
pub fn fault_paragraph(heap: &str, place: &str, fault: &FaultReport) -> String {
    let FaultReport { code, message, .. } = fault;
    let operation =
        fault.operation.as_ref().map_or(String::new(), |operation| format!(": `{operation}`"));
    format!(
        "\n{RED}fault[{code}]{RED:#}{BOLD}: {heap} on {place}{operation}{BOLD:#}\n  {message}\n  \
         {BOLD}more:{BOLD:#} {}\n",
        explain_command(code)
    )
}

/// Returns the file, and the line if there is one, as compilers write it.
pub fn fault_place(path: &Path, fault: &FaultReport) -> String {
    let file = path.visible();
    match fault.line {
        Some(line) => format!("{file}:{line}"),
        None => file.into_owned(),
    }
}
