//! Foreign text inside our Markdown.

use crate::formats::words;

/// Escapes every character of a text that would have a meaning in a line of Markdown.
pub fn prose(text: &str) -> String {
    let text = words::line(text);
    let text = text.trim();
    let mut out = String::new();
    // Starts of lists, rules and headings count only at the
    // front, with or without a number before them.
    let in_front = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let first = rest.len() == in_front.len();
        let special = match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '$' | '^' => {
                true
            }
            '-' | '+' | '=' | '.' | ')' => first,
            ':' => rest.starts_with("://"),
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// Returns a text as code in a line.
pub fn code(text: &str) -> String {
    let text = words::line(text);
    let ticks = "`".repeat(longest_run(&text) + 1);
    format!("{ticks} {text} {ticks}")
}

/// Returns a text as a block of code, between fences that are longer than any in it.
pub fn fenced(text: &str) -> String {
    let text = words::plain(text);
    let ticks = "`".repeat((longest_run(&text) + 1).max(3));
    format!("{ticks}text\n{}\n{ticks}\n", text.trim_end())
}

/// Returns the length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or(0)
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::examples::any_text;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    /// Returns what a reader of Markdown sees: its headings,
    /// and everything that our Markdown does not use.
    pub fn read(text: &str) -> (Vec<String>, Vec<String>) {
        let (mut headings, mut strange) = (Vec::new(), Vec::new());
        let mut inside = false;
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Heading { .. }) => {
                    inside = true;
                    headings.push(String::new());
                }
                Event::End(pulldown_cmark::TagEnd::Heading(_)) => inside = false,
                Event::Text(text) if inside => headings.last_mut().unwrap().push_str(&text),
                Event::Html(_)
                | Event::InlineHtml(_)
                | Event::FootnoteReference(_)
                | Event::HardBreak => {
                    strange.push(format!("{event:?}"));
                }
                Event::Start(
                    Tag::Link { .. }
                    | Tag::Image { .. }
                    | Tag::BlockQuote(_)
                    | Tag::HtmlBlock
                    | Tag::Emphasis,
                ) => {
                    strange.push(format!("{event:?}"));
                }
                _ => {}
            }
        }
        (headings, strange)
    }

    #[test]
    fn only_markup_characters_are_escaped() {
        for (text, escaped) in [
            ("1-implicit: a, b (c).", "1\\-implicit: a, b (c)."),
            ("- x", "\\- x"),
            ("12. x", "12\\. x"),
            ("a_b*c", "a\\_b\\*c"),
            ("http://a", "http\\://a"),
        ] {
            assert_eq!(prose(text), escaped);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_shown_as_it_is(text in any_text()) {
            let (headings, strange) = read(&format!("# x{}\n", prose(&text)));
            prop_assert!(strange.is_empty(), "{strange:?}");
            prop_assert_eq!(headings, [format!("x{}", words::line(&text).trim())]);
        }

        #[test]
        fn any_text_is_one_block_of_code(text in any_text()) {
            let block = fenced(&text) + "\n<b>\n";
            let events: Vec<Event<'_>> = Parser::new(&block).collect();
            prop_assert!(matches!(events[0], Event::Start(Tag::CodeBlock(_))));
            let shown: String = events[1..].iter().map_while(|event| match event {
                Event::Text(text) => Some(&**text),
                _ => None,
            }).collect();
            let plain = words::plain(&text);
            prop_assert_eq!(shown.trim_end(), plain.trim_end());
        }

        #[test]
        fn any_text_is_code_in_a_line(text in any_text()) {
            prop_assume!(!words::line(&text).trim().is_empty());
            let line = format!("x{}y", code(&text));
            let events: Vec<Event<'_>> = Parser::new(&line).collect();
            let Event::Code(shown) = &events[2] else {
                panic!("{events:?}");
            };
            prop_assert_eq!(&**shown, words::line(&text));
        }
    }
}
