//! The report of a split comparison.

use super::{Results, data, table};
use heaplab_inputs::LeftOut;
use heaplab_report::{Report, csv, json};
use heaplab_support::Error;

/// The results of [`measure`](super::measure), and the files that could not be used.
pub struct SplitReport<'a> {
    /// The measurements.
    pub results: &'a Results,
    /// The files in folders that could not be used.
    pub left_out: &'a [LeftOut],
}

impl Report for SplitReport<'_> {
    fn text(&self, width: usize) -> String {
        table::render(self.results, width)
    }

    fn markdown(&self) -> String {
        table::render_markdown(self.results) + &heaplab_inputs::markdown(self.left_out)
    }

    fn csv(&self) -> Result<Vec<u8>, Error> {
        csv(data::records(self.results))
    }

    fn json(&self) -> Result<Vec<u8>, Error> {
        json(&data::document(self.results, self.left_out))
    }
}
