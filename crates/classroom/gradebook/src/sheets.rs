//! A gradebook in the form that a platform imports.
//!
//! | format | made of | what the platform reads |
//! |---|---|---|
//! | [`plain`] | the roster | everything, for people and spreadsheets |
//! | [`canvas`] | Canvas's own export | `Student` to `Section`, and the assignment's column |
//! | [`moodle`] | the assignment's grading worksheet | `Identifier`, `Grade`, `Feedback comments` |
//! | [`gradescope`] | the roster, or Gradescope's own table of scores | nothing: it imports no scores |
//! | [`blackboard`] | Blackboard's own table | `Username`, and the column with its number |
//! | [`brightspace`] | the roster, or Brightspace's own table | `OrgDefinedId`, `Username`, `Item Points Grade` |
//! | [`autolab`] | the roster | an address, and the score of each problem |
//!
//! A platform's own table is filled in, because only the platform knows its numbers.

mod autolab;
mod blackboard;
mod brightspace;
mod canvas;
mod gradescope;
mod moodle;
mod plain;
mod template;

pub use autolab::autolab;
pub use blackboard::blackboard;
pub use brightspace::brightspace;
pub use canvas::canvas;
pub use gradescope::gradescope;
pub use moodle::moodle;
pub use plain::plain;

use heaplab_grade::Points;

/// A table to import, and what the instructor should know of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The table.
    pub text: String,
    /// A line each: students without a submission, submissions without a student, and what was
    /// not filled in.
    pub remarks: Vec<String>,
}

/// How a platform's table is filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filling {
    /// The assignment's column; `None` for the only one.
    pub column: Option<String>,
    /// Points for students without a submission; `None` to leave what the table has.
    pub missing: Option<Points>,
    /// Whether points are scaled to the platform's maximum.
    pub scale: bool,
}
