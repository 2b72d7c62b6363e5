//! Sections of two allocators beside each other.
//!
//! 1. [`Source`] is a side, and the sections in it: what is between the lines `// ANCHOR: name`
//!    and `// ANCHOR_END: name`. Without sections, functions of the same name are compared.
//! 2. [`compare`] decides which lines are beside each other, and what changed in them (`align`).
//! 3. [`columns`], [`unified`] or [`html`] renders it; the first two with colours for a terminal.
#![forbid(unsafe_code)]

pub mod align;
pub mod columns;
pub mod html;
mod source;
pub mod unified;

use align::{Kind, Line, Row, align};
use heaplab_support::{Error, did_you_mean};
pub use source::Source;
use source::{By, Excerpt};

/// Order of the sections that the allocators share: the calls of the contract, and their helpers.
const PLAN: [&str; 11] = [
    "malloc", "free", "realloc", "memalign", "find_fit", "place", "split", "coalesce", "grow",
    "link", "unlink",
];

/// One section, side by side.
pub struct Comparison {
    /// The section's name.
    pub section: String,
    /// The left side.
    pub left: Side,
    /// The right side.
    pub right: Side,
    /// Their lines, beside each other.
    pub rows: Vec<Row>,
}

/// One side of a section.
pub struct Side {
    /// Its name on the command line.
    pub name: String,
    /// The file with the section, or why the side lacks the section.
    pub place: Result<String, String>,
}

impl Comparison {
    /// Returns whether both sides have the same lines.
    pub fn is_same(&self) -> bool {
        self.rows.iter().all(|row| row.kind == Kind::Same)
    }
}

/// Returns the names of the sections to show: those asked for; if none are, all
/// of both sides in the order of the contract's calls, and then each side's own.
///
/// # Errors
/// If neither side has a section that is asked for, or markers do not pair up.
pub fn section_names(
    left: &Source,
    right: &Source,
    asked: &[String],
) -> Result<Vec<String>, Error> {
    if asked.is_empty() { in_plan_order(left, right) } else { known(asked, left, right) }
}

/// Returns all sections of both sides: those of the plan, and then each side's own.
fn in_plan_order(left: &Source, right: &Source) -> Result<Vec<String>, Error> {
    let by = By::of(left, right);
    let mut names = left.shown_names(by)?;
    for name in right.shown_names(by)? {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let place = |name: &String| PLAN.iter().position(|planned| planned == name);
    names.sort_by_key(|name| place(name).unwrap_or(PLAN.len()));
    Ok(names)
}

/// Returns the sections that were asked for; each is on at least one side.
fn known(asked: &[String], left: &Source, right: &Source) -> Result<Vec<String>, Error> {
    let mut known: Vec<String> = Vec::new();
    let by = By::of(left, right);
    for (name, _) in left.all(by)?.into_iter().chain(right.all(by)?) {
        if !known.contains(&name) {
            known.push(name);
        }
    }
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    match asked.iter().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Error::new(format!(
            "error: neither {} nor {} has a section `{name}`{}\nhelp: the sections are {}",
            left.name,
            right.name,
            did_you_mean(name, &known),
            known.join(", ")
        ))),
        None => Ok(asked.to_vec()),
    }
}

/// Compares a section of two sources, line by line.
pub fn compare(section: &str, left: &Source, right: &Source) -> Comparison {
    let by = By::of(left, right);
    let side = |source: &Source| -> (Side, Vec<Line>) {
        let name = source.name.clone();
        match source.excerpt(section, by) {
            Some(Excerpt { path, lines }) => {
                let place = Ok(path);
                (Side { name, place }, lines)
            }
            None => {
                let place = Err(source.why_no_section(section));
                (Side { name, place }, Vec::new())
            }
        }
    };
    let ((left, left_lines), (right, right_lines)) = (side(left), side(right));
    Comparison { section: section.to_owned(), left, right, rows: align(&left_lines, &right_lines) }
}
