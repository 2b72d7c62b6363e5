//! Results as cells of text, whatever they are then put into.

/// A table: for each group (a heap, the C library) the same few columns.
pub struct Grid {
    /// What the first columns say about a row.
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
    /// Stands above them.
    pub title: String,
    /// Their names.
    pub columns: Vec<String>,
}

impl Group {
    /// Columns of these names.
    pub fn new(title: impl Into<String>, columns: &[&str]) -> Group {
        Group {
            title: title.into(),
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
        }
    }
}

/// One row: its labels, and for each group its cells.
pub struct Line {
    /// What the first columns say.
    pub labels: Vec<String>,
    /// The figures.
    pub cells: Vec<Vec<String>>,
}

/// What stands where there is no figure.
pub const NONE: &str = "-";

/// A row with a fault: it has no figures.
pub const FAULT: &str = "FAULT";

/// A figure, if there is one.
pub fn figure(value: Option<f64>, decimals: usize) -> String {
    match value {
        Some(value) => format!("{value:.decimals$}"),
        None => NONE.to_owned(),
    }
}
