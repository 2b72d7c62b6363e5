//! Gradebooks: whose the records of a class are, what late days and a person's decision change,
//! and the tables that platforms import.
//!
//! ```text
//!  records, roster --> matching      whose is which
//!  times, policy   --> late     \
//!  adjustments     --> adjust    --> book --> sheets     plain, Canvas, Moodle, ...
//! ```
//!
//! | task | start at |
//! |---|---|
//! | read a table as spreadsheets write it | [`Table::read`] |
//! | read who the students are | [`Roster::read`] |
//! | read what lateness costs, and when submissions were handed in | [`Policy::read`], [`Times`] |
//! | read adjustments by hand | [`Adjustments::of_table`], [`Adjustments::of_toml`] |
//! | the same from files | [`read_records`], [`read_roster`], [`read_policy`], [`add_times`] |
//! | compute the grades | [`Book::new`] |
//! | make what a platform imports | [`sheets`] |
//!
//! A record is never changed: it says what a submission earned, and a gradebook what is made of
//! that. Nothing is dropped silently. Students without a submission and submissions without a
//! student are named, and where two students fit, the error names both.
#![forbid(unsafe_code)]

mod adjust;
mod book;
#[cfg(test)]
mod examples;
mod files;
mod finder;
mod late;
mod matching;
mod names;
mod roster;
pub mod sheets;
mod table;
mod times;
mod used;

pub use adjust::{Adjusted, Adjustments, Effect};
pub use book::{Attempts, Book, Grade, Row, Rules};
pub use files::{
    add_times, adjustments_beside, read_adjustments, read_policy, read_records, read_roster,
    read_table,
};
pub use finder::{Finder, Who};
pub use late::{Extension, Lateness, Penalty, Policy, Used, When, days_late, parse_time};
pub use matching::{Matching, Stranger, match_records};
pub use roster::{Id, Kind, Roster, Student};
pub use table::{Dialect, Table};
pub use times::{Times, commit_time};
pub use used::UsedBefore;
