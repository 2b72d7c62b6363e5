//! `heaplab grade`: makes records, feedback and a gradebook from submissions.

use super::print;
use super::progress::Terminal;
use crate::{Failure, Outcome};
use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use heaplab_assess::{LabFolder, Workspace};
use heaplab_grade::formats::gradescope::{Options, Visibility};
use heaplab_grade::{Hidden, Record, Shard, Verdict, formats};
use heaplab_grader::{
    Changed, Class, Grader, HiddenParts, Plan, Records, SetAside, Setup, ShowAfter, Submission,
    grade_all, odd_points, submissions, write_for_people,
};
use heaplab_lab::{Lab, OnGradescope};
use heaplab_sandbox::Entry;
use heaplab_support::Listener;
use heaplab_trace::Visible;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Arguments of `heaplab grade`.
#[derive(clap::Args)]
#[command(after_help = "\
A submission is a source file, an archive (.zip, .tar, .tar.gz) or a folder with src/lib.rs, lib.rs or
a single .rs file in it. A folder of submissions is a class: plain files, a folder for each student,
GitHub Classroom's repositories, or what Gradescope, Moodle or Canvas exports. How the folder was
read is said first. Only the source file of each submission is used.

Examples:
  heaplab grade ada.rs --lab 1-implicit
  heaplab grade handed-in/ --lab 1-implicit --traces hidden/ --out grades
  heaplab grade handed-in/ --lab 1-implicit --traces hidden/ --show-after 2026-12-01T23:59:00+01:00
  heaplab grade handed-in/ --lab 1-implicit --out grades --shard 2/4
  heaplab grade ada.rs --lab 1-implicit --format gradescope -o results.json

Exit code: 0 graded, whatever the grades are; 2 the command line or this machine is at fault.")]
pub struct Arguments {
    /// The submissions, or folders of them
    #[arg(value_name = "SUBMISSION", required = true)]
    submissions: Vec<PathBuf>,

    /// The lab, such as `1-implicit`
    #[arg(long, value_name = "LAB")]
    lab: String,

    /// Treats SUBMISSION as one submission with this name, even if it is a folder of several
    #[arg(long, value_name = "NAME")]
    r#as: Option<String>,

    /// Traces that students do not have: a file, or a folder of traces, which may also have a
    /// hidden.toml with hidden checks. An invalid trace is an error; none is left out
    #[arg(long, value_name = "FILE|DIR")]
    traces: Vec<PathBuf>,

    /// When feedback may show what hidden traces and checks hold [default: what hidden.toml says,
    /// or else never]
    #[arg(long, value_name = "TIME")]
    show_after: Option<ShowAfter>,

    /// The folder for records, feedback and gradebook
    #[arg(long, value_name = "DIR", default_value = "grades")]
    out: PathBuf,

    /// The output format
    #[arg(long, default_value = "table")]
    format: Format,

    /// The file for the output [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The number of submissions to grade at the same time [default: one per core]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,

    /// Grades only the K-th of N parts of the class
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,

    /// Also grades submissions that already have a record
    #[arg(long)]
    again: bool,

    /// Also measures speed, for a lab that gives points for throughput: as a ratio to the
    /// reference, in turns. Such records differ between machines
    #[arg(long)]
    seconds: bool,

    /// Grades nothing if part of the sandbox is not available
    #[arg(long)]
    strict: bool,

    /// Also builds submissions that contain forbidden words: then only the sandbox confines them
    #[arg(long)]
    no_scan: bool,
}

/// What to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line for each submission.
    Table,
    /// The records, in one JSON array; the schema is `heaplab.grade.v1`.
    Json,
    /// A gradebook.
    Csv,
    /// Feedback for each student.
    Md,
    /// Gradescope's results.json, of one submission.
    Gradescope,
    /// Autolab's last line, of one submission.
    Autolab,
    /// GitHub Classroom's step output, of one submission.
    Classroom,
    /// JUnit's XML.
    Junit,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Outcome {
    let hidden = HiddenParts::read(&arguments.traces)?;
    let lab = hidden.with(Workspace::find()?.lab(&arguments.lab)?)?;
    let show_after = show_after(arguments, &hidden)?;
    for odd in odd_points(&lab.lab, arguments.seconds) {
        print::remark(format_args!("warning: {odd}\n"));
    }
    let mut submissions = handed_in(arguments, &lab.lab)?;
    if let Some(shard) = &arguments.shard {
        submissions.retain(|submission| shard.holds(&submission.name));
    }
    if let (true, count) = (arguments.format.is_of_one(), submissions.len())
        && count != 1
    {
        return Err(Failure::Input(format!(
            "error: this format is for one submission, but there are {count}\nhelp: name one, or choose json, csv, md or junit"
        )));
    }
    let on_gradescope = hidden.on_gradescope;
    let grader = grader(arguments, lab, hidden)?;
    tell_what_holds(&grader, arguments.strict)?;
    let records = Records::in_folder(&arguments.out)?;
    let plan = Plan { jobs: arguments.jobs, again: arguments.again };
    let start = Instant::now();
    let class = grade_all(&grader, &submissions, &records, &plan);
    if class.records.len() > 1 {
        print::remark(format_args!("{}\n", pace(&class, start.elapsed())));
    }
    if let Some(time) = show_after {
        time.keep_in(&arguments.out)?;
    }
    let seen = Seen { hidden: ShowAfter::now(show_after), on_gradescope };
    write_for_people(&arguments.out, &class.records, seen.hidden)?;
    show(arguments, &class.records, seen)?;
    match &class.changed {
        Some(changed) => Err(has_changed(changed, &class)),
        None => name_set_aside(&class.set_aside),
    }
}

/// Returns the failure of a class whose grading ended because what grades depend on has changed.
fn has_changed(changed: &Changed, class: &Class) -> Failure {
    let left = class.set_aside.len();
    Failure::Input(format!(
        "error: {changed}\n{left} {} not graded, so that no grade mixes two states; the records of \
         the others are of the state before\n\
         help: when the changes are complete, the same command grades the whole class by them",
        if left == 1 { "submission was" } else { "submissions were" }
    ))
}

/// Fails if this machine could not grade some submissions, and names them.
fn name_set_aside(set_aside: &[SetAside]) -> Outcome {
    if set_aside.is_empty() {
        return Ok(());
    }
    let list: String = set_aside
        .iter()
        .map(|aside| {
            let error = aside.error.to_string();
            let reason = error.trim_start_matches("error: ").replace('\n', "\n    ");
            format!("  {}: {reason}\n", aside.name.visible())
        })
        .collect();
    Err(Failure::Input(format!(
        "error: this machine failed on {} {}, which got no record:\n{list}\
         help: the same command again grades only these",
        set_aside.len(),
        if set_aside.len() == 1 { "submission" } else { "submissions" }
    )))
}

/// Returns the number of submissions graded, and the speed on this machine.
fn pace(class: &Class, time: Duration) -> String {
    let there = class.records.len() - class.fresh;
    let seconds = time.as_secs_f64();
    let a_minute = match class.fresh {
        0 => String::new(),
        fresh => format!(", {:.1} a minute", fresh as f64 * 60.0 / seconds),
    };
    format!(
        "graded {} submissions in {seconds:.0} s{a_minute}; {there} had a record already",
        class.fresh
    )
}

/// Returns the submissions to grade, after remarks on how they were found.
fn handed_in(arguments: &Arguments, lab: &Lab) -> Result<Vec<Submission>, Failure> {
    match (&arguments.r#as, arguments.submissions.as_slice()) {
        (None, paths) => {
            let found = submissions(paths, lab)?;
            for remark in &found.remarks {
                print::remark(format_args!("{remark}\n"));
            }
            Ok(found.submissions)
        }
        (Some(name), [path]) => Ok(vec![Submission::named(name, path)?]),
        (Some(_), paths) => Err(Failure::Input(format!(
            "error: --as names one submission, but there are {} paths",
            paths.len()
        ))),
    }
}

/// What students see of hidden traces and checks.
#[derive(Clone, Copy)]
struct Seen {
    hidden: Hidden,
    on_gradescope: OnGradescope,
}

/// Returns when students may see what is hidden: as the command line says, or `hidden.toml`, or an
/// earlier run.
fn show_after(arguments: &Arguments, hidden: &HiddenParts) -> Result<Option<ShowAfter>, Failure> {
    match arguments.show_after.or(hidden.show_after) {
        Some(time) => Ok(Some(time)),
        None => Ok(ShowAfter::kept_in(&arguments.out)?),
    }
}

fn grader(arguments: &Arguments, lab: LabFolder, hidden: HiddenParts) -> Result<Grader, Failure> {
    let listener: Arc<dyn Listener> = Terminal::listener();
    let setup = Setup {
        lab,
        hidden,
        seconds: arguments.seconds,
        scans: !arguments.no_scan,
        entry: Entry::this_program("jail").map_err(Failure::input)?,
    };
    Ok(Grader::new(setup, &listener)?)
}

/// Reports which protection of the sandbox is not available here.
fn tell_what_holds(grader: &Grader, strict: bool) -> Outcome {
    let missing = grader.missing_protection()?;
    if missing.is_empty() {
        return Ok(());
    }
    let list: String = missing.iter().map(|sentence| format!("  - {sentence}\n")).collect();
    if strict {
        return Err(Failure::Input(format!(
            "error: this machine can't confine a submission fully:\n{list}\
             help: grade on a Linux with Landlock and seccomp, or without --strict if you trust the submissions"
        )));
    }
    print::remark(format_args!("warning: this machine can't confine a submission fully:\n{list}"));
    Ok(())
}

fn show(arguments: &Arguments, records: &[Record], seen: Seen) -> Outcome {
    let hidden = seen.hidden;
    let one = || records.first().ok_or_else(|| Failure::input("error: there is no submission"));
    let text = match arguments.format {
        Format::Table => return print::styled(&table(records, &arguments.out)),
        Format::Json => {
            format!("{}\n", serde_json::to_string_pretty(records).map_err(Failure::input)?)
        }
        Format::Csv => formats::csv::gradebook(records),
        Format::Md => {
            records.iter().map(|record| formats::markdown(record, hidden) + "\n").collect()
        }
        Format::Gradescope => formats::gradescope::results(one()?, &seen.options()),
        Format::Autolab => formats::autolab::last_line(one()?) + "\n",
        Format::Classroom => formats::classroom::output(one()?, hidden) + "\n",
        Format::Junit => formats::junit(records, hidden),
    };
    print::to(arguments.output.as_deref(), &text)
}

impl Seen {
    fn options(self) -> Options {
        let visibility = match self.on_gradescope {
            OnGradescope::AsElsewhere => Visibility::Visible,
            OnGradescope::AfterDueDate => Visibility::AfterDueDate,
            OnGradescope::AfterPublished => Visibility::AfterPublished,
        };
        Options { hidden: self.hidden, visibility, ..Options::default() }
    }
}

impl Format {
    fn is_of_one(self) -> bool {
        matches!(self, Format::Gradescope | Format::Autolab | Format::Classroom)
    }
}

/// Returns a table with a line for each submission.
fn table(records: &[Record], out: &Path) -> String {
    let bold = Style::new().bold();
    let red = AnsiColor::Red.on_default();
    let names: Vec<_> = records.iter().map(|record| record.submission.name.visible()).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(10);
    let mut text = format!("{bold}{:<width$}  points      of  stages{bold:#}\n", "submission");
    for (record, name) in records.iter().zip(&names) {
        let passed = record.stages.iter().filter(|stage| stage.passed).count();
        let remark = match record.verdict {
            Verdict::Graded => String::new(),
            verdict => format!("  {red}{}{red:#}", verdict.words()),
        };
        text += &format!(
            "{name:<width$}  {:>6}  {:>6}  {passed:>2} of {}{remark}\n",
            record.points.to_string(),
            record.max_points.to_string(),
            record.stages.len()
        );
    }
    text + &format!("\nrecords, feedback and gradebook.csv are in {}\n", out.visible())
}
