//! The report of a comparison.

use crate::{Results, document, records, table};
use heaplab_inputs::LeftOut;
use heaplab_report::{Report, csv, json};
use heaplab_support::Error;

/// The results of [`measure`](crate::measure()), and the files that could not be used.
pub struct CompareReport<'a> {
    /// The measurements.
    pub results: &'a Results,
    /// The files in folders that could not be used.
    pub left_out: &'a [LeftOut],
}

impl Report for CompareReport<'_> {
    fn text(&self, width: usize) -> String {
        table::render(self.results, |grid| heaplab_report::table(grid, width))
    }

    fn markdown(&self) -> String {
        let tables = table::render(self.results, heaplab_report::markdown);
        tables + &heaplab_inputs::markdown(self.left_out)
    }

    fn csv(&self) -> Result<Vec<u8>, Error> {
        csv(records::records(self.results))
    }

    fn json(&self) -> Result<Vec<u8>, Error> {
        json(&document::document(self.results, self.left_out))
    }
}
