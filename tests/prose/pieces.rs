//! Prose without its markup: comments, string literals and paragraphs as words.

use crate::files::{File, Kind, kind};
use ra_ap_rustc_lexer::{FrontmatterAllowed, LiteralKind, TokenKind, tokenize};

/// A paragraph, a comment or a string: its words in order.
pub type Piece = Vec<Word>;

/// A word, in lower case, or a punctuation mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Its letters. A code span is one word, "`".
    pub text: String,
    /// Its line in the file, from 1.
    pub line: usize,
}

/// A line of a comment or of a text.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// Its number, from 1.
    pub number: usize,
    /// What it says, without the marker of a comment.
    pub text: &'a str,
}

/// Returns all prose of a file.
pub fn pieces(file: &File) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for lines in comments(file) {
        for paragraph in lines.split(|line| line.text.trim().is_empty()) {
            let first = paragraph.first().map_or(0, |line| line.number);
            let text: Vec<&str> = paragraph.iter().map(|line| line.text).collect();
            pieces.push(words(&text.join("\n"), first));
        }
    }
    if kind(&file.path) == Some(Kind::Code) {
        pieces.extend(strings(&file.text));
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// Returns the comments of a source, or the whole of a text, as lines. Line comments
/// that follow each other are one comment.
pub fn comments(file: &File) -> Vec<Vec<Line<'_>>> {
    let numbered = || (1..).zip(file.text.lines());
    match kind(&file.path) {
        Some(Kind::Code) => comments_of_code(&file.text),
        Some(Kind::Script) => {
            let texts = numbered().map(|(number, line)| {
                let starts_word = |at: usize| at == 0 || line[..at].ends_with(char::is_whitespace);
                let hash = line.match_indices('#').map(|(at, _)| at).find(|&at| starts_word(at));
                Line { number, text: hash.map_or("", |at| &line[at + 1..]) }
            });
            vec![texts.collect()]
        }
        Some(Kind::Text) => {
            let is_toml = file.path.ends_with(".toml");
            let is_marker = |c: char| c == '>' || (c == '#' && is_toml);
            let unmarked = |text: &'_ str| text.trim_start().trim_start_matches(is_marker).len();
            let texts = numbered()
                .map(|(number, line)| Line { number, text: &line[line.len() - unmarked(line)..] });
            vec![texts.collect()]
        }
        None => Vec::new(),
    }
}

fn comments_of_code(source: &str) -> Vec<Vec<Line<'_>>> {
    let mut comments: Vec<Vec<Line>> = Vec::new();
    let mut goes_on = false; // The last comment, if a line comment follows on the next line.
    for (kind, text, line) in tokens(source) {
        match kind {
            TokenKind::LineComment { .. } => {
                let text = text[2..].strip_prefix(['/', '!']).unwrap_or(&text[2..]);
                match comments.last_mut().filter(|_| goes_on) {
                    Some(comment) => comment.push(Line { number: line, text }),
                    None => comments.push(vec![Line { number: line, text }]),
                }
                goes_on = true;
            }
            TokenKind::BlockComment { .. } => {
                let inside = text.trim_start_matches("/*").trim_end_matches("*/");
                let unmarked =
                    |text: &'_ str| text.len() - text.trim_start_matches([' ', '*']).len();
                let lines = (line..).zip(inside.lines());
                let lines =
                    lines.map(|(number, text)| Line { number, text: &text[unmarked(text)..] });
                comments.push(lines.collect());
                goes_on = false;
            }
            TokenKind::Whitespace if text.matches('\n').count() == 1 => {}
            _ => goes_on = false,
        }
    }
    comments
}

/// Returns the string literals of a source. One of a single word is a name.
fn strings(source: &str) -> Vec<Piece> {
    use LiteralKind::{ByteStr, CStr, RawByteStr, RawCStr, RawStr, Str};
    let mut strings = Vec::new();
    for (kind, text, line) in tokens(source) {
        let TokenKind::Literal { kind, .. } = kind else { continue };
        let inside = text.split_once('"').and_then(|(_, rest)| rest.rsplit_once('"'));
        let Some((inside, _)) = inside else { continue };
        let inside = match kind {
            Str { .. } | ByteStr { .. } | CStr { .. } => unescaped(inside),
            RawStr { .. } | RawByteStr { .. } | RawCStr { .. } => inside.to_owned(),
            _ => continue,
        };
        if inside.contains(' ') {
            strings.push(words(&inside, line));
        }
    }
    strings
}

/// Returns the text of a string literal. Escaped line ends become spaces, so that the
/// lines of the text are those of the source.
fn unescaped(literal: &str) -> String {
    let mut text = String::new();
    let mut chars = literal.chars();
    while let Some(c) = chars.next() {
        text.push(match c {
            '\\' => match chars.next() {
                Some('n' | 't' | 'r') | None => ' ',
                Some(escaped) => escaped,
            },
            _ => c,
        });
    }
    text
}

/// Returns each token of a source, with its text and its line.
fn tokens(source: &str) -> impl Iterator<Item = (TokenKind, &str, usize)> {
    let (mut at, mut line) = (0, 1);
    tokenize(source, FrontmatterAllowed::No).map(move |token| {
        let text = &source[at..at + token.len as usize];
        let begin = line;
        at += text.len();
        line += text.matches('\n').count();
        (token.kind, text, begin)
    })
}

/// Returns the words of a text that begins at `line`. Targets of links are left out.
fn words(text: &str, mut line: usize) -> Piece {
    let is_letter = |c: char| c.is_alphanumeric() || "'_-".contains(c);
    let mut piece = Piece::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let ticks = rest.len() - rest.trim_start_matches('`').len();
        let is_span = (1..=2).contains(&ticks);
        let span = rest[ticks..].find(&rest[..ticks]).filter(|_| is_span);
        let hole = rest.strip_prefix('{').and_then(|rest| rest.find(['}', ' ', '\n']));
        let target = rest.strip_prefix("](").and_then(|rest| rest.find(')'));
        let length = match (span, target) {
            (Some(end), _) => end + 2 * ticks,
            (_, Some(end)) => end + 3,
            _ if ticks > 2 => ticks,
            _ if hole.is_some() => hole.unwrap_or(0) + 1,
            _ if is_letter(first) => rest.find(|c| !is_letter(c)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (word, after) = rest.split_at(length);
        if !first.is_whitespace() {
            let text = if span.is_some() {
                "`"
            } else if target.is_some() {
                "]"
            } else {
                word
            };
            piece.push(Word { text: text.to_lowercase(), line });
        }
        line += word.matches('\n').count();
        rest = after;
    }
    piece
}

/// Returns the pieces of a text as lines of words.
#[cfg(test)]
fn shown(path: &str, text: &str) -> Vec<(usize, String)> {
    let file = File { path: path.to_owned(), text: text.to_owned() };
    let line = |piece: &Piece| {
        let texts: Vec<&str> = piece.iter().map(|word| &word.text[..]).collect();
        (piece[0].line, texts.join(" "))
    };
    pieces(&file).iter().map(line).collect()
}

#[test]
fn prose_of_a_source_is_its_comments_and_strings() {
    let source = "\
//! One, `a
//! b` two.
//!
//! Three
fn f() { g(\"x y\\
  z\", \"name\"); } // four
/* five
 * six */
";
    let expected = [(1, "one , ` two ."), (4, "three"), (6, "four"), (7, "five six"), (5, "x y z")];
    assert_eq!(shown("a.rs", source), expected.map(|(line, text)| (line, text.to_owned())));
}

#[test]
fn prose_of_a_page_is_its_paragraphs() {
    let page = "# A page\n\n> See [the\n> list](x.md#so-many) and so on.\n";
    let expected = [(1, "# a page"), (3, "see [ the list ] and so on .")];
    assert_eq!(shown("a.md", page), expected.map(|(line, text)| (line, text.to_owned())));
}

#[test]
fn prose_of_a_script_is_its_comments() {
    let script = "# One\n# two.\necho \"${#x}\" # three\necho\n# four\n";
    let expected = [(1, "one two . three"), (5, "four")];
    assert_eq!(shown("a.sh", script), expected.map(|(line, text)| (line, text.to_owned())));
}
