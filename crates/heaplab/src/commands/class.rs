//! The commands on the records of a class: `heaplab merge`, `heaplab leaderboard`, `heaplab
//! similar`.

use super::print;
use super::values::parse_fraction;
use crate::Outcome;
use clap::ValueEnum;
use heaplab_assess::Workspace;
use heaplab_grade::similarity::Settings;
use heaplab_grade::{Leaderboard, Names};
use heaplab_grader::{alike, merge_folders, merged_records};
use heaplab_trace::Visible;
use std::path::PathBuf;

/// Arguments of `heaplab merge`.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  heaplab merge part-1 part-2 part-3 part-4 --out grades

Exit code: 0 merged; 2 the records are not of one lab and one harness, or differ.")]
pub struct MergeArguments {
    /// Output folders of `heaplab grade`: of shards, of machines
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,

    /// The folder for all of them
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Puts the records of several folders into one.
pub fn merge(arguments: &MergeArguments) -> Outcome {
    let records = merge_folders(&arguments.folders, &arguments.out)?;
    print::styled(&format!(
        "{} records of {} folders are in {}\n",
        records.len(),
        arguments.folders.len(),
        arguments.out.visible()
    ))
}

/// Arguments of `heaplab leaderboard`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  heaplab leaderboard grades
  heaplab leaderboard grades --pseudonyms \"a secret of yours\" --format md")]
pub struct LeaderboardArguments {
    /// An output folder of `heaplab grade` or `heaplab merge`
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Made-up names instead of those of the submissions. They stay as long as
    /// the secret does; a person who knows it can tell whose they are
    #[arg(long, value_name = "SECRET")]
    pseudonyms: Option<String>,

    /// How to show it
    #[arg(long, default_value = "text")]
    format: ListFormat,
}

/// How to show a leaderboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// For reading.
    Text,
    /// For a page.
    Md,
    /// For a sheet.
    Csv,
    /// For programs; the schema is `heaplab.leaderboard.v1`.
    Json,
}

/// Shows the leaderboard.
pub fn leaderboard(arguments: &LeaderboardArguments) -> Outcome {
    let records = merged_records(&arguments.folder)?;
    let names = match &arguments.pseudonyms {
        Some(secret) => Names::Pseudonyms { secret: secret.clone() },
        None => Names::AsHandedIn,
    };
    let board = Leaderboard::new(&records, &names);
    let text = match arguments.format {
        ListFormat::Text => board.text(),
        ListFormat::Md => board.markdown(),
        ListFormat::Csv => board.csv(),
        ListFormat::Json => board.json(),
    };
    print::bytes(text.as_bytes())
}

/// Arguments of `heaplab similar`.
#[derive(clap::Args)]
#[command(after_help = "\
It finds sources that are alike, not people who copied: look at the lines before you say anything.
What stands in the starter or in the reference counts for nothing.

Example:
  heaplab similar handed-in/ --lab 1-implicit")]
pub struct SimilarArguments {
    /// What was handed in, as for `heaplab grade`
    #[arg(value_name = "SUBMISSION", required = true)]
    submissions: Vec<PathBuf>,

    /// The lab: `1-implicit`
    #[arg(long, value_name = "LAB")]
    lab: String,

    /// Other sources that everybody had, such as a lecture's
    #[arg(long, value_name = "FILE")]
    known: Vec<PathBuf>,

    /// Show no more pairs than these, 100 000 at most. Of the first 1000 the lines are
    /// shown
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(..=100_000))]
    most: u32,

    /// Leave out what more than this share of the different files have, from 0 to 1: it
    /// may be what everyone was given. 1 leaves nothing out
    #[arg(long, value_name = "SHARE", default_value_t = 0.75, value_parser = parse_fraction)]
    common: f64,

    /// JSON for programs; the schema is `heaplab.similarity.v1`
    #[arg(long)]
    json: bool,

    /// Where to write the report [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Shows which submissions are alike.
pub fn similar(arguments: &SimilarArguments) -> Outcome {
    let lab = Workspace::find()?.lab(&arguments.lab)?;
    let settings = Settings {
        most_pairs: arguments.most as usize,
        common_share: arguments.common,
        ..Settings::default()
    };
    let report = alike(&lab, &arguments.submissions, &arguments.known, &settings)?;
    let text = if arguments.json { report.json() } else { report.text() };
    print::to(arguments.output.as_deref(), &text)
}
