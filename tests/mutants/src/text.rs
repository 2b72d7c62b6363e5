//! Finds a piece of source, independently of its line breaks.

use std::ops::Range;

/// Returns where `wanted` occurs in `source[within]`; white space between the words may differ.
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

/// Returns the length of the words at the start of `text`, with the white space between them.
fn length(text: &str, words: &[&str]) -> Option<usize> {
    let mut rest = text;
    for word in words {
        let text = rest.trim_start();
        // Text over several lines has a comma at its end that it lacks on one line.
        let without_comma = || text.strip_prefix(word.strip_suffix(',')?);
        rest = text.strip_prefix(word).or_else(without_comma)?;
    }
    Some(text.len() - rest.len())
}

/// Returns the one place where `wanted` occurs.
pub fn only(source: &str, within: Range<usize>, wanted: &str) -> Result<Range<usize>, String> {
    let found = occurrences(source, within, wanted);
    match found.as_slice() {
        [one] => Ok(one.clone()),
        several => Err(format!("occurs {} times, not once: `{wanted}`", several.len())),
    }
}

/// Returns the function that begins with this text: to the brace
/// that closes it, which is on a line with the same indentation.
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

/// Returns the text on one line. It must not contain a line comment.
pub fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
