//! How much room texts take. A picture does not know the reader's font, so it allows for a wide
//! one.

/// Returns about how wide a text is, at this font size.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    let of = |character: char| match character {
        'i' | 'j' | 'l' | '.' | ',' | ':' | '\'' | '|' | 'I' => 0.33,
        'f' | 't' | 'r' | ' ' | '(' | ')' | '-' | '\u{a0}' => 0.42,
        'm' | 'w' | 'M' | 'W' | '%' => 0.92,
        'A'..='Z' => 0.7,
        _ => 0.6,
    };
    text.chars().map(of).sum::<f64>() * size
}

/// Returns the words of a text in lines of at most this width.
pub(crate) fn wrapped(text: &str, size: f64, most: f64) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { continue };
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if line.is_empty() || width(&longer, size) <= most {
            *line = longer;
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// Returns a text that is not wider than this, with its middle left out if need be.
pub(crate) fn shortened(text: &str, size: f64, most: f64) -> String {
    let mut kept: Vec<char> = text.chars().collect();
    if width(text, size) <= most {
        return text.to_owned();
    }
    while kept.len() > 2 {
        kept.remove(kept.len() / 2);
        let half = kept.len() / 2;
        let with_gap: String = kept[..half].iter().chain(&['…']).chain(&kept[half..]).collect();
        if width(&with_gap, size) <= most {
            return with_gap;
        }
    }
    "…".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_wrapped_and_shortened() {
        assert_eq!(wrapped("one two three", 10.0, 50.0), ["one two", "three"]);
        assert_eq!(wrapped("extraordinary", 10.0, 5.0), ["extraordinary"]);
        assert_eq!(shortened("short", 10.0, 100.0), "short");
        let short = shortened("segregated:address,best-fit,elided", 10.0, 100.0);
        assert!(width(&short, 10.0) <= 100.0 && short.starts_with("segre"), "{short}");
        assert!(short.contains('…') && short.ends_with("elided"), "{short}");
    }
}
