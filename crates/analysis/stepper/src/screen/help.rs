//! The keys, on the whole screen.

use super::canvas::{BOLD, Canvas, PLAIN};
use ratatui::layout::Rect;

const KEYS: [(&str, &str); 15] = [
    ("left right", "one step back, forth; page up, page down: ten"),
    ("home end", "before the first call, after the last"),
    ("n N", "next, previous: s split, m merge, b sbrk,"),
    ("", "r moving realloc, f failure, n the same again"),
    ("i", "into the call: each load and store is a step"),
    ("g /", "go to a line of the trace; to an address or id"),
    ("tab", "choose the next block (shift tab: the one before)"),
    ("click", "choose the block there; Esc follows the calls again"),
    ("up down", "scroll the words of the chosen block"),
    ("x h q", "hexadecimal or decimal; the other heap; quit"),
    ("█ ░ ▒ ·", "allocated, free, both, outside every block"),
    ("* ^ [] @", "changed by the call, chosen, chosen, accessed now"),
    ("a b c", "free blocks, by address: the same in strips and lists"),
    ("header?", "looks like one: a guess from a word's place and value"),
    ("id 3 (3)", "the block that the trace calls 3"),
];

const TYPED: [(&str, &str); 3] = [
    ("a 0 24", "id 0 = malloc(24); r 0 40 realloc; f 0 free; c, m too"),
    ("undo save", "take back the last line; save mine.rep"),
    ("Esc Enter", "the keys above as commands; type again"),
];

/// Draws the keys, and what can be typed in the playground.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, is_playground: bool) {
    let title = "Keys (any key closes this)";
    canvas.line(Rect { height: 1, ..area }, title, BOLD);
    let typed = TYPED.iter().filter(|_| is_playground);
    for ((key, what), y) in KEYS.iter().chain(typed).zip(area.y + 1..area.bottom()) {
        canvas.line(Rect { y, height: 1, ..area }, &format!("{key:<11}{what}"), PLAIN);
    }
}
