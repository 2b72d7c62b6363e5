//! `list`: all stages, and which of them are finished.

use super::assessing::with_assessor;
use super::report;
use crate::Outcome;
use crate::commands::print;
use heaplab_assess::{LabFolder, StageProgress, Until};

/// Shows the stages.
pub(super) fn run(lab: &LabFolder) -> Outcome {
    let progress = with_assessor(lab, |assessor| StageProgress::run(lab, assessor, Until::End))?;
    print::styled(&report::overview(lab, &progress))
}
