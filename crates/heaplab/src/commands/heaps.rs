//! `heaplab heaps`: lists the heaps and their policies.

use super::print;
use crate::Outcome;
use anstyle::Style;
use heaplab_worker::Heaps;

/// Arguments of `heaplab heaps`.
#[derive(clap::Args)]
pub struct Arguments {}

/// Runs the command.
pub fn run(lab: &Heaps, _arguments: &Arguments) -> Outcome {
    let bold = Style::new().bold();
    let names = lab.entries().iter().map(|entry| entry.name.len());
    let words = lab.entries().iter().flat_map(|entry| &entry.words);
    let width = names.chain(words.map(|(word, _)| word.len() + 2)).max().unwrap_or(0);
    let mut text = String::new();
    for entry in lab.entries() {
        // This is padded by hand, because a format width would count the escape codes.
        let padding = " ".repeat(width - entry.name.len());
        let when = if entry.is_only_by_name { "; used only if it is named" } else { "" };
        text += &format!("{bold}{}{bold:#}{padding}  {}{when}\n", entry.name, entry.about);
        for (word, about) in &entry.words {
            text += &format!("  {word:<0$}  {about}\n", width - 2);
        }
    }
    if let Some((name, about)) = lab.files() {
        let padding = " ".repeat(width.saturating_sub(name.len()));
        text += &format!("{bold}{name}{bold:#}{padding}  {about}\n");
    }
    if let Some(entry) = lab.entries().iter().find(|entry| !entry.words.is_empty()) {
        let word = entry.words[0].0;
        text += &format!("\nChoose with commas: `heaplab run {}:{word}`.\n", entry.name);
    }
    print::styled(&text)
}
