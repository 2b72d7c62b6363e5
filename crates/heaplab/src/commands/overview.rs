//! The commands on a class as a whole: `heaplab statistics`, `heaplab grade-diff`.

use super::print;
use crate::Outcome;
use clap::ValueEnum;
use heaplab_grade::Names;
use heaplab_grader::{ShowAfter, merged_records};
use heaplab_overview::{Differences, page};
use std::path::PathBuf;

/// Arguments of `heaplab statistics`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  heaplab statistics grades -o class.html
  heaplab statistics grades --no-names -o for-the-lecture.html")]
pub struct StatisticsArguments {
    /// An output folder of `heaplab grade` or `heaplab merge`
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Says nothing about single submissions, and of hidden traces and checks only what feedback
    /// may show
    #[arg(long, conflicts_with = "pseudonyms")]
    no_names: bool,

    /// Shows a made-up name for each submission, the same as `heaplab leaderboard`
    #[arg(long, value_name = "SECRET")]
    pseudonyms: Option<String>,

    /// The file for the page [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes the page.
pub fn statistics(arguments: &StatisticsArguments) -> Outcome {
    let mut records = merged_records(&arguments.folder)?;
    if arguments.no_names || arguments.pseudonyms.is_some() {
        // Such a page is for students.
        let hidden = ShowAfter::now(ShowAfter::kept_in(&arguments.folder)?);
        records = records.iter().map(|record| record.for_students(hidden)).collect();
    }
    let kind = match &arguments.pseudonyms {
        Some(secret) => Names::Pseudonyms { secret: secret.clone() },
        None => Names::AsHandedIn,
    };
    let names = kind.shown(records.iter().map(|record| record.submission.name.as_str()));
    let names = (!arguments.no_names).then_some(names.as_slice());
    print::to(arguments.output.as_deref(), &page(&records, names))
}

/// Arguments of `heaplab grade-diff`.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  heaplab grade-diff grades-before grades --format md -o regrade.md")]
pub struct DifferencesArguments {
    /// An output folder of `heaplab grade` or `heaplab merge`
    #[arg(value_name = "BEFORE")]
    before: PathBuf,

    /// One made later: by another lab, another version of heaplab, or of other files
    #[arg(value_name = "AFTER")]
    after: PathBuf,

    /// The output format
    #[arg(long, default_value = "text")]
    format: Format,

    /// The file for the output [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// How to show differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For reading.
    Text,
    /// A Markdown table: a row for each check that changed.
    Md,
    /// The same for spreadsheets.
    Csv,
    /// For programs.
    Json,
}

/// Shows who gained or lost points, and at which check.
pub fn differences(arguments: &DifferencesArguments) -> Outcome {
    let before = merged_records(&arguments.before)?;
    let after = merged_records(&arguments.after)?;
    let differences = Differences::between(&before, &after);
    let text = match arguments.format {
        Format::Text => differences.text(),
        Format::Md => differences.markdown(),
        Format::Csv => differences.csv(),
        Format::Json => differences.json(),
    };
    print::to(arguments.output.as_deref(), &text)
}
