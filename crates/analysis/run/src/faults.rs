//! The faults of the heaps, below the results: which file, which line, which operation, and what
//! happened.

use crate::{Results, Row};
use heaplab_checks::{SHOWN_PER_HEAP, fault_paragraph, fault_place};
use heaplab_worker::FaultReport;
use std::path::Path;

/// Returns the faults as text; `again` returns the command that checks a heap on a trace.
pub fn told_faults(results: &Results, again: impl Fn(&str, &Path) -> String) -> String {
    let mut text = String::new();
    for heap in &results.heaps {
        let faults = results.faults().filter(|(name, ..)| name == heap);
        let faults: Vec<(&Row, &FaultReport)> =
            faults.map(|(_, row, fault)| (row, fault)).collect();
        for (row, fault) in faults.iter().take(SHOWN_PER_HEAP) {
            if same_everywhere(&faults, fault) {
                text += &fault_paragraph(heap, &format!("{} traces", faults.len()), fault);
                break;
            }
            text += &fault_paragraph(heap, &fault_place(&row.input.path, fault), fault);
        }
        if let Some((row, _)) = faults.first() {
            let closer = again(heap, &row.input.path);
            text += &format!("  help: `{closer}` looks at every load and store\n");
        }
        if faults.len() > SHOWN_PER_HEAP && !same_everywhere(&faults, faults[0].1) {
            text += &format!(
                "\n{heap} is at fault on {} more traces; `--format json` shows all\n",
                faults.len() - SHOWN_PER_HEAP
            );
        }
    }
    text
}

/// Returns whether the fault has no operation and is the heap's fault on every trace where it has
/// one, such as a struct that is too large.
fn same_everywhere(faults: &[(&Row, &FaultReport)], fault: &FaultReport) -> bool {
    faults.len() > 1 && fault.line.is_none() && faults.iter().all(|(_, other)| *other == fault)
}
