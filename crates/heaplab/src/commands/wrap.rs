//! Breaks lines that are wider than the terminal, between words: a terminal breaks them anywhere.

use textwrap::core::display_width;
use textwrap::{Options, WordSplitter, wrap};

/// Returns the text with no line wider than `width`, where that is possible. What continues a line
/// is indented as the line's text is.
pub fn wrapped(text: &str, width: usize) -> String {
    let mut lines = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let words = line.trim_end_matches('\n');
        if display_width(words) <= width {
            lines += line;
            continue;
        }
        let indent = " ".repeat(hanging(words).min(width / 2));
        let options = Options::new(width)
            .subsequent_indent(&indent)
            .break_words(false)
            .word_splitter(WordSplitter::NoHyphenation);
        lines += &wrap(words, options).join("\n");
        lines += &line[words.len()..];
    }
    lines
}

/// Returns a text of paragraphs with each line indented by two spaces. If that is too wide, the
/// lines of each paragraph are filled anew; lines that begin with a space, as code, stay.
pub fn indented(text: &str, width: usize) -> String {
    let widest = text.lines().map(display_width).max().unwrap_or(0);
    let mut lines: Vec<String> = Vec::new();
    let mut may_continue = false;
    for line in text.lines() {
        let is_prose = !line.is_empty() && !line.starts_with(' ');
        match lines.last_mut() {
            Some(last) if is_prose && may_continue && 2 + widest > width => {
                *last += " ";
                *last += line;
            }
            _ => lines.push(format!("  {line}").trim_end().to_owned()),
        }
        may_continue = is_prose;
    }
    wrapped(&(lines.join("\n") + "\n"), width)
}

/// Returns where the text of a line begins: after spaces, and after the number or mark of a list.
fn hanging(line: &str) -> usize {
    let spaces = line.len() - line.trim_start_matches(' ').len();
    let rest = &line[spaces..];
    let is_number = |word: &str| {
        word.strip_suffix('.').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
    };
    match rest.split_once(' ') {
        Some((number, _)) if is_number(number) => spaces + number.len() + 1,
        _ => spaces,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words_and_keep_their_indentation() {
        let text = "  one two three four\n\n  1. one two three\nshort\n";
        assert_eq!(
            wrapped(text, 12),
            "  one two\n  three four\n\n  1. one two\n     three\nshort\n"
        );
    }

    #[test]
    fn paragraphs_are_filled_anew_if_they_are_too_wide() {
        let text = "one two three\nfour.\n\n    code {\n    }\n\nfive\nsix";
        let as_written = "  one two three\n  four.\n\n      code {\n      }\n\n  five\n  six\n";
        assert_eq!(indented(text, 15), as_written);
        let filled = "  one two\n  three four.\n\n      code {\n      }\n\n  five six\n";
        assert_eq!(indented(text, 14), filled);
    }

    #[test]
    fn a_word_that_is_too_long_stays_whole() {
        assert_eq!(
            wrapped("  see labs/1-implicit/src/lib.rs", 12),
            "  see\n  labs/1-implicit/src/lib.rs"
        );
    }

    #[test]
    fn colours_take_no_room() {
        let bold = "\x1b[1mone two\x1b[0m three";
        assert_eq!(wrapped(bold, 13), bold);
        assert_eq!(wrapped(bold, 12), "\x1b[1mone two\x1b[0m\nthree");
    }

    #[test]
    fn a_text_that_fits_is_not_changed() {
        for text in ["", "\n", "a\n\nb", "    code {\n", "a  b\n"] {
            assert_eq!(wrapped(text, 12), text);
        }
    }
}
