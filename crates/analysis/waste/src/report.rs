//! The report on where the bytes are.

use crate::{Cell, Results, account, document, records, table};
use heaplab_checks::{SHOWN_PER_HEAP, fault_paragraph, fault_place};
use heaplab_inputs::LeftOut;
use heaplab_report::{Glyphs, Report, csv, json, markdown};
use heaplab_support::Error;
use heaplab_worker::FaultReport;

/// The results of [`count_all`](crate::count_all()), and the files that could not be used.
pub struct WasteReport<'a> {
    /// The results of all heaps on all traces.
    pub results: &'a Results,
    /// Which files of folders could not be used.
    pub left_out: &'a [LeftOut],
    /// How the size of the heap over time is shown in the table; none to leave it out.
    pub sparkline: Option<Glyphs>,
}

impl Report for WasteReport<'_> {
    fn text(&self, width: usize) -> String {
        let mut sections = self.accounts(width);
        if self.results.cells.len() > 1 || self.sparkline.is_some() {
            sections.push(table::render(self.results, self.sparkline));
        }
        sections.push(self.alignment());
        sections.join("\n")
    }

    fn markdown(&self) -> String {
        let table = markdown(&table::grid(self.results, self.sparkline)) + table::EXPLAINED;
        format!("{table}\n{}{}", self.alignment(), heaplab_inputs::markdown(self.left_out))
    }

    fn csv(&self) -> Result<Vec<u8>, Error> {
        csv(records::records(self.results))
    }

    fn json(&self) -> Result<Vec<u8>, Error> {
        json(&document::document(self.results, self.left_out))
    }
}

impl WasteReport<'_> {
    /// Returns the full account of each heap on one trace.
    fn accounts(&self, width: usize) -> Vec<String> {
        let results = self.results;
        let [trace] = &results.inputs[..] else {
            return Vec::new();
        };
        let account = |cell: &Cell| {
            let waste = cell.answer.as_ref().ok()?;
            let heap = &results.heaps[cell.heap];
            Some(account::render(heap, trace, waste, width))
        };
        results.cells.iter().filter_map(account).collect()
    }

    fn alignment(&self) -> String {
        format!("payloads aligned to {} bytes\n", self.results.align_bytes)
    }
}

/// Returns what is wrong with the heaps; empty if nothing is.
pub fn told_faults(results: &Results) -> String {
    let mut text = String::new();
    for (heap, name) in results.heaps.iter().enumerate() {
        let cells = results.cells.iter().filter(|cell| cell.heap == heap);
        let faults: Vec<(&Cell, &FaultReport)> =
            cells.filter_map(|cell| Some((cell, cell.answer.as_ref().err()?))).collect();
        for (cell, fault) in faults.iter().take(SHOWN_PER_HEAP) {
            let place = fault_place(&results.inputs[cell.input].path, fault);
            text += &fault_paragraph(name, &place, fault);
        }
        if let Some(more) = faults.len().checked_sub(SHOWN_PER_HEAP + 1) {
            text += &format!(
                "\n{name} is at fault on {} more traces; `--format json` shows all\n",
                more + 1
            );
        }
    }
    text
}
