//! The results of a run, as a report.

use crate::{Results, Summary, document, grid, records};
use heaplab_inputs::LeftOut;
use heaplab_report::{Report, json, markdown, table};
use heaplab_support::Error;

/// The results of [`measure`](crate::measure()), their means, and the files that could not
/// be used.
pub struct RunReport<'a> {
    /// The results of all heaps on all traces.
    pub results: &'a Results,
    /// The means.
    pub summary: &'a Summary,
    /// Which files of folders could not be used.
    pub left_out: &'a [LeftOut],
}

impl Report for RunReport<'_> {
    fn text(&self, width: usize) -> String {
        let results = self.results;
        let mut text = table(&grid::grid(results, self.summary), width) + &self.no_means();
        let align_bytes = results.common.align_bytes;
        text += &format!("\npayloads aligned to {align_bytes} bytes\n");
        if let Some(rule) = self.summary.rule.as_ref().filter(|_| results.timed) {
            text += &format!("score {}\n", rule.describe());
        }
        text
    }

    fn markdown(&self) -> String {
        let grid = grid::grid(self.results, self.summary);
        markdown(&grid) + &self.no_means() + &heaplab_inputs::markdown(self.left_out)
    }

    fn csv(&self) -> Result<Vec<u8>, Error> {
        records::lines(self.results)
    }

    fn json(&self) -> Result<Vec<u8>, Error> {
        json(&document::document(self.results, self.summary, self.left_out))
    }
}

impl RunReport<'_> {
    /// Returns why there are no means, if there are none.
    fn no_means(&self) -> String {
        let why = self.results.why_no_means();
        why.map_or(String::new(), |why| format!("\n{why}\n"))
    }
}
