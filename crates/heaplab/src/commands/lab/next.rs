//! The next stage that is not finished: what to do, and what fails.

use super::memory::Memory;
use super::report::{self, Standings};
use super::with_assessor;
use crate::commands::print;
use crate::labs::{Assessor, Checked, LabFolder};
use crate::{Failure, Outcome};
use heaplab_lab::Stage;

/// Arguments of `stage`.
#[derive(clap::Args)]
pub(super) struct StageArguments {
    /// The stage's name or number
    #[arg(value_name = "STAGE")]
    stage: String,

    /// Only this check of it, from 1
    #[arg(value_name = "CHECK")]
    check: Option<usize>,
}

/// Shows the next stage.
pub(super) fn run(lab: &LabFolder) -> Outcome {
    let standings = standings(lab, Until::FirstFailure)?;
    let next = standings.first_unfinished();
    print::styled(&match next {
        None => report::all_finished(lab, &standings),
        Some((index, checks)) => {
            report::overview(lab, &standings) + &report::stage(lab, index, checks, None)?
        }
    })?;
    match next {
        None => Ok(()),
        Some(_) => Err(Failure::Heap),
    }
}

/// Shows one stage.
pub(super) fn stage(lab: &LabFolder, arguments: &StageArguments) -> Outcome {
    let index = index_of(lab, &arguments.stage)?;
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
    let checks = with_assessor(lab, |assessor| checks_of(assessor, stage, only))?;
    print::styled(&report::stage(lab, index, &checks, only)?)?;
    match checks.iter().all(|checked| checked.verdict.is_passed()) {
        true => Ok(()),
        false => Err(Failure::Heap),
    }
}

/// The stage that is meant by a name or a number from 1.
pub(super) fn index_of(lab: &LabFolder, meant: &str) -> Result<usize, Failure> {
    let stages = &lab.lab.stages;
    let by_name = stages.iter().position(|stage| stage.name == meant);
    let number = meant
        .parse::<usize>()
        .ok()
        .filter(|number| (1..=stages.len()).contains(number));
    by_name.or(number.map(|number| number - 1)).ok_or_else(|| {
        let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
        Failure::Input(format!(
            "error: there is no stage `{meant}`\nhelp: the stages are {}",
            names.join(", ")
        ))
    })
}

fn checks_of<'l>(
    assessor: &mut Assessor<'_>,
    stage: &'l Stage,
    only: Option<usize>,
) -> Result<Vec<Checked<'l>>, Failure> {
    match only {
        Some(index) => Ok(vec![assessor.check(stage, index, &stage.checks[index])?]),
        None => assessor.stage(stage),
    }
}

/// How far to look.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// To the first stage that fails.
    FirstFailure,
    /// At all of them.
    End,
}

/// Runs the stages in order, and remembers which are finished.
pub(super) fn standings(lab: &LabFolder, until: Until) -> Result<Standings<'_>, Failure> {
    let mut standings = Standings { stages: Vec::new() };
    with_assessor(lab, |assessor| {
        for stage in &lab.lab.stages {
            standings.stages.push(assessor.stage(stage)?);
            if until == Until::FirstFailure && standings.first_unfinished().is_some() {
                break;
            }
        }
        Ok(())
    })?;
    let mut memory = Memory::of(lab);
    for (stage, is_finished) in lab.lab.stages.iter().zip(standings.finished()) {
        if is_finished {
            memory.finished.insert(stage.name.clone());
        }
    }
    memory.keep(lab)?;
    Ok(standings)
}
