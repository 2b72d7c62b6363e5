//! The texts that a student reads.

use crate::Failure;
use crate::commands::machine::{Machine, Repeat};
use crate::commands::print;
use crate::commands::wrap::indented;
use anstyle::{AnsiColor, Style};
use heaplab_assess::{Checked, LabFolder, MINE, Memory, StageProgress, Verdict, text_of};
use heaplab_checks::{Diagnosis, explain_alone};
use heaplab_inputs::Input;
use heaplab_lab::{Check, Mismatch, Stage};
use heaplab_support::explain_command;
use heaplab_trace::Visible;
use std::fs;
use std::path::PathBuf;

const BOLD: Style = Style::new().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// Returns the lab's name, and a line for each stage.
pub(super) fn overview(lab: &LabFolder, progress: &StageProgress<'_>) -> String {
    let stages = &lab.lab.stages;
    let finished: Vec<bool> = progress.finished().collect();
    let count = finished.iter().filter(|&&is_finished| is_finished).count();
    let memory = Memory::of(lab);
    let mut text = format!(
        "{BOLD}Lab {}: {}{BOLD:#}  {count} of {} stages\n\n",
        lab.lab.name,
        lab.lab.title,
        stages.len()
    );
    let width = stages.iter().map(|stage| stage.name.len()).max().unwrap_or(0);
    let next = finished.iter().position(|&is_finished| !is_finished);
    for (index, stage) in stages.iter().enumerate() {
        let mark = match finished.get(index) {
            Some(true) => format!("{GREEN}✓{GREEN:#}"),
            Some(false) if next == Some(index) => format!("{RED}>{RED:#}"),
            Some(false) => format!("{RED}✗{RED:#}"),
            None => " ".to_owned(),
        };
        let again = match finished.get(index) {
            Some(false) if memory.finished.contains(&stage.name) => "  (was finished earlier)",
            _ => "",
        };
        text += &format!(
            "  {mark} {:<width$}  {}{DIM}  {}{DIM:#}{again}\n",
            stage.name,
            stage.title,
            points(stage)
        );
    }
    text
}

/// Returns what was learned in the stages that are finished for the first time.
pub(super) fn news(progress: &StageProgress<'_>) -> String {
    let news = progress.news.iter().filter(|stage| !stage.learned.is_empty());
    let learned = |stage: &&Stage| {
        let lines = indented(stage.learned.trim(), print::width());
        format!("{GREEN}{} is finished.{GREEN:#}  {}\n{lines}\n", stage.name, stage.chapter)
    };
    news.map(learned).collect()
}

fn points(stage: &Stage) -> String {
    match stage.points {
        1 => "1 point".to_owned(),
        points => format!("{points} points"),
    }
}

/// Returns the text for a lab with all stages finished.
pub(super) fn all_finished(lab: &LabFolder, progress: &StageProgress<'_>) -> String {
    format!(
        "{}\n{GREEN}All stages are finished.{GREEN:#} The score, and the traces beside the reference and the C library:\n\n  {}\n",
        overview(lab, progress),
        command_of(lab, "run")
    )
}

/// How much of a stage is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// All.
    Full,
    /// Not what to do.
    Brief,
}

/// Returns the text for one stage: what to do, its checks, and details of the first that fails.
///
/// # Errors
/// If the failing check's trace can't be saved.
pub(super) fn stage(
    lab: &LabFolder,
    index: usize,
    checks: &[Checked<'_>],
    only: Option<usize>,
    length: Length,
) -> Result<String, Failure> {
    let stage = &lab.lab.stages[index];
    let mut text = format!(
        "\n{BOLD}Stage {} of {}: {}{BOLD:#}  {}\n\n",
        index + 1,
        lab.lab.stages.len(),
        stage.title,
        points(stage)
    );
    if length == Length::Full {
        text += &indented(stage.task.trim(), print::width());
        text += &format!("\n  read   {}\n  write  {}\n\n", stage.chapter, lab.shown_source());
    }
    for (offset, checked) in checks.iter().enumerate() {
        let mark = if checked.verdict.is_passed() {
            format!("{GREEN}✓{GREEN:#}")
        } else {
            format!("{RED}✗{RED:#}")
        };
        let number = only.unwrap_or(offset) + 1;
        text += &format!("  {mark} {number}  {}\n", checked.check.title);
    }
    let failing = checks.iter().position(|checked| !checked.verdict.is_passed());
    if let (None, Some(_), [checked]) = (failing, only, checks) {
        text += &printed(checked);
    }
    if let Some(offset) = failing {
        let number = only.unwrap_or(offset) + 1;
        text += &failure(lab, stage, number, &checks[offset])?;
        text += &format!(
            "  {BOLD}hint:{BOLD:#}  {}\n",
            command_of(lab, &format!("hint {}", stage.name))
        );
    }
    Ok(text)
}

/// Returns why a check fails, and how to run the check again.
fn failure(
    lab: &LabFolder,
    stage: &Stage,
    number: usize,
    checked: &Checked<'_>,
) -> Result<String, Failure> {
    let mut text = format!("\n  {BOLD}check {number}:{BOLD:#} {}\n", what_it_does(checked.check));
    match &checked.verdict {
        Verdict::Passed(_) => {}
        Verdict::Another(mismatch) => {
            if checked.check.file.is_none() {
                save(lab, &checked.input)?;
            }
            text += &another(mismatch);
        }
        Verdict::Faulty(diagnosis) => match not_written(diagnosis) {
            Some(task) => text += &format!("\n  {RED}not written yet:{RED:#} {task}\n"),
            None => text += &diagnosed(lab, checked, diagnosis)?,
        },
    }
    text += &printed(checked);
    let again = command_of(lab, &format!("stage {} {number}", stage.name));
    text += &format!("\n  {BOLD}again:{BOLD:#} {again}\n");
    if let Verdict::Faulty(diagnosis) = &checked.verdict
        && not_written(diagnosis).is_none()
    {
        text += &format!("  {BOLD}heap:{BOLD:#}  {}\n", heap_command(lab, checked, diagnosis));
        text += &step_line(lab, checked, diagnosis.fault.line);
        text += &format!("  {BOLD}more:{BOLD:#}  {}\n", explain_command(&diagnosis.fault.code));
    }
    let ops = checked.input.trace.ops().len();
    if let (Verdict::Another(_), Some(last)) = (&checked.verdict, ops.checked_sub(1)) {
        text += &step_line(lab, checked, Some(checked.input.trace.line(last)));
    }
    Ok(text)
}

/// Returns the last lines that the heap printed.
fn printed(checked: &Checked<'_>) -> String {
    const MOST_LINES: usize = 20;
    let lines: Vec<&str> = checked.printed.lines().map(str::trim_end).collect();
    if lines.is_empty() {
        return String::new();
    }
    let left_out = lines.len().saturating_sub(MOST_LINES);
    let mut text = format!("\n  {BOLD}printed in this check:{BOLD:#}\n");
    if left_out > 0 {
        text += &format!("    ... {left_out} lines before these\n");
    }
    for line in &lines[left_out..] {
        text += &format!("    {}\n", line.trim_start().visible());
    }
    text
}

/// Describes the check: its operations, and the heap's settings.
fn what_it_does(check: &Check) -> String {
    let mut text = match (&check.trace, &check.file) {
        (Some(operations), _) if operations.trim().is_empty() => "the empty heap".to_owned(),
        (Some(operations), _) => operations.clone(),
        (None, file) => format!("labs/traces/{}", file.as_deref().unwrap_or_default()),
    };
    if !check.words.is_empty() {
        text += &format!("   policy {}", check.words);
    }
    if check.align != 16 {
        text += &format!("   align {}", check.align);
    }
    if let Some(limit) = check.limit {
        text += &format!("   at most {limit} bytes of heap");
    }
    if let Some(call) = check.refuse_sbrk_from {
        text += &format!("   sbrk fails from call {call} on");
    }
    if let Some(most) = check.most_touches {
        text += &format!("   at most {most} words read and written");
    }
    if check.bad_pointers {
        text += "   and calls with bad pointers";
    }
    text
}

/// Returns the expected heap and the actual heap, side by side.
fn another(mismatch: &Mismatch) -> String {
    let none = || "-".to_owned();
    let rows: Vec<(String, String, bool)> = mismatch
        .rows
        .iter()
        .map(|row| {
            let side = |side: &Option<String>| side.clone().unwrap_or_else(none);
            (side(&row.expected), side(&row.found), row.differs())
        })
        .collect();
    let width = rows.iter().map(|(expected, ..)| expected.len()).max().unwrap_or(0).max(9);
    let mut text = format!(
        "\n  the heap is sound, but its {} differ from the expected ones\n\n    {BOLD}{:<width$}  yours{BOLD:#}\n",
        mismatch.what, "expected"
    );
    for (expected, found, differs) in rows {
        let mark = if differs { format!("{RED}>{RED:#}") } else { " ".to_owned() };
        text += &format!("  {mark} {expected:<width$}  {found}\n");
    }
    text
}

/// Returns the task in a `todo!`, if the heap stopped there.
fn not_written(diagnosis: &Diagnosis) -> Option<String> {
    let message = &diagnosis.fault.message;
    let (_, task) = message.split_once("not yet implemented")?;
    (diagnosis.fault.code == "panic").then(|| task.trim_start_matches(':').trim().to_owned())
}

/// Returns a fault in full. If the trace is part of the lab's check, it is saved first, so that
/// commands can name its file.
fn diagnosed(
    lab: &LabFolder,
    checked: &Checked<'_>,
    diagnosis: &Diagnosis,
) -> Result<String, Failure> {
    if checked.check.file.is_none() {
        save(lab, &checked.input)?;
    }
    let input = Input { path: trace_path(lab, checked), trace: checked.input.trace.clone() };
    Ok(explain_alone(&heap_with_words(checked.check), &input, diagnosis))
}

/// Returns the command that shows the heap where a check fails.
fn heap_command(lab: &LabFolder, checked: &Checked<'_>, diagnosis: &Diagnosis) -> String {
    let machine = Machine::of_check(checked.check);
    let heap = heap_with_words(checked.check);
    let path = trace_path(lab, checked);
    Repeat::command(&machine, &heap, &path, diagnosis.fault.line).as_str().to_owned()
}

/// Returns the command that shows the heap step by step, beginning where a check fails.
fn step_line(lab: &LabFolder, checked: &Checked<'_>, line: Option<u32>) -> String {
    let machine = Machine::of_check(checked.check).with_bad_pointers(checked.check.bad_pointers);
    let heap = heap_with_words(checked.check);
    let step = Repeat::step(&machine, &heap, &trace_path(lab, checked), line);
    format!("  {BOLD}step:{BOLD:#}  {step}\n")
}

fn heap_with_words(check: &Check) -> String {
    match check.words.as_str() {
        "" => MINE.to_owned(),
        words => format!("{MINE}:{words}"),
    }
}

/// Returns the file of a check's trace: its own, or the one that it is saved to.
fn trace_path(lab: &LabFolder, checked: &Checked<'_>) -> PathBuf {
    match checked.check.file {
        Some(_) => checked.input.path.clone(),
        None => lab.workspace().shown(&lab.scratch().join(&checked.input.path)),
    }
}

/// Writes the trace to a file for `check`.
fn save(lab: &LabFolder, input: &Input) -> Result<(), Failure> {
    let path = lab.scratch().join(&input.path);
    let cannot = |error| Failure::Input(format!("error: can't write {}: {error}", path.visible()));
    fs::create_dir_all(lab.scratch()).map_err(cannot)?;
    print::to(Some(&path), &text_of(&input.trace))
}

/// Returns a command of this lab as it is typed: `cargo run -p lab-1-implicit -- hint`.
fn command_of(lab: &LabFolder, words: &str) -> String {
    format!("cargo run -p lab-{} -- {words}", lab.lab.name)
}
