//! `next`: the next stage that is not finished: what to do, and what fails.

use super::assessing::with_assessor;
use super::report::{self, Length};
use crate::commands::print;
use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use heaplab_assess::{
    Assessor, Checked, LabFolder, MINE, Memory, StageProgress, Until, stage_index,
};
use heaplab_lab::Stage;
use heaplab_support::Error;
use heaplab_worker::Heaps;

/// Arguments of `stage`.
#[derive(clap::Args)]
pub(super) struct StageArguments {
    /// The stage's name or number
    #[arg(value_name = "STAGE")]
    stage: String,

    /// The number of one check of the stage, from 1 [default: all checks]
    #[arg(value_name = "CHECK")]
    check: Option<usize>,

    /// Runs the heap in this process, without time limits: for a debugger
    #[arg(long)]
    in_process: bool,
}

/// Arguments of `next`.
#[derive(clap::Args, Default)]
pub(super) struct Arguments {
    /// Leaves out the list of stages, and the text of a stage that was shown before
    #[arg(long)]
    brief: bool,
}

/// Shows the next stage.
pub(super) fn run(lab: &LabFolder, arguments: &Arguments) -> Outcome {
    let until = Until::FirstFailure;
    let progress = with_assessor(lab, |assessor| StageProgress::run(lab, assessor, until))?;
    let next = progress.first_unfinished();
    let text = match next {
        None => report::all_finished(lab, &progress),
        Some((index, checks)) => {
            let is_known = was_shown(lab, index)? && arguments.brief;
            let overview = if is_known { String::new() } else { report::overview(lab, &progress) };
            let length = if is_known { Length::Brief } else { Length::Full };
            overview + &report::stage(lab, index, checks, None, length)?
        }
    };
    print::styled(&(report::news(&progress) + &text))?;
    match next {
        None => Ok(()),
        Some(_) => Err(Failure::Heap),
    }
}

/// Returns whether this stage was the last one shown; from now on it is.
fn was_shown(lab: &LabFolder, index: usize) -> Result<bool, Error> {
    let mut memory = Memory::of(lab);
    let name = Some(lab.lab.stages[index].name.clone());
    let was_shown = memory.shown == name;
    memory.shown = name;
    memory.keep(lab)?;
    Ok(was_shown)
}

/// Shows one stage.
pub(super) fn stage(heaps: &Heaps, lab: &LabFolder, arguments: &StageArguments) -> Outcome {
    let index = stage_index(lab, &arguments.stage)?;
    let stage = &lab.lab.stages[index];
    let only = match arguments.check {
        Some(number) if number == 0 || number > stage.checks.len() => {
            return Err(Failure::Input(format!(
                "error: the stage `{}` has the checks 1 to {}",
                stage.name,
                stage.checks.len()
            )));
        }
        number => number.map(|number| number - 1),
    };
    let run = |assessor: &mut Assessor<'_>| checks_of(assessor, stage, only);
    let checks = if arguments.in_process {
        let traces = lab.workspace().traces();
        run(&mut Assessor::here(MINE, &traces, heaps, &*Terminal::listener()))?
    } else {
        with_assessor(lab, run)?
    };
    print::styled(&report::stage(lab, index, &checks, only, Length::Full)?)?;
    if checks.iter().all(|checked| checked.verdict.is_passed()) {
        Ok(())
    } else {
        Err(Failure::Heap)
    }
}

fn checks_of<'l>(
    assessor: &mut Assessor<'_>,
    stage: &'l Stage,
    only: Option<usize>,
) -> Result<Vec<Checked<'l>>, Error> {
    match only {
        Some(index) => Ok(vec![assessor.check(stage, index, &stage.checks[index])?]),
        None => assessor.stage(stage),
    }
}
