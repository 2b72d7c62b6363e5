//! `heaplab diff`: shows sections of two allocators side by side.

use super::print;
use crate::{Failure, Outcome};
use heaplab_assess::Workspace;
use heaplab_diff::{Comparison, Source, columns, compare, html, section_names, unified};
use heaplab_support::files::replace_file;
use heaplab_trace::Visible;
use std::path::{Path, PathBuf};
use terminal_size::{Width, terminal_size_of};

/// Arguments of `heaplab diff`.
#[derive(clap::Args)]
#[command(after_help = "\
A side is
  implicit                     an allocator: a crate of `crates`, or a lab of `labs`
  starter:1-implicit           a lab's source before anything is filled in
  labs/1-implicit/src/lib.rs   a source file
  ~/mine                       the folder of a crate
Sections are the lines between `// ANCHOR: name` and `// ANCHOR_END: name`. If a side has
none, as a lab, functions of the same name are compared. Between the columns, `|` marks a
line that differs; `<` and `>` mark lines of one side only.

Examples:
  heaplab diff implicit explicit coalesce
  heaplab diff implicit explicit
  heaplab diff starter:1-implicit 1-implicit
  heaplab diff 1-implicit implicit place split
  heaplab diff explicit segregated --html -o explicit-segregated.html

Exit code: 0 the sides were shown, whether they differ or not; 2 the command line or
a source is at fault.")]
pub struct Arguments {
    /// The left side: an allocator, a lab, a file or a folder
    left: String,

    /// The right side
    right: String,

    /// The sections to show [default: all, in the order of the allocators]
    #[arg(value_name = "SECTION")]
    sections: Vec<String>,

    /// Shows one column, with `-` and `+` before the lines
    #[arg(long)]
    unified: bool,

    /// Writes a page for a browser, with all that it needs in one file
    #[arg(long, conflicts_with = "unified")]
    html: bool,

    /// The file to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The prefix of a lab's name that selects its starter.
const STARTER: &str = "starter:";

/// The default number of columns, if there is no terminal.
const DEFAULT_WIDTH: usize = 100;

/// Runs the command.
pub fn run(arguments: &Arguments) -> Outcome {
    let (left, right) = (source(&arguments.left)?, source(&arguments.right)?);
    let names = section_names(&left, &right, &arguments.sections)?;
    let comparisons: Vec<Comparison> =
        names.iter().map(|name| compare(name, &left, &right)).collect();
    let text = if arguments.html {
        html::page(&left, &right, &comparisons)
    } else if arguments.unified {
        unified::render(&comparisons)
    } else {
        columns::render(&comparisons, width(arguments.output.is_some()))
    };
    match &arguments.output {
        Some(path) => {
            let plain = anstream::adapter::strip_str(&text).to_string();
            replace_file(path, plain.as_bytes()).map_err(|error| {
                Failure::Input(format!("error: can't write {}: {error}", path.visible()))
            })
        }
        None if arguments.html => print::bytes(text.as_bytes()),
        None => print::styled(&text),
    }
}

fn width(to_a_file: bool) -> usize {
    match terminal_size_of(std::io::stdout()) {
        Some((Width(width), _)) if !to_a_file => width.into(),
        _ => DEFAULT_WIDTH,
    }
}

/// Returns the side that an argument names.
fn source(text: &str) -> Result<Source, Failure> {
    if let Some(lab) = text.strip_prefix(STARTER) {
        let starter = Workspace::find()?.lab(lab)?.starter(0)?.lib;
        return Ok(Source::of_text(text, starter)?);
    }
    match Workspace::find() {
        Ok(workspace) => Ok(Source::find(text, Some(workspace.root()))?),
        // Outside a workspace only files exist.
        Err(_) if !Source::is_name(text) || Path::new(text).exists() => {
            Ok(Source::find(text, None)?)
        }
        Err(error) => Err(error.into()),
    }
}
