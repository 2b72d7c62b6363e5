//! The results as a report of what operations cost.

mod document;
mod entry;
mod records;
mod table;

pub(crate) use entry::{CostEntry, csv_fields, csv_names};

use crate::Results;
use heaplab_cost::Geometry;
use heaplab_inputs::LeftOut;
use heaplab_report::{Report, csv, json, markdown};
use heaplab_support::Error;

/// The costs in the results of [`check_all`](crate::check_all), which has counted them.
pub struct CostReport<'a> {
    /// The results of all runs.
    pub results: &'a Results,
    /// The simulated cache, if there was one.
    pub cache: Option<Geometry>,
    /// The simulated translation lookaside buffer, if there was one.
    pub tlb: Option<Geometry>,
    /// Which files of folders could not be used.
    pub left_out: &'a [LeftOut],
}

impl Report for CostReport<'_> {
    fn text(&self, width: usize) -> String {
        let grid = table::grid(self.results);
        heaplab_report::table(&grid, width) + &self.remarks()
    }

    fn markdown(&self) -> String {
        let left_out = heaplab_inputs::markdown(self.left_out);
        markdown(&table::grid(self.results)) + &self.remarks() + &left_out
    }

    fn csv(&self) -> Result<Vec<u8>, Error> {
        csv(records::records(self.results))
    }

    fn json(&self) -> Result<Vec<u8>, Error> {
        let (cache, tlb) = (self.cache, self.tlb);
        json(&document::document(self.results, cache, tlb, self.left_out))
    }
}

impl CostReport<'_> {
    fn remarks(&self) -> String {
        table::remarks(self.results, self.cache, self.tlb)
    }
}
