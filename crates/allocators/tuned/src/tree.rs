//! Trees of the larger free blocks: the smallest block that fits is found in a bounded number of
//! steps (the trees of Doug Lea's malloc).
//!
//! Block sizes are counted in units of the alignment. For each highest bit of a size there is a
//! tree, whose branches are the bits below it, the highest first:
//!
//! ```text
//!  root of 32 to 63 units  -->  45 = 1 01101
//!                              0 /        \ 1
//!                     33 = 1 00001         48 = 1 10000  --next-->  48
//!                            1 \                  1 \
//!                        40 = 1 01000           60 = 1 11100
//!
//!  a free block   +--------+--------+--------+--------+--------+- - - -+--------+
//!                 | n |p|0 | next   | up     | left   | right  |       | n      |
//!                 +--------+--------+--------+--------+--------+- - - -+--------+
//!                   header                                               footer
//! ```
//!
//! A block may be anywhere on the path of its bits, so a path is at most as long as the size has
//! bits, in whatever order blocks come and go. Of several blocks of one size one is in the tree,
//! and the others follow it as a list. `up` is the address of the word that leads to this block: a
//! root, a `left`, a `right` or a `next`.

use crate::Tuned;
use crate::lists::UP;
use crate::start::{EXACT_UNITS, TREES};
use heaplab_arena::{Addr, Event, Probe, WORD_BYTES};
use heaplab_heap::Block;

pub(crate) const LEFT: u32 = 2 * WORD_BYTES;
pub(crate) const RIGHT: u32 = 3 * WORD_BYTES;

/// Stands in `left` of a block that follows another one of its size.
const FOLLOWS: Addr = Addr::new(1);

impl<P: Probe> Tuned<P> {
    /// Returns the smallest block of the trees that has at least `bytes` bytes, which may be fewer
    /// than the smallest in a tree.
    pub(crate) fn best_fit(&self, bytes: u32) -> Option<Block> {
        let units = self.align.units(bytes);
        let mut trees = self.tree_bits();
        if units >= EXACT_UNITS {
            let tree = tree_of(units);
            trees &= u32::MAX << tree;
            if trees & (1 << tree) != 0 {
                if let Some(block) = self.best_fit_in(tree, units, bytes) {
                    return Some(self.follower_of(block));
                }
                trees &= trees - 1;
            }
        }
        if trees == 0 {
            return None;
        }
        let root = self.arena.load_addr(self.root(trees.trailing_zeros()));
        self.smallest_below(root, bytes, None).map(|(block, _)| self.follower_of(block))
    }

    /// Returns the smallest block of one tree with at least `bytes` bytes.
    fn best_fit_in(&self, tree: u32, units: u32, bytes: u32) -> Option<Block> {
        let mut node = self.arena.load_addr(self.root(tree));
        let mut best: Option<(Block, u32)> = None;
        // The last subtree on the way that has only larger sizes.
        let mut larger = Addr::NULL;
        let mut bit = 1 << (units.ilog2());
        while !node.is_null() {
            self.arena.note(Event::SearchStep);
            let block = Block::at(node);
            let size = block.header(&self.arena).size();
            if size == bytes {
                return Some(block);
            }
            if size > bytes && best.is_none_or(|(_, smallest)| size < smallest) {
                best = Some((block, size));
            }
            bit >>= 1;
            let right = self.arena.load_addr(node + RIGHT);
            if units & bit != 0 {
                node = right;
            } else {
                if !right.is_null() {
                    larger = right;
                }
                node = self.arena.load_addr(node + LEFT);
            }
        }
        self.smallest_below(larger, bytes, best).map(|(block, _)| block)
    }

    /// Returns the smallest block of a subtree in which all are large enough; or `best`, if that is
    /// smaller.
    fn smallest_below(
        &self,
        mut node: Addr,
        bytes: u32,
        mut best: Option<(Block, u32)>,
    ) -> Option<(Block, u32)> {
        while !node.is_null() {
            self.arena.note(Event::SearchStep);
            let block = Block::at(node);
            let size = block.header(&self.arena).size();
            if size >= bytes && best.is_none_or(|(_, smallest)| size < smallest) {
                best = Some((block, size));
            }
            let left = self.arena.load_addr(node + LEFT);
            node = if left.is_null() { self.arena.load_addr(node + RIGHT) } else { left };
        }
        best
    }

    /// Returns a block that follows this one, which is simpler to take away, or itself.
    fn follower_of(&self, block: Block) -> Block {
        let next = self.arena.load_addr(block.payload());
        if next.is_null() { block } else { Block::at(next) }
    }

    /// Puts a free block into the tree of its size.
    pub(crate) fn insert(&mut self, block: Block, bytes: u32) {
        let units = self.align.units(bytes);
        let tree = tree_of(units);
        let mut link = self.root(tree);
        let mut bit = 1 << units.ilog2();
        loop {
            let node = self.arena.load_addr(link);
            if node.is_null() {
                break;
            }
            if Block::at(node).header(&self.arena).size() == bytes {
                self.push(node, block);
                self.arena.store_addr(block.payload() + LEFT, FOLLOWS);
                return;
            }
            bit >>= 1;
            link = node + if units & bit == 0 { LEFT } else { RIGHT };
        }
        self.arena.store_addr(block.payload(), Addr::NULL);
        self.put(link, block.payload());
        self.arena.store_addr(block.payload() + LEFT, Addr::NULL);
        self.arena.store_addr(block.payload() + RIGHT, Addr::NULL);
        if link == self.root(tree) {
            self.set_tree_bits(self.tree_bits() | 1 << tree);
        }
    }

    /// Takes a free block out of its tree.
    pub(crate) fn remove(&mut self, block: Block) {
        let node = block.payload();
        if self.follows(node) {
            self.drop_from_list(block);
            return;
        }
        let link = self.arena.load_addr(node + UP);
        let follower = self.arena.load_addr(node);
        let heir = if follower.is_null() { self.take_leaf_below(node) } else { follower };
        if !heir.is_null() {
            for child in [LEFT, RIGHT] {
                let below = self.arena.load_addr(node + child);
                self.put(heir + child, below);
            }
        }
        self.put(link, heir);
        let tree = (link - self.root(0)) / WORD_BYTES;
        if heir.is_null() && tree < TREES {
            self.set_tree_bits(self.tree_bits() & !(1 << tree));
        }
    }

    /// Takes some block without branches from below this one; returns null if there is none.
    fn take_leaf_below(&mut self, node: Addr) -> Addr {
        let (mut leaf, mut below) = (Addr::NULL, self.some_child(node));
        while !below.is_null() {
            (leaf, below) = (below, self.some_child(below));
        }
        if !leaf.is_null() {
            let link = self.arena.load_addr(leaf + UP);
            self.arena.store_addr(link, Addr::NULL);
        }
        leaf
    }

    fn some_child(&self, node: Addr) -> Addr {
        let right = self.arena.load_addr(node + RIGHT);
        if right.is_null() { self.arena.load_addr(node + LEFT) } else { right }
    }

    /// Returns whether a block follows another one of its size.
    pub(crate) fn follows(&self, node: Addr) -> bool {
        self.arena.load_addr(node + LEFT) == FOLLOWS
    }

    /// Returns both branches of a block in a tree.
    pub(crate) fn branches(&self, node: Addr) -> [Addr; 2] {
        [LEFT, RIGHT].map(|child| self.arena.load_addr(node + child))
    }
}

/// Returns the number of the tree for blocks of this many units.
pub(crate) fn tree_of(units: u32) -> u32 {
    units.ilog2() - EXACT_UNITS.ilog2()
}
