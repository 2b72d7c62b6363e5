//! `heaplab heaps`: which heaps there are, and what can be chosen in each.

use crate::{Lab, Outcome};
use anstyle::Style;

/// Arguments of `heaplab heaps`.
#[derive(clap::Args)]
pub struct Arguments {}

/// Runs the command.
pub fn run(lab: &Lab, _arguments: &Arguments) -> Outcome {
    let bold = Style::new().bold();
    let names = lab.entries().iter().map(|entry| entry.name.len());
    let words = lab.entries().iter().flat_map(|entry| &entry.words);
    let width = names
        .chain(words.map(|(word, _)| word.len() + 2))
        .max()
        .unwrap_or(0);
    for entry in lab.entries() {
        // Padded by hand: the escape codes would count as width.
        let padding = " ".repeat(width - entry.name.len());
        anstream::println!("{bold}{}{bold:#}{padding}  {}", entry.name, entry.about);
        for (word, about) in &entry.words {
            anstream::println!("  {word:<0$}  {about}", width - 2);
        }
    }
    if let Some(entry) = lab.entries().iter().find(|entry| !entry.words.is_empty()) {
        let word = entry.words[0].0;
        anstream::println!(
            "\nChoose with commas: `heaplab run --heap {}:{word}`.",
            entry.name
        );
    }
    Ok(())
}
