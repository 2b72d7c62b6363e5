//! The report of the rounds.

use super::rounds::Results;
use super::{data, picture, table};
use heaplab_report::{Report, csv, json};
use heaplab_support::Error;

impl Results {
    /// Returns the results as a picture, as SVG.
    ///
    /// # Errors
    /// If there is nothing to draw.
    pub fn svg(&self) -> Result<String, Error> {
        picture::draw(self)
    }
}

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
