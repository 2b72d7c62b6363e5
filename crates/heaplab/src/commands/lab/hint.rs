//! `hint`: help in steps: a question, a pointer to the chapter, the shape of the answer.

use super::assessing::with_assessor;
use crate::Outcome;
use crate::commands::print;
use anstyle::Style;
use heaplab_assess::{LabFolder, Memory, StageProgress, Until, stage_index};

/// Arguments of `hint`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The stage's name or number [default: the next unfinished one]
    #[arg(value_name = "STAGE")]
    stage: Option<String>,
}

/// Gives one more hint.
pub(super) fn run(lab: &LabFolder, arguments: &Arguments) -> Outcome {
    let index = match &arguments.stage {
        Some(meant) => Some(stage_index(lab, meant)?),
        None => {
            let until = Until::FirstFailure;
            let progress = with_assessor(lab, |assessor| StageProgress::run(lab, assessor, until))?;
            progress.first_unfinished().map(|(index, _)| index)
        }
    };
    let Some(index) = index else {
        return print::styled("All stages are finished: there are no more hints.\n");
    };
    let stage = &lab.lab.stages[index];
    let mut memory = Memory::of(lab);
    let given = memory.hints.entry(stage.name.clone()).or_default();
    *given = (*given + 1).min(stage.hints.len());
    let (bold, shown) = (Style::new().bold(), *given);
    memory.keep(lab)?;
    let mut text = format!("{bold}{}: {}{bold:#}\n", stage.name, stage.title);
    for (number, hint) in stage.hints[..shown].iter().enumerate() {
        text += &format!("\n  {}. ", number + 1);
        text += &hint.trim().replace('\n', "\n     ");
        text += "\n";
    }
    text += &match (shown, stage.hints.len()) {
        (_, 0) => "\n  this stage has no hints\n".to_owned(),
        (shown, all) if shown == all => "\n  these are all hints for this stage\n".to_owned(),
        (shown, all) => format!("\n  {} more: run the same command again\n", all - shown),
    };
    print::styled(&text)
}
