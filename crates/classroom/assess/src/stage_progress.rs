//! Which stages of a lab are finished.

use crate::{Assessor, Checked, LabFolder, Memory};
use heaplab_lab::Stage;
use heaplab_support::Error;

/// The stages that were run, each with its checks.
pub struct StageProgress<'l> {
    /// In the lab's order, from the first.
    pub stages: Vec<Vec<Checked<'l>>>,
    /// The stages that are finished for the first time.
    pub news: Vec<&'l Stage>,
}

/// Where to stop.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// At the first stage that fails.
    FirstFailure,
    /// After all stages.
    End,
}

impl<'l> StageProgress<'l> {
    /// Runs the stages in order, and remembers which are finished.
    ///
    /// # Errors
    /// If a trace of the lab can't be read, no worker can
    /// be started, or the progress can't be written.
    pub fn run(
        lab: &'l LabFolder,
        assessor: &mut Assessor<'_>,
        until: Until,
    ) -> Result<StageProgress<'l>, Error> {
        let mut progress = StageProgress { stages: Vec::new(), news: Vec::new() };
        for stage in &lab.lab.stages {
            progress.stages.push(assessor.stage(stage)?);
            if until == Until::FirstFailure && progress.first_unfinished().is_some() {
                break;
            }
        }
        let (mut memory, mut news) = (Memory::of(lab), Vec::new());
        for (stage, is_finished) in lab.lab.stages.iter().zip(progress.finished()) {
            if is_finished && memory.finished.insert(stage.name.clone()) {
                news.push(stage);
            }
        }
        memory.note(progress.finished().take_while(|&is_finished| is_finished).count(), None);
        memory.keep(lab)?;
        progress.news = news;
        Ok(progress)
    }

    /// Returns for each stage that was run whether all its checks pass.
    pub fn finished(&self) -> impl Iterator<Item = bool> + '_ {
        self.stages.iter().map(|checks| checks.iter().all(|checked| checked.verdict.is_passed()))
    }

    /// Returns the first stage that is not finished.
    pub fn first_unfinished(&self) -> Option<(usize, &[Checked<'l>])> {
        let index = self.finished().position(|is_finished| !is_finished)?;
        Some((index, &self.stages[index]))
    }
}

/// Returns the index of the stage with this name, or this number from 1.
///
/// # Errors
/// If the lab has none.
pub fn stage_index(lab: &LabFolder, meant: &str) -> Result<usize, Error> {
    let stages = &lab.lab.stages;
    let by_name = stages.iter().position(|stage| stage.name == meant);
    let number = meant.parse::<usize>().ok().filter(|number| (1..=stages.len()).contains(number));
    by_name.or(number.map(|number| number - 1)).ok_or_else(|| {
        let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
        Error::new(format!(
            "error: there is no stage `{meant}`\nhelp: the stages are {}",
            names.join(", ")
        ))
    })
}
