//! The letters of free blocks: a letter means the same block in the strips, in the lists and in
//! links.

use heaplab_film::HeapView;
use std::collections::HashMap;

/// The letters of one heap's free blocks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks(HashMap<u32, char>);

/// The mark of a free block when there are more than there are letters.
const WITHOUT_LETTER: char = '.';

impl Marks {
    /// Gives letters by ascending address, so that the letters of a list show its order. If there
    /// are not enough, those near the payload `around` get one.
    pub(crate) fn of(heap: &HeapView, around: Option<u32>) -> Marks {
        let letters: Vec<char> = ('a'..='z').chain('A'..='Z').collect();
        let free = || heap.blocks.iter().filter(|block| !block.is_allocated);
        let count = free().count();
        let before = free().filter(|block| Some(block.payload) < around).count();
        let most = count.saturating_sub(letters.len());
        let skipped = before.saturating_sub(letters.len() / 2).min(most);
        Marks(free().skip(skipped).map(|block| block.payload).zip(letters).collect())
    }

    /// Returns the letter of the free block with this payload.
    pub(crate) fn of_block(&self, payload: u32) -> char {
        self.0.get(&payload).copied().unwrap_or(WITHOUT_LETTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_film::BlockNow;

    fn heap(blocks: u32) -> HeapView {
        let block = |number: u32| BlockNow {
            start: 16 * number,
            bytes: 16,
            payload: 16 * number + 4,
            is_allocated: number % 2 == 1,
            owner: None,
        };
        HeapView {
            ops: 0,
            heap_start: 0,
            heap_break: 16 * blocks,
            hides_blocks: false,
            blocks: (0..blocks).map(block).collect(),
            lists: Vec::new(),
        }
    }

    #[test]
    fn letters_follow_addresses() {
        let marks = Marks::of(&heap(5), None);
        assert_eq!([4, 36, 68].map(|payload| marks.of_block(payload)), ['a', 'b', 'c']);
        assert_eq!(marks.of_block(20), '.', "an allocated block");
    }

    #[test]
    fn the_blocks_around_the_chosen_one_have_letters() {
        let many = heap(400);
        let at = |number: u32| 16 * number + 4;
        let first = Marks::of(&many, None);
        assert_eq!((first.of_block(at(0)), first.of_block(at(398))), ('a', '.'));
        let middle = Marks::of(&many, Some(at(200)));
        assert_eq!((middle.of_block(at(0)), middle.of_block(at(200))), ('.', 'A'));
        let last = Marks::of(&many, Some(at(398)));
        assert_eq!((last.of_block(at(0)), last.of_block(at(398))), ('.', 'Z'));
    }
}
