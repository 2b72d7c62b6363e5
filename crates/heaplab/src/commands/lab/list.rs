//! All stages, and which are finished.

use super::next::{Until, standings};
use super::report;
use crate::Outcome;
use crate::commands::print;
use crate::labs::LabFolder;

/// Shows the stages.
pub(super) fn run(lab: &LabFolder) -> Outcome {
    let standings = standings(lab, Until::End)?;
    print::styled(&report::overview(lab, &standings))
}
