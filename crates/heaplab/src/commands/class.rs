//! The commands on the records of a class: `heaplab merge`, `heaplab feedback`, `heaplab
//! leaderboard`, `heaplab similar`.

use super::print;
use super::progress::Terminal;
use super::values::parse_fraction;
use crate::Outcome;
use clap::ValueEnum;
use heaplab_assess::Workspace;
use heaplab_grade::similarity::Settings;
use heaplab_grade::{Hidden, Leaderboard, Names, Record};
use heaplab_grader::{Comparison, ShowAfter, alike, merge_folders, merged_records, write_feedback};
use heaplab_trace::Visible;
use std::path::PathBuf;

/// Arguments of `heaplab merge`.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  heaplab merge part-1 part-2 part-3 part-4 --out grades

Exit code: 0 merged; 2 the labs, the harnesses, or two records of one submission differ.")]
pub struct MergeArguments {
    /// Output folders of `heaplab grade`, from shards or from several machines
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,

    /// The folder for the merged records
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Puts the records of several folders into one.
pub fn merge(arguments: &MergeArguments) -> Outcome {
    let records = merge_folders(&arguments.folders, &arguments.out)?;
    print::styled(&format!(
        "merged {} records of {} folders into {}\n",
        records.len(),
        arguments.folders.len(),
        arguments.out.visible()
    ))
}

/// Arguments of `heaplab feedback`.
#[derive(clap::Args)]
#[command(after_help = "\
Nothing is graded again. Until the time is over, or if there is none, feedback says only whether each
hidden trace and check is fine. The folder keeps the time.

Examples:
  heaplab feedback grades
  heaplab feedback grades --show-after 2026-12-01T23:59:00+01:00")]
pub struct FeedbackArguments {
    /// An output folder of `heaplab grade` or `heaplab merge`
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// When feedback may show what hidden traces and checks hold [default: the time that was given
    /// when grading]
    #[arg(long, value_name = "TIME")]
    show_after: Option<ShowAfter>,
}

/// Makes the feedback of a class anew, from its records.
pub fn feedback(arguments: &FeedbackArguments) -> Outcome {
    let folder = &arguments.folder;
    let records = merged_records(folder)?;
    let show_after = match arguments.show_after {
        Some(time) => {
            time.keep_in(folder)?;
            Some(time)
        }
        None => ShowAfter::kept_in(folder)?,
    };
    let hidden = ShowAfter::now(show_after);
    write_feedback(folder, &records, hidden)?;
    let seen = match (records.iter().any(Record::has_hidden), hidden, show_after) {
        (false, ..) => "nothing in it is hidden".to_owned(),
        (true, Hidden::Shown, _) => "hidden traces and checks are shown".to_owned(),
        (true, Hidden::Withheld, Some(time)) => {
            format!("hidden traces and checks are withheld until {time}")
        }
        (true, Hidden::Withheld, None) => {
            "hidden traces and checks are withheld; --show-after says until when".to_owned()
        }
    };
    print::styled(&format!(
        "wrote feedback on {} submissions to {}; {seen}\n",
        records.len(),
        folder.join("feedback").visible()
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

    /// Shows a made-up name for each submission. The same secret always gives the same names.
    /// Everyone who knows the secret can find out which name is whose
    #[arg(long, value_name = "SECRET")]
    pseudonyms: Option<String>,

    /// The output format
    #[arg(long, default_value = "text")]
    format: ListFormat,
}

/// How to show a leaderboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// For reading.
    Text,
    /// A Markdown table.
    Md,
    /// For spreadsheets.
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
Similar sources do not prove that students copied: read the matching lines before you decide.
Code that is also in the starter or in the reference is not counted between submissions. Each
submission is also compared with the solutions of all labs, and with earlier years.

Examples:
  heaplab similar handed-in/ --lab 1-implicit
  heaplab similar handed-in/ --lab 1-implicit --against 2024/ --against 2025/")]
pub struct SimilarArguments {
    /// The submissions, as for `heaplab grade`
    #[arg(value_name = "SUBMISSION", required = true)]
    submissions: Vec<PathBuf>,

    /// The lab, such as `1-implicit`
    #[arg(long, value_name = "LAB")]
    lab: String,

    /// A source that all students have, such as a lecture's: code that is also there is not counted
    #[arg(long, value_name = "FILE")]
    known: Vec<PathBuf>,

    /// A folder of an earlier year's submissions, which the class is compared with
    #[arg(long, value_name = "DIR")]
    against: Vec<PathBuf>,

    /// The maximum number of pairs to show, at most 100 000. The matching lines are shown for the
    /// first 1000 pairs
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(..=100_000))]
    most: u32,

    /// Ignores code that more than this share of the distinct files contain, from 0 to 1: it was
    /// probably given to all students. With 1, nothing is ignored
    #[arg(long, value_name = "SHARE", default_value_t = 0.75, value_parser = parse_fraction)]
    common: f64,

    /// Prints JSON for programs; the schema is `heaplab.similarity.v1`
    #[arg(long)]
    json: bool,

    /// The file for the report [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Shows which submissions are alike.
pub fn similar(arguments: &SimilarArguments) -> Outcome {
    let workspace = Workspace::find()?;
    let lab = workspace.lab(&arguments.lab)?;
    let comparison = Comparison {
        known: &arguments.known,
        earlier: &arguments.against,
        workspace: Some(&workspace),
    };
    let settings = Settings {
        most_pairs: arguments.most as usize,
        common_share: arguments.common,
        ..Settings::default()
    };
    let listener = Terminal::listener();
    let report = alike(&lab, &arguments.submissions, &comparison, &settings, &*listener)?;
    let text = if arguments.json { report.json() } else { report.text() };
    print::to(arguments.output.as_deref(), &text)
}
