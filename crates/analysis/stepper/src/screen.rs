//! Draws the screen: from the top the title, each heap, the calls, and what is answered.

mod calls;
mod canvas;
mod help;
mod panels;
mod strips;
mod watched;

use crate::stepper::{Mode, Stepper};
use canvas::Canvas;
use ratatui::Frame;
use ratatui::layout::Rect;
pub use watched::Watched;

/// The narrowest screen, in columns.
pub const SMALLEST_WIDTH: u16 = 60;

/// The lowest screen, in rows.
pub const SMALLEST_HEIGHT: u16 = 20;

impl Stepper<'_> {
    /// Draws the screen into a frame.
    pub fn draw(&mut self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let mut canvas = Canvas::new(frame.buffer_mut(), self.has_colors);
        self.clickable.clear();
        if area.width < SMALLEST_WIDTH || area.height < SMALLEST_HEIGHT {
            let text = format!(
                "{}x{} is too small: at least {SMALLEST_WIDTH}x{SMALLEST_HEIGHT}; q quits",
                area.width, area.height
            );
            canvas.wrapped(area, &text);
            return;
        }
        if self.mode == Mode::Help {
            help::draw(&mut canvas, area, self.playground.is_some());
            return;
        }
        self.title(&mut canvas, row(area, 0));
        let most = usize::from(area.height / 8).min(6) / self.sides.len();
        let answers = self.answers(usize::from(area.width), most.max(1));
        let bottom = u16::try_from(answers.len()).unwrap_or(3).min(8);
        let calls = if self.sides.len() == 1 { 5 } else { 3 };
        let middle = Rect { y: area.y + 1, height: area.height - 1 - bottom - calls, ..area };
        match self.sides.len() {
            1 => self.draw_one(&mut canvas, middle),
            _ => self.draw_two(&mut canvas, middle),
        }
        let below = Rect { y: middle.bottom(), height: calls, ..area };
        self.calls(&mut canvas, below);
        for (answer, at) in answers.iter().zip(below.bottom()..area.bottom()) {
            let area = Rect { y: at, height: 1, ..area };
            canvas.line(area, &answer.text, answer.style(self.has_colors));
        }
    }

    /// One heap: strips, lists, then words and source beside each other.
    fn draw_one(&mut self, canvas: &mut Canvas<'_>, area: Rect) {
        let strips = Rect { height: 5, ..area };
        self.strips(canvas, strips, 0);
        let lists = self.lists(0, usize::from(area.width));
        let most = usize::from(area.height.saturating_sub(5 + 5)).clamp(1, 8);
        let listed = panels::shortened(lists, most);
        let height = u16::try_from(listed.len()).unwrap_or(1);
        for (line, y) in listed.iter().zip(area.y + 5..) {
            canvas.line(Rect { y, height: 1, ..area }, line, canvas::PLAIN);
        }
        let y = area.y + 5 + height;
        let rest = Rect { y, height: area.bottom().saturating_sub(y), ..area };
        if area.width < 80 {
            let source = rest.height.min(3);
            let words = Rect { height: rest.height - source, ..rest };
            self.words_panel(canvas, words, 0);
            let source = Rect { y: words.bottom(), height: source, ..rest };
            self.source_panel(canvas, source, 0);
        } else {
            let left = (rest.width / 2).clamp(44, 56);
            self.words_panel(canvas, Rect { width: left, ..rest }, 0);
            let source = Rect { x: rest.x + left, width: rest.width - left, ..rest };
            self.source_panel(canvas, source, 0);
        }
    }

    /// Two heaps: strips, lists and the call's result of each, then words beside each other.
    fn draw_two(&mut self, canvas: &mut Canvas<'_>, area: Rect) {
        let mut y = area.y;
        for side in 0..self.sides.len() {
            let result = self.result(side);
            let lists = panels::shortened(self.lists(side, usize::from(area.width)), 1);
            self.strips(canvas, Rect { y, height: 4, ..area }, side);
            canvas.line(Rect { y: y + 4, height: 1, ..area }, &lists.join(" "), canvas::PLAIN);
            canvas.line(Rect { y: y + 5, height: 1, ..area }, &result, canvas::PLAIN);
            y += 6;
        }
        let rest = Rect { y, height: area.bottom().saturating_sub(y), ..area };
        let half = rest.width / 2;
        self.words_panel(canvas, Rect { width: half, ..rest }, 0);
        self.words_panel(canvas, Rect { x: rest.x + half, width: rest.width - half, ..rest }, 1);
    }
}

/// Returns one row of an area, from 0.
fn row(area: Rect, row: u16) -> Rect {
    Rect { y: area.y + row, height: 1, ..area }
}
