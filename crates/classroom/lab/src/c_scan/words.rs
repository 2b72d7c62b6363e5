//! The words and signs of preprocessed C code, each with its place in the file.

/// A word or a sign of C code, or a whole `#pragma` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word<'t> {
    pub(super) text: &'t str,
    /// Its line in its file, from 1.
    pub(super) line: usize,
    /// Its column, from 1.
    pub(super) column: usize,
}

/// Returns the words of all files for which `is_trusted` does not hold. Texts in quotes are left
/// out.
pub(super) fn words_of<'t>(text: &'t str, is_trusted: impl Fn(&str) -> bool) -> Vec<Word<'t>> {
    let mut words = Vec::new();
    let mut line = 0;
    let mut skips = false;
    // What is in quotes may go on over a line's end in code that does not compile.
    for row in text.split('\n') {
        line += 1;
        if let Some((next, file)) = marker(row) {
            line = next.saturating_sub(1);
            skips = is_trusted(&file);
            continue;
        }
        if skips {
            continue;
        }
        if row.trim_start().starts_with("#pragma") {
            words.push(Word { text: row.trim(), line, column: 1 });
            continue;
        }
        add_words(row, line, &mut words);
    }
    words
}

/// Reads `# 12 "mm.c" 2`: the number of the next line, and its file.
fn marker(row: &str) -> Option<(usize, String)> {
    let rest = row.strip_prefix("# ")?;
    let (number, rest) = rest.split_once(' ')?;
    let rest = rest.strip_prefix('"')?;
    let (name, _) = rest.rsplit_once('"')?;
    Some((number.parse().ok()?, name.replace("\\\"", "\"").replace("\\\\", "\\")))
}

fn add_words<'t>(row: &'t str, line: usize, words: &mut Vec<Word<'t>>) {
    let mut at = 0;
    while let Some(first) = row[at..].chars().next() {
        let rest = &row[at..];
        let length = if first == '"' || first == '\'' {
            quoted(rest, first)
        } else if super::is_of_word(first) {
            let length = rest.find(|c| !super::is_of_word(c)).unwrap_or(rest.len());
            words.push(Word { text: &rest[..length], line, column: at + 1 });
            length
        } else {
            let length = if rest.starts_with("<:") { 2 } else { first.len_utf8() };
            if !first.is_whitespace() {
                words.push(Word { text: &rest[..length], line, column: at + 1 });
            }
            length
        };
        at += length;
    }
}

/// Returns the bytes up to the closing quote, or to the end.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}
