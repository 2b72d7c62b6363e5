//! `heaplab explain`: explains a term or a code.

use super::print;
use crate::Outcome;
use anstyle::Style;

/// Arguments of `heaplab explain`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  heaplab explain store-live
  heaplab explain R3
  heaplab explain coalescing")]
pub struct Arguments {
    /// A term, a rule (R3), an invariant (I5) or a code (T21, store-live) [default: list all names]
    words: Vec<String>,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Outcome {
    let bold = Style::new().bold();
    if arguments.words.is_empty() {
        let names = |is_code| {
            let entries = heaplab_explain::entries().filter(move |entry| entry.is_code == is_code);
            entries.map(|entry| entry.name).collect::<Vec<_>>().join(", ")
        };
        return print::styled(&format!(
            "{bold}Terms:{bold:#} {}\n\n{bold}Codes:{bold:#} {}\n",
            names(false),
            names(true)
        ));
    }
    let entry = heaplab_explain::explain(&arguments.words.join(" "))?;
    print::styled(&format!("{bold}{}{bold:#}\n\n{}", entry.name, entry.text()))
}
