//! Results as tables, Markdown, CSV and JSON.
//!
//! ```text
//!   an analysis             this crate                     a front end
//!   Results --> Report -->  text(width)   a table    -->  a terminal, a file, a page
//!               Grid        markdown()
//!               records     csv()
//!               document    json()
//! ```
//!
//! An analysis says what there is, as a [`Grid`] of text, as records and as a document,
//! and implements [`Report`]; the rest is here.
#![forbid(unsafe_code)]

mod data;
mod grid;
mod markdown;
mod sparkline;
mod table;

pub use data::{csv, json};
pub use grid::{FAULT, Grid, Group, Line, NONE, figure};
pub use markdown::render as markdown;
pub use sparkline::{Glyphs, SPARKLINE_WIDTH, sparkline};
pub use table::render as table;

use heaplab_support::Error;

/// Results that can be shown.
pub trait Report {
    /// Returns the results for a terminal of this many columns, with styles.
    fn text(&self, width: usize) -> String;

    /// Returns the results as tables in Markdown.
    fn markdown(&self) -> String;

    /// Returns the results as CSV, for spreadsheets.
    ///
    /// # Errors
    /// If a record can't be written.
    fn csv(&self) -> Result<Vec<u8>, Error>;

    /// Returns the results as JSON, for programs: a document with a schema.
    ///
    /// # Errors
    /// If it can't be written as JSON.
    fn json(&self) -> Result<Vec<u8>, Error>;
}
