//! Breaks lines between words where a terminal would break them within words.

use unicode_width::UnicodeWidthStr;

/// Returns the text with each line at most `width` columns wide, if its words allow it. The rest of
/// a line is indented a little more than the line. Colours have no width.
pub fn wrapped(text: &str, width: usize) -> String {
    let lines = text.split_inclusive('\n').map(|line| {
        if columns(line.trim_end_matches('\n')) <= width {
            line.to_owned()
        } else {
            broken(line, width)
        }
    });
    lines.collect()
}

/// Returns the columns that a text takes.
fn columns(text: &str) -> usize {
    anstream::adapter::strip_str(text).to_string().width()
}

fn broken(line: &str, width: usize) -> String {
    const MORE: usize = 2;
    // A narrow terminal has no room for a deep indentation.
    let indent = line.len() - line.trim_start_matches(' ').len();
    let indent = " ".repeat((indent + MORE).min(width / 4));
    let (mut text, mut used, mut is_first) = (String::new(), 0, true);
    for word in line.split_inclusive(' ') {
        let wide = columns(word.trim_end());
        if used + wide > width && !is_first {
            text.truncate(text.trim_end_matches(' ').len());
            text += "\n";
            text += &indent;
            used = indent.len();
        }
        is_first &= word.trim().is_empty();
        text += word;
        used += columns(word);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_broken_between_words() {
        let text = "short\n  one two three four\nlast";
        assert_eq!(wrapped(text, 12), "short\n  one two\n   three\n   four\nlast");
        assert_eq!(wrapped(text, 80), text);
        assert_eq!(wrapped(text, usize::MAX), text);
    }

    #[test]
    fn a_word_is_never_broken_and_a_colour_has_no_width() {
        assert_eq!(wrapped("a 0123456789 b\n", 5), "a\n 0123456789\n b\n");
        let colored = "\u{1b}[1mone\u{1b}[0m two\n";
        assert_eq!(wrapped(colored, 7), colored);
    }
}
