//! Finding a piece of source, however it is broken into lines.

use std::ops::Range;

/// Where `wanted` occurs in `source[within]`; white space is free between the words.
pub fn occurrences(source: &str, within: Range<usize>, wanted: &str) -> Vec<Range<usize>> {
    let words: Vec<&str> = wanted.split_whitespace().collect();
    let Some(first) = words.first() else {
        return Vec::new();
    };
    let area = &source[within.clone()];
    let starts = area.match_indices(first).map(|(at, _)| at);
    starts
        .filter_map(|at| Some(at..at + length(&area[at..], &words)?))
        .map(|found| within.start + found.start..within.start + found.end)
        .collect()
}

/// How long the words are at the start of `text`, with the white space between them.
fn length(text: &str, words: &[&str]) -> Option<usize> {
    let mut rest = text;
    for word in words {
        let text = rest.trim_start();
        // What is broken into lines has a comma at its end that it has not on one line.
        let without_comma = || text.strip_prefix(word.strip_suffix(',')?);
        rest = text.strip_prefix(word).or_else(without_comma)?;
    }
    Some(text.len() - rest.len())
}

/// The one place where `wanted` occurs.
pub fn only(source: &str, within: Range<usize>, wanted: &str) -> Result<Range<usize>, String> {
    let found = occurrences(source, within, wanted);
    match found.as_slice() {
        [one] => Ok(one.clone()),
        several => Err(format!("occurs {} times, not once: `{wanted}`", several.len())),
    }
}

/// The function that begins with this text: to the brace that closes it, on a line
/// that is indented as it is.
pub fn function(source: &str, beginning: &str) -> Result<Range<usize>, String> {
    let start = only(source, 0..source.len(), beginning)?.start;
    let line = source[..start].rfind('\n').map_or(0, |at| at + 1);
    let first = source[line..].trim_start_matches(' ');
    let indent = source.len() - line - first.len();
    let closing = format!("\n{}}}\n", " ".repeat(indent));
    let length = source[start..].find(&closing);
    let length = length.ok_or(format!("has no end: `{beginning}`"))?;
    Ok(start..start + length + closing.len() - 1)
}

/// The same on one line. There is no line comment in it.
pub fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
