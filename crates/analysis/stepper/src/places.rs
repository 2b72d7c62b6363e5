//! Goes to a line of the trace, or chooses a block by its address or id.

use crate::goal::Goal;
use crate::key::Key;
use crate::stepper::{Mode, Stepper};

impl Stepper<'_> {
    /// Types a line number or an address.
    pub(crate) fn type_place(&mut self, key: Key) {
        match key {
            Key::Char(sign) => self.input.push(sign),
            Key::Backspace => drop(self.input.pop()),
            Key::Escape => self.mode = Mode::Look,
            Key::Enter => {
                let mode = std::mem::replace(&mut self.mode, Mode::Look);
                let text = std::mem::take(&mut self.input);
                match mode {
                    Mode::Line => self.go_to_typed_line(text.trim()),
                    _ => self.go_to_typed_address(text.trim()),
                }
            }
            _ => {}
        }
    }

    fn go_to_typed_line(&mut self, text: &str) {
        match text.parse() {
            Ok(line) => drop(self.reach(Goal::Line(line))),
            Err(_) => self.message = format!("`{text}` is not the number of a line"),
        }
    }

    /// Chooses the block at an address, or the program's block with an id.
    fn go_to_typed_address(&mut self, text: &str) {
        let digits = text.strip_prefix("0x");
        let number = digits.map_or_else(|| text.parse(), |digits| u32::from_str_radix(digits, 16));
        let Ok(number) = number else {
            self.message = format!("`{text}` is not an address (0x10010) or an id (3)");
            return;
        };
        let side = &mut self.sides[self.focus];
        let heap = &side.scene.heap;
        let by_id = || {
            let with_id = |owner: &heaplab_film::Owner| owner.id == number;
            heap.blocks.iter().find(|block| block.owner.as_ref().is_some_and(with_id))
        };
        let found = heap.block_at(number).or_else(|| by_id().filter(|_| digits.is_none()));
        match found {
            Some(block) => side.pinned = Some(block.payload),
            None => self.message = format!("`{text}` is not in a block"),
        }
    }
}
