//! The report on bounds.

use crate::{Results, document, grid, records};
use heaplab_inputs::LeftOut;
use heaplab_report::{Report, csv, json, markdown, table};
use heaplab_support::Error;

/// The results of [`bound_all`](crate::bound_all()), and the files that could not be used.
pub struct BoundReport<'a> {
    /// The bounds, and the heaps.
    pub results: &'a Results,
    /// Which files of folders could not be used.
    pub left_out: &'a [LeftOut],
}

const EXPLAINED: &str = "
ceiling: no heap with such blocks does better, whatever it knows of the future
packed: a heap that knows the whole trace; the best of three orders of placing blocks
";

impl Report for BoundReport<'_> {
    fn text(&self, width: usize) -> String {
        table(&grid::grid(self.results), width) + &self.remarks()
    }

    fn markdown(&self) -> String {
        let table = markdown(&grid::grid(self.results));
        table + &self.remarks() + &heaplab_inputs::markdown(self.left_out)
    }

    fn csv(&self) -> Result<Vec<u8>, Error> {
        csv(records::records(self.results))
    }

    fn json(&self) -> Result<Vec<u8>, Error> {
        json(&document::document(self.results, self.left_out))
    }
}

impl BoundReport<'_> {
    fn remarks(&self) -> String {
        let bounds = &self.results.bounds;
        let is_packed = |bound: &crate::Bound| bound.packed_bytes.is_some();
        let unpacked = bounds
            .iter()
            .any(|bounds| !is_packed(&bounds.without_headers) || !is_packed(&bounds.with_headers));
        let unpacked = if unpacked { UNPACKED } else { "" };
        let align_bytes = self.results.run.common.align_bytes;
        format!("{EXPLAINED}{unpacked}payloads aligned to {align_bytes} bytes\n")
    }
}

const UNPACKED: &str = "a trace without this figure has too many live blocks to pack\n";
