//! `run`: the traces, compared with the reference and the C library, and the score.

use super::assessing::with_assessor;
use crate::commands::progress::Terminal;
use crate::commands::{print, run, through_cargo};
use crate::{Failure, Outcome};
use anstyle::Style;
use clap::Parser;
use heaplab_assess::{Graded, GradedTrace, LabFolder, MINE, Memory, grade_heap, graded_traces};
use heaplab_grade::{Points, Stage};
use heaplab_worker::Heaps;
use std::fs;

/// Arguments of `run`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Shows no speeds: all other results are the same on every machine
    #[arg(long)]
    no_timing: bool,

    /// Shows only the score
    #[arg(long)]
    score: bool,
}

/// `run`'s own command line, to be parsed from words.
#[derive(Parser)]
struct Table {
    #[command(flatten)]
    arguments: run::Arguments,
}

/// Shows the table, then the score.
pub(super) fn run(heaps: &Heaps, lab: &LabFolder, arguments: &Arguments) -> Outcome {
    let times = !arguments.no_timing && !arguments.score;
    if times && cfg!(debug_assertions) {
        print::remark(format_args!(
            "speeds are measured with an optimized program; building it takes minutes the first time\n"
        ));
        return through_cargo::run_lab(lab, &["--profile", "speed"], &["run"]);
    }
    let shown =
        if arguments.score { Ok(()) } else { run::run(heaps, &table(heaps, lab, arguments)?) };
    if let Err(Failure::Input(message)) = shown {
        return Err(Failure::Input(message));
    }
    let traces = graded_traces(lab, &*Terminal::listener())?;
    let traces: Vec<GradedTrace> = traces.into_iter().map(GradedTrace::known).collect();
    let graded = with_assessor(lab, |assessor| grade_heap(&lab.lab, assessor, &traces, None))?;
    note(lab, &graded)?;
    print::styled(&score(lab, &graded)?)?;
    shown
}

/// Returns the arguments of `heaplab run` for the table.
fn table(heaps: &Heaps, lab: &LabFolder, arguments: &Arguments) -> Result<run::Arguments, Failure> {
    let grade = &lab.lab.grade;
    let reference = lab.lab.solution.as_ref().unwrap_or(&lab.lab.reference);
    let with_words = |heap: &str| {
        if grade.words.is_empty() { heap.to_owned() } else { format!("{heap}:{}", grade.words) }
    };
    // The score that counts comes after the table.
    let mut words = ["run", "--score", "none", "--heap"].map(str::to_owned).to_vec();
    words.push(with_words(MINE));
    // A heap that is not part of the program can't have a column.
    if heaps.entries().iter().any(|entry| entry.name == reference) {
        let words_of_reference = match lab.lab.solution {
            None => with_words(reference),
            Some(_) => reference.clone(),
        };
        words.extend(["--heap".to_owned(), words_of_reference]);
    }
    for path in &grade.traces {
        let path = lab.workspace().traces().join(path);
        words.extend(["--trace".to_owned(), lab.workspace().shown(&path).display().to_string()]);
    }
    words.extend(["--align".to_owned(), grade.align.to_string()]);
    if arguments.no_timing {
        words.push("--no-timing".to_owned());
    }
    let table = Table::try_parse_from(words).map_err(Failure::input)?;
    Ok(table.arguments)
}

/// Adds the score to the history.
fn note(lab: &LabFolder, graded: &Graded) -> Outcome {
    let mut memory = Memory::of(lab);
    let is_finished = |stage: &&Stage| stage.checks.iter().all(|check| check.passed);
    let stages = graded.stages.iter().take_while(is_finished).count();
    memory.note(stages, Some(graded.points()));
    Ok(memory.keep(lab)?)
}

/// Returns the score, part by part.
fn score(lab: &LabFolder, graded: &Graded) -> Result<String, Failure> {
    let bold = Style::new().bold();
    let mut rows: Vec<(String, String, Points, Points)> = Vec::new();
    for stage in &graded.stages {
        let passed = stage.checks.iter().filter(|check| check.passed).count();
        let remark = format!("{passed} of {} checks", stage.checks.len());
        rows.push((stage.name.clone(), remark, stage.points, stage.max_points));
    }
    for measure in &graded.measures {
        let remark = match (measure.value, &measure.remark) {
            (Some(value), _) => {
                format!("{value:.4}; {} earns nothing, {} earns all", measure.none, measure.full)
            }
            (None, Some(remark)) => remark.clone(),
            (None, None) => String::new(),
        };
        rows.push((measure.name.clone(), remark, measure.points, measure.max_points));
    }
    let width = rows.iter().map(|(name, ..)| name.len()).max().unwrap_or(0).max(5);
    let mut text = format!("\n{bold}The score, as it is graded{bold:#}\n\n");
    let mut all = Points::ZERO;
    for (name, remark, earned, most) in rows {
        text += &format!(
            "  {name:<width$}  {:>6} of {:>6}  {remark}\n",
            earned.to_string(),
            most.to_string()
        );
        all += most;
    }
    let points = graded.points();
    text += &format!(
        "  {bold}{:<width$}  {:>6} of {:>6}{bold:#}\n",
        "total",
        points.to_string(),
        all.to_string()
    );
    let source = fs::read_to_string(lab.source_path()).map_err(Failure::input)?;
    let findings = heaplab_lab::scan(&source);
    if !findings.is_empty() {
        text += "\nThe grader would refuse this source:\n";
    }
    for finding in findings {
        text += &format!(
            "  {}:{}:{}: `{}`: {}\n",
            lab.shown_source(),
            finding.line,
            finding.column,
            finding.what,
            finding.why
        );
    }
    let given = fs::read_to_string(lab.given_path()).map_err(Failure::input)?;
    if given != lab.given()? {
        text += "\nsrc/given.rs was changed: your heap is graded with the lab's own copy.\n";
        text += &format!(
            "`cargo run -- starter {0} --given -o labs/{0}/src/given.rs` restores the file.\n",
            lab.lab.name
        );
    }
    Ok(text)
}
