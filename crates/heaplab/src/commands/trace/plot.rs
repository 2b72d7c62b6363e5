//! Small plots made of text.

/// Eighths of a character cell, from empty to full, growing upwards.
const RISING: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Eighths of a character cell, from empty to full, growing to the right.
const RIGHTWARD: [char; 9] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// Returns a filled curve: one character for each value, `rows` lines from top to bottom. The
/// highest value reaches the top; a value above 0 is always visible.
pub(super) fn area(values: &[u64], rows: usize) -> Vec<String> {
    let highest = values.iter().copied().max().unwrap_or(0);
    let heights: Vec<usize> =
        values.iter().map(|value| eighths(*value, highest, 8 * rows)).collect();
    (0..rows)
        .rev()
        .map(|row| {
            let cells = heights.iter().map(|height| RISING[height.saturating_sub(8 * row).min(8)]);
            cells.collect::<String>().trim_end().to_owned()
        })
        .collect()
}

/// Returns a horizontal bar, `width` characters long for the highest value.
pub(super) fn bar(value: u64, highest: u64, width: usize) -> String {
    let length = eighths(value, highest, 8 * width);
    let mut text = "█".repeat(length / 8);
    if !length.is_multiple_of(8) {
        text.push(RIGHTWARD[length % 8]);
    }
    text
}

/// Returns `value / highest` of `full`, at least 1 unless the value is 0.
fn eighths(value: u64, highest: u64, full: usize) -> usize {
    if value == 0 {
        return 0;
    }
    let part = u128::from(value) * full as u128 / u128::from(highest.max(1));
    usize::try_from(part).unwrap_or(full).clamp(1, full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_fills_from_below() {
        assert_eq!(area(&[0, 1, 8, 16], 2), ["   █", " ▁██"]);
        assert_eq!(area(&[], 1), [""]);
        assert_eq!(area(&[0, 0], 1), [""]);
    }

    #[test]
    fn bars_have_eighths_and_never_vanish() {
        assert_eq!(bar(16, 16, 2), "██");
        assert_eq!(bar(9, 16, 2), "█▏");
        assert_eq!(bar(1, 1_000_000, 2), "▏");
        assert_eq!(bar(0, 16, 2), "");
    }
}
