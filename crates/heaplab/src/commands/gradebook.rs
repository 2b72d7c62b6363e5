//! `heaplab gradebook`: the grades of a class in the form that a platform imports.

use super::print;
use crate::{Failure, Outcome};
use clap::ValueEnum;
use heaplab_grade::Points;
use heaplab_gradebook::sheets::{self, Filling, Sheet};
use heaplab_gradebook::{
    Attempts, Roster, Rules, Table, Times, UsedBefore, add_times, adjustments_beside,
    read_adjustments, read_policy, read_records, read_roster, read_table,
};
use heaplab_trace::Visible;
use std::path::PathBuf;

/// Arguments of `heaplab gradebook`.
#[derive(clap::Args)]
#[command(after_help = "\
Canvas, Moodle and Blackboard have numbers of their own, so a table that they exported is filled in:
for Canvas the gradebook (Grades, Export), for Moodle the assignment's grading worksheet, for
Blackboard the grade center (Work Offline, Download).
Students without a submission, and submissions of those who are not in the roster, are named.

Examples:
  heaplab gradebook grades --roster roster.csv -o gradebook.csv
  heaplab gradebook grades --format canvas --template export.csv --column \"Malloc lab\" -o upload.csv
  heaplab gradebook grades --late late.toml --times handed-in/ --format moodle --template grades.csv
  heaplab gradebook first second --roster roster.csv --attempts best

Exit code: 0 made; 2 it is not clear whose a submission is, how late it is, or which one counts.")]
pub struct Arguments {
    /// Output folders of `heaplab grade` or `heaplab merge`; several may have attempts of one
    /// student
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,

    /// A table of the students: names, addresses, numbers. A column `submission` names their
    /// records
    #[arg(long, value_name = "CSV")]
    roster: Option<PathBuf>,

    /// What to make
    #[arg(long, default_value = "plain")]
    format: Format,

    /// The platform's own table, which is filled in
    #[arg(long, value_name = "CSV")]
    template: Option<PathBuf>,

    /// The column of the assignment [default: the only one]
    #[arg(long, value_name = "NAME")]
    column: Option<String>,

    /// Points for students without a submission [default: what the template has]
    #[arg(long, value_name = "POINTS", value_parser = parse_points)]
    missing: Option<Points>,

    /// Converts points to the platform's maximum
    #[arg(long)]
    scale: bool,

    /// What lateness costs: a deadline, late days, penalties
    #[arg(long, value_name = "TOML")]
    late: Option<PathBuf>,

    /// Plain gradebooks of earlier labs: the late days used there are no longer in the budget
    #[arg(long, value_name = "CSV", requires = "late")]
    earlier: Vec<PathBuf>,

    /// When submissions were handed in: a table, or the class's folder as it came
    #[arg(long, value_name = "CSV|DIR")]
    times: Vec<PathBuf>,

    /// Which of a student's submissions counts
    #[arg(long)]
    attempts: Option<Counting>,

    /// Points that were given or taken by hand, with reasons [default: adjustments.csv or
    /// adjustments.toml in the first DIR]
    #[arg(long, value_name = "CSV|TOML")]
    adjust: Option<PathBuf>,

    /// The file for the gradebook [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A row for each student, with an explanation of each grade.
    Plain,
    /// Canvas's gradebook, for Grades, Import.
    Canvas,
    /// Moodle's grading worksheet, for Upload grading worksheet.
    Moodle,
    /// The table of scores that Gradescope makes.
    Gradescope,
    /// Blackboard's grade center, for Work Offline, Upload.
    Blackboard,
    /// Brightspace's grades, for Enter Grades, Import.
    Brightspace,
    /// Scores of problems, for Autolab's Bulk Import Grades.
    Autolab,
}

/// Which of a student's submissions counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Counting {
    /// The one with the most points, after the penalty for lateness.
    Best,
    /// The last one handed in.
    Last,
}

/// Makes the gradebook.
pub fn run(arguments: &Arguments) -> Outcome {
    let records = read_records(&arguments.folders)?;
    let roster = arguments.roster.as_deref().map(read_roster).transpose()?;
    let rules = rules(arguments, &records[0].lab.name)?;
    let filling = Filling {
        column: arguments.column.clone(),
        missing: arguments.missing,
        scale: arguments.scale,
    };
    let template = template(arguments)?;
    let roster: Option<&Roster> = roster.as_ref();
    let Sheet { text, remarks } = match (arguments.format, template) {
        (Format::Canvas, Some(table)) => sheets::canvas(table, &records, roster, &rules, &filling)?,
        (Format::Moodle, Some(table)) => sheets::moodle(table, &records, roster, &rules, &filling)?,
        (Format::Gradescope, table) => {
            sheets::gradescope(table, &records, roster, &rules, &filling)?
        }
        (Format::Blackboard, Some(table)) => {
            sheets::blackboard(table, &records, roster, &rules, &filling)?
        }
        (Format::Brightspace, table) => {
            sheets::brightspace(table, &records, roster, &rules, &filling)?
        }
        (Format::Autolab, _) => sheets::autolab(&records, roster, &rules, &filling)?,
        (_, _) => sheets::plain(&records, roster, &rules, &filling)?,
    };
    for remark in &remarks {
        print::remark(format_args!("{remark}\n"));
    }
    print::to(arguments.output.as_deref(), &text)
}

/// Reads the platform's table, and checks that there is one if the format needs it.
fn template(arguments: &Arguments) -> Result<Option<Table>, Failure> {
    let export = match arguments.format {
        Format::Canvas => Some("the gradebook: Grades, Export, Export Entire Gradebook"),
        Format::Moodle => Some("the assignment's grading worksheet: Download grading worksheet"),
        Format::Blackboard => Some("the grade center: Work Offline, Download"),
        Format::Plain | Format::Gradescope | Format::Brightspace | Format::Autolab => None,
    };
    match (&arguments.template, export) {
        (None, Some(export)) => Err(Failure::Input(format!(
            "error: the platform's own table is needed, because only the platform knows its \
             numbers of the students\nhelp: export {export}; then name it with --template"
        ))),
        (Some(_), None) if arguments.format == Format::Plain => {
            Err(Failure::input("error: the plain gradebook has no template; choose a --format"))
        }
        (Some(_), None) if arguments.format == Format::Autolab => Err(Failure::input(
            "error: Autolab's scores have no template; name the students with --roster",
        )),
        (path, _) => Ok(path.as_deref().map(read_table).transpose()?),
    }
}

fn rules(arguments: &Arguments, lab: &str) -> Result<Rules, Failure> {
    let policy = arguments.late.as_deref().map(read_policy).transpose()?;
    let mut used_before = UsedBefore::default();
    for path in &arguments.earlier {
        used_before.add(&read_table(path)?)?;
    }
    let mut times = Times::default();
    for path in &arguments.times {
        let remarks = add_times(&mut times, path, lab, policy.as_ref())?;
        for remark in &remarks {
            print::remark(format_args!("{remark}\n"));
        }
    }
    let beside = match &arguments.adjust {
        Some(path) => Some(path.clone()),
        None => adjustments_beside(&arguments.folders[0])?,
    };
    if let (Some(path), None) = (&beside, &arguments.adjust) {
        print::remark(format_args!("adjustments are read from {}\n", path.visible()));
    }
    let adjustments = beside.as_deref().map(read_adjustments).transpose()?;
    let attempts = arguments.attempts.map(|counting| match counting {
        Counting::Best => Attempts::Best,
        Counting::Last => Attempts::Last,
    });
    let adjustments = adjustments.unwrap_or_default();
    Ok(Rules { policy, used_before, times, attempts, adjustments })
}

fn parse_points(text: &str) -> Result<Points, String> {
    let number: f64 =
        text.parse().map_err(|_| "expected a number of points, such as 0".to_owned())?;
    Points::from_f64(number).map_err(|error| error.to_string())
}
