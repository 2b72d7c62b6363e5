//! `heaplab diff`: sections of two allocators beside each other.
//!
//! 1. [`source`] finds the two sides and the sections in them.
//! 2. [`align`] says which line stands beside which, and what changed in it.
//! 3. [`columns`], [`unified`] or [`html`] shows it.

mod align;
mod columns;
mod html;
mod source;
mod unified;

use super::print;
use crate::{Failure, Outcome};
use align::{Kind, Line, Row, align};
use heaplab_support::files::replace_file;
use heaplab_trace::Visible;
use heaplab_worker::did_you_mean;
use source::{Excerpt, Source};
use std::path::PathBuf;
use terminal_size::{Width, terminal_size_of};

/// Arguments of `heaplab diff`.
#[derive(clap::Args)]
#[command(after_help = "\
A side is
  implicit                     an allocator: a crate of `crates`, or a lab of `labs`
  starter:1-implicit           what a lab's source is before anything is filled in
  labs/1-implicit/src/lib.rs   a source file
  ~/mine                       the folder of a crate
Sections are the lines between `// ANCHOR: name` and `// ANCHOR_END: name`. Between
the columns, `|` is a line that differs, `<` and `>` are lines of one side only.

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

    /// The sections to show [default: all, in the order that the allocators
    /// have them]
    #[arg(value_name = "SECTION")]
    sections: Vec<String>,

    /// One column, with `-` and `+` before the lines
    #[arg(long)]
    unified: bool,

    /// A page for a browser, with all that it needs in one file
    #[arg(long, conflicts_with = "unified")]
    html: bool,

    /// Where to write it [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The order of the sections that the allocators share: the verbs of the
/// contract, and those that they are made of.
const PLAN: [&str; 11] = [
    "malloc", "free", "realloc", "memalign", "find_fit", "place", "split", "coalesce", "grow",
    "link", "unlink",
];

/// Columns where there is no terminal to fit.
const DEFAULT_WIDTH: usize = 100;

/// One section, side by side.
struct Comparison {
    section: String,
    left: Side,
    right: Side,
    rows: Vec<Row>,
}

/// One side of a section.
struct Side {
    /// As it was named.
    name: String,
    /// The file that the section is in, or why there is none.
    place: Result<String, String>,
}

impl Comparison {
    fn is_same(&self) -> bool {
        self.rows.iter().all(|row| row.kind == Kind::Same)
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Outcome {
    let sides = [
        Source::find(&arguments.left)?,
        Source::find(&arguments.right)?,
    ];
    let [left, right] = &sides;
    let names = match arguments.sections.is_empty() {
        true => in_plan_order(left, right)?,
        false => known(&arguments.sections, left, right)?,
    };
    let comparisons: Vec<Comparison> = names
        .iter()
        .map(|name| compare(name, left, right))
        .collect();
    let text = if arguments.html {
        html::page(left, right, &comparisons)
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

/// All sections of both sides: those of the plan, and then each side's own.
fn in_plan_order(left: &Source, right: &Source) -> Result<Vec<String>, Failure> {
    let mut names = left.section_names()?;
    for name in right.section_names()? {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let place = |name: &String| PLAN.iter().position(|planned| planned == name);
    names.sort_by_key(|name| place(name).unwrap_or(PLAN.len()));
    Ok(names)
}

/// The sections that were asked for, each known to be on one side at least.
fn known(asked: &[String], left: &Source, right: &Source) -> Result<Vec<String>, Failure> {
    let mut known: Vec<String> = Vec::new();
    for (name, _) in left
        .all_sections()?
        .into_iter()
        .chain(right.all_sections()?)
    {
        if !known.contains(&name) {
            known.push(name);
        }
    }
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    match asked.iter().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Failure::Input(format!(
            "error: neither {} nor {} has a section `{name}`{}\nhelp: the sections are {}",
            left.name,
            right.name,
            did_you_mean(name, &known),
            known.join(", ")
        ))),
        None => Ok(asked.to_vec()),
    }
}

fn compare(section: &str, left: &Source, right: &Source) -> Comparison {
    let side = |source: &Source| -> (Side, Vec<Line>) {
        let name = source.name.clone();
        match source.excerpt(section) {
            Some(Excerpt { path, lines }) => {
                let place = Ok(path);
                (Side { name, place }, lines)
            }
            None => {
                let place = Err(source.why_no_section(section));
                (Side { name, place }, Vec::new())
            }
        }
    };
    let ((left, left_lines), (right, right_lines)) = (side(left), side(right));
    Comparison {
        section: section.to_owned(),
        left,
        right,
        rows: align(&left_lines, &right_lines),
    }
}
