//! The report of the rounds.

use super::rounds::Results;
use super::{data, table};
use heaplab_report::{Report, csv, json};
use heaplab_support::Error;

impl Report for Results {
    fn text(&self, width: usize) -> String {
        table::render(self, width)
    }

    fn markdown(&self) -> String {
        table::render_markdown(self)
    }

    fn csv(&self) -> Result<Vec<u8>, Error> {
        csv(data::records(self))
    }

    fn json(&self) -> Result<Vec<u8>, Error> {
        json(&data::document(self))
    }
}
