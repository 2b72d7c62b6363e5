//! What is different between two moments of a heap.

use crate::step::{BlockChange, BlockState, ListChange, ListPlace};
use crate::view::View;
use heaplab_heap::{BlockView, Listed};
use std::collections::{BTreeMap, HashSet};

/// Returns the blocks that are not the same, by ascending address.
pub(crate) fn blocks(before: &View, after: &View) -> Vec<BlockChange> {
    let (mut before, mut after) = (trimmed(&before.blocks, &after.blocks)).into_iters();
    let mut changes = Vec::new();
    loop {
        let (old, new) = match (before.peek(), after.peek()) {
            (None, None) => return changes,
            (Some(old), Some(new)) if old.start == new.start => (before.next(), after.next()),
            (Some(old), Some(new)) if old.start > new.start => (None, after.next()),
            (Some(_), _) => (before.next(), None),
            (None, Some(_)) => (None, after.next()),
        };
        if old != new
            && let Some(block) = new.or(old)
        {
            changes.push(BlockChange {
                start: block.start.to_word(),
                payload: block.payload.to_word(),
                before: old.map(state),
                after: new.map(state),
            });
        }
    }
}

fn state(block: &BlockView) -> BlockState {
    BlockState { bytes: block.size, is_allocated: block.allocated }
}

/// What is left of two sequences without the entries that they have in common at both ends.
struct Trimmed<'a, T> {
    before: &'a [T],
    after: &'a [T],
    /// How many they have in common at the beginning.
    from: usize,
}

type Entries<'a, T> = std::iter::Peekable<std::slice::Iter<'a, T>>;

impl<'a, T> Trimmed<'a, T> {
    fn into_iters(self) -> (Entries<'a, T>, Entries<'a, T>) {
        (self.before.iter().peekable(), self.after.iter().peekable())
    }
}

fn trimmed<'a, T: PartialEq>(before: &'a [T], after: &'a [T]) -> Trimmed<'a, T> {
    let from = before.iter().zip(after).take_while(|(old, new)| old == new).count();
    let (before, after) = (&before[from..], &after[from..]);
    let ends = before.iter().rev().zip(after.iter().rev());
    let same = ends.take_while(|(old, new)| old == new).count();
    Trimmed { before: &before[..before.len() - same], after: &after[..after.len() - same], from }
}

/// Returns the lists that are not the same, by number.
pub(crate) fn lists(before: &View, after: &View) -> Vec<ListChange> {
    if before.lists == after.lists {
        return Vec::new();
    }
    let (before, after) = (by_list(&before.lists), by_list(&after.lists));
    let mut numbers: Vec<u32> = before.keys().chain(after.keys()).copied().collect();
    numbers.sort_unstable();
    numbers.dedup();
    let entries = |lists: &BTreeMap<u32, Vec<u32>>, number| -> Vec<u32> {
        lists.get(&number).cloned().unwrap_or_default()
    };
    numbers
        .into_iter()
        .filter_map(|number| list(number, &entries(&before, number), &entries(&after, number)))
        .collect()
}

/// Returns the payloads of each list, in order.
fn by_list(entries: &[Listed]) -> BTreeMap<u32, Vec<u32>> {
    let mut lists: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for entry in entries {
        lists.entry(entry.list).or_default().push(entry.payload.to_word());
    }
    lists
}

fn list(number: u32, before: &[u32], after: &[u32]) -> Option<ListChange> {
    if before == after {
        return None;
    }
    let Trimmed { before: old, after: new, from } = trimmed(before, after);
    let (in_old, in_new): (HashSet<u32>, HashSet<u32>) =
        (old.iter().copied().collect(), new.iter().copied().collect());
    let missing = |entries: &[u32], others: &HashSet<u32>| -> Vec<ListPlace> {
        let places = (from..).zip(entries).filter(|(_, payload)| !others.contains(payload));
        places.map(|(place, &payload)| ListPlace { place, payload }).collect()
    };
    let stayed = |entries: &[u32], others: &HashSet<u32>| -> Vec<u32> {
        entries.iter().copied().filter(|payload| others.contains(payload)).collect()
    };
    Some(ListChange {
        list: number,
        removed: missing(old, &in_new),
        added: missing(new, &in_old),
        is_reordered: stayed(old, &in_new) != stayed(new, &in_old),
        length: after.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_arena::Addr;

    fn view(blocks: &[(u32, u32, bool)], lists: &[(u32, &[u32])]) -> View {
        let block = |&(start, size, allocated): &(u32, u32, bool)| BlockView {
            start: Addr::new(start),
            size,
            payload: Addr::new(start + 4),
            allocated,
        };
        let entries = lists.iter().flat_map(|(list, payloads)| {
            payloads.iter().map(|payload| Listed { list: *list, payload: Addr::new(*payload) })
        });
        let (blocks, lists) = (blocks.iter().map(block).collect(), entries.collect());
        View { blocks, lists, hides_blocks: false }
    }

    #[test]
    fn a_split_a_merge_and_a_free_are_seen_in_the_blocks() {
        let whole = view(&[(8, 32, true), (40, 64, false), (104, 16, true)], &[]);
        let split = view(&[(8, 32, true), (40, 24, true), (64, 40, false), (104, 16, true)], &[]);
        let (free, taken) = (
            |bytes| Some(BlockState { bytes, is_allocated: false }),
            |bytes| Some(BlockState { bytes, is_allocated: true }),
        );
        let change =
            |start, before, after| BlockChange { start, payload: start + 4, before, after };
        assert_eq!(
            blocks(&whole, &split),
            [change(40, free(64), taken(24)), change(64, None, free(40))]
        );
        assert_eq!(
            blocks(&split, &whole),
            [change(40, taken(24), free(64)), change(64, free(40), None)]
        );
        assert_eq!(blocks(&whole, &whole), []);
    }

    #[test]
    fn an_entry_that_moves_to_the_front_is_neither_gone_nor_new() {
        let before = view(&[], &[(0, &[1, 2, 3, 4]), (5, &[9])]);
        let after = view(&[], &[(0, &[3, 1, 2, 4]), (7, &[8])]);
        let change = |list, removed: &[(usize, u32)], added: &[(usize, u32)], length| ListChange {
            list,
            removed: removed.iter().map(|&(place, payload)| ListPlace { place, payload }).collect(),
            added: added.iter().map(|&(place, payload)| ListPlace { place, payload }).collect(),
            is_reordered: false,
            length,
        };
        assert_eq!(
            lists(&before, &after),
            [
                ListChange { is_reordered: true, ..change(0, &[], &[], 4) },
                change(5, &[(0, 9)], &[], 0),
                change(7, &[], &[(0, 8)], 1),
            ]
        );
    }

    #[test]
    fn an_entry_in_the_middle_leaves_and_another_comes_to_the_front() {
        let before = view(&[], &[(0, &[1, 2, 3, 4])]);
        let after = view(&[], &[(0, &[9, 1, 2, 4])]);
        let changes = lists(&before, &after);
        let change = &changes[0];
        assert_eq!((change.removed[0].place, change.removed[0].payload), (2, 3));
        assert_eq!((change.added[0].place, change.added[0].payload), (0, 9));
        assert!(!change.is_reordered);
    }
}
