//! Results as cells of text, for every format of text.

/// A table: for each group (a heap, the C library) the same few columns.
pub struct Grid {
    /// The titles of the first columns, which label a row.
    pub labels: Vec<&'static str>,
    /// The heaps or the like.
    pub groups: Vec<Group>,
    /// A row for each trace or the like.
    pub rows: Vec<Line>,
    /// Means and other sums.
    pub footer: Vec<Line>,
}

/// Columns that belong together.
pub struct Group {
    /// The title above the columns.
    pub title: String,
    /// The names of the columns.
    pub columns: Vec<String>,
}

impl Group {
    /// Returns a group of columns with these names.
    pub fn new(title: impl Into<String>, columns: &[&str]) -> Group {
        Group {
            title: title.into(),
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
        }
    }
}

/// One row: its labels, and for each group its cells.
pub struct Line {
    /// The texts of the first columns.
    pub labels: Vec<String>,
    /// The figures.
    pub cells: Vec<Vec<String>>,
}

/// The text in place of a missing figure.
pub const NONE: &str = "-";

/// The text in a row with a fault, which has no figures.
pub const FAULT: &str = "FAULT";

/// Returns a figure as text, or [`NONE`] without one.
pub fn figure(value: Option<f64>, decimals: usize) -> String {
    match value {
        Some(value) => format!("{value:.decimals$}"),
        None => NONE.to_owned(),
    }
}
