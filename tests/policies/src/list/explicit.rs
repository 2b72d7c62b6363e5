//! Other policies than those of lab 2, the explicit list.
//!
//! Edits that change no answer, and are not in the list:
//! - `place` unlinks the block last: the tags that it writes are not where the links are.
//! - `grow` puts the new block at the tail: it is used at once, and its rest is linked anew.

use crate::mutant::Mutant;

/// The choice of the place on the list, as the solution has it.
const ORDER: &str = "match self.policy.order {
    Order::Lifo => head,
    Order::Fifo => self.last_free(head),
    Order::Address => self.last_free_below(head, block),
}";

/// The walk of first fit, as the solution has it.
const WALK: &str = "let mut block = self.next_free(head);
    while block != head {
        self.arena.note(Event::SearchStep);
        if block.header(&self.arena).size() >= bytes { return Some(block); }
        block = self.next_free(block);
    }
    None";

pub const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "grows-by-two-chunks",
        clause: "a chunk of 4096 bytes, all of it free and on the list",
        instead: "grows by at least two chunks",
        stage: "empty-heap",
        within: "fn grow(",
        find: "bytes.max(CHUNK_BYTES)",
        put: "bytes.max(2 * CHUNK_BYTES)",
    },
    Mutant {
        name: "a-chunk-more",
        clause: "if the list is empty, the heap grows",
        instead: "grows by a chunk more",
        stage: "whole-block",
        within: "fn malloc(",
        find: "self.grow(bytes)?",
        put: "self.grow(bytes + CHUNK_BYTES)?",
    },
    Mutant {
        name: "grows-by-chunks",
        clause: "if the list is empty, the heap grows",
        instead: "grows by whole chunks",
        stage: "merge-prev",
        within: "fn grow(",
        find: "bytes.max(CHUNK_BYTES)",
        put: "bytes.next_multiple_of(CHUNK_BYTES)",
    },
    Mutant {
        name: "keeps-the-smallest-rest",
        clause: "if the rest has at least `minimum_block_bytes`, call `split`,",
        instead: "leaves a rest of the smallest size in the block",
        stage: "split",
        within: "fn place(",
        find: "size - bytes >= self.minimum_block_bytes()",
        put: "size - bytes > self.minimum_block_bytes()",
    },
    Mutant {
        name: "keeps-small-rests",
        clause: "if the rest has at least `minimum_block_bytes`, call `split`,",
        instead: "splits only if the rest has 64 bytes or more",
        stage: "split",
        within: "fn place(",
        find: "size - bytes >= self.minimum_block_bytes()",
        put: "size - bytes >= 64",
    },
    Mutant {
        name: "never-splits",
        clause: "if the rest has at least `minimum_block_bytes`, call `split`,",
        instead: "allocates the whole block",
        stage: "split",
        within: "fn place(",
        find: "size - bytes >= self.minimum_block_bytes()",
        put: "false",
    },
    Mutant {
        name: "first-fit-is-best-fit",
        clause: "walk over the list; return the first block of at least `bytes` bytes",
        instead: "returns the smallest that fits",
        stage: "split",
        within: "fn first_fit(",
        find: WALK,
        put: "self.best_fit(head, bytes)",
    },
    Mutant {
        name: "first-fit-from-the-tail",
        clause: "`first_fit` walks around the ring, from the block after the prologue until it reaches the prologue again.",
        instead: "walks backwards, from the tail",
        stage: "last-in-first-out",
        within: "fn first_fit(",
        find: WALK,
        put: "let mut block = self.prev_free(head);
            while block != head {
                if block.header(&self.arena).size() >= bytes { return Some(block); }
                block = self.prev_free(block);
            }
            None",
    },
    Mutant {
        name: "first-fit-is-last-fit",
        clause: "walk over the list; return the first block of at least `bytes` bytes",
        instead: "returns the last that fits",
        stage: "split",
        within: "fn first_fit(",
        find: WALK,
        put: "let (mut block, mut found) = (self.next_free(head), None);
            while block != head {
                if block.header(&self.arena).size() >= bytes { found = Some(block); }
                block = self.next_free(block);
            }
            found",
    },
    Mutant {
        name: "first-fit-skips-the-head",
        clause: "`first_fit` walks around the ring, from the block after the prologue until it reaches the prologue again.",
        instead: "comes to the first block last",
        stage: "last-in-first-out",
        within: "fn first_fit(",
        find: WALK,
        put: "let first = self.next_free(head);
            let mut block = self.next_free(first);
            while block != head && first != head {
                if block.header(&self.arena).size() >= bytes { return Some(block); }
                block = self.next_free(block);
            }
            (first != head && first.header(&self.arena).size() >= bytes).then_some(first)",
    },
    Mutant {
        name: "first-fit-looks-at-the-first-ten",
        clause: "`first_fit` walks around the ring, from the block after the prologue until it reaches the prologue again.",
        instead: "gives up after ten blocks",
        stage: "split",
        within: "fn first_fit(",
        find: WALK,
        put: "let mut block = self.next_free(head);
            for _ in 0..10 {
                if block == head { return None; }
                if block.header(&self.arena).size() >= bytes { return Some(block); }
                block = self.next_free(block);
            }
            None",
    },
    Mutant {
        name: "lifo-at-the-tail",
        clause: "`free` puts a block at the head of the list, and `first_fit` starts there.",
        instead: "puts it at the tail",
        stage: "last-in-first-out",
        within: "fn link(",
        find: ORDER,
        put: "match self.policy.order {
            Order::Address => self.last_free_below(head, block),
            _ => self.last_free(head),
        }",
    },
    Mutant {
        name: "lifo-behind-the-first",
        clause: "`free` puts a block at the head of the list, and `first_fit` starts there.",
        instead: "puts it behind the first block",
        stage: "last-in-first-out",
        within: "fn link(",
        find: ORDER,
        put: "match self.policy.order {
            Order::Lifo => self.next_free(head),
            Order::Fifo => self.last_free(head),
            Order::Address => self.last_free_below(head, block),
        }",
    },
    Mutant {
        name: "takes-the-end",
        clause: "The first `bytes` bytes become an allocated block.",
        instead: "allocates the end of the free block, and leaves its start on the list",
        stage: "split",
        within: "fn malloc(",
        find: "self.place(block, bytes); Ok(block.payload())",
        put: "let size = block.header(&self.arena).size();
              if size - bytes < self.minimum_block_bytes() {
                  self.place(block, bytes);
                  return Ok(block.payload());
              }
              let last = block.next(size - bytes);
              self.mark_rest(last, bytes, false);
              self.mark_free(block, size - bytes);
              self.mark_allocated(last, bytes);
              Ok(last.payload())",
    },
    Mutant {
        name: "rest-to-the-tail",
        clause: "The rest becomes a free block, and goes on the list.",
        instead: "puts the rest at the tail of the list",
        stage: "split",
        within: "fn split(",
        find: "self.link(rest);",
        put: "let head = self.head(); let tail = self.prev_free(head);
              self.join(tail, rest); self.join(rest, head);",
    },
    Mutant {
        name: "no-case-2",
        clause: "If the next block is free, it is on the list, perhaps in the middle. Take it off before its bytes become part of another block.",
        instead: "merges with the next block only if the one before is free, too",
        stage: "merge-next",
        within: "fn coalesce(",
        find: "next_tag.is_free()",
        put: "next_tag.is_free() && !self.is_prev_allocated(block)",
    },
    Mutant {
        name: "no-case-3",
        clause: "If the block before is free, the merged block starts where that one starts.",
        instead: "merges with the block before only if the next one is free, too",
        stage: "merge-prev",
        within: "fn coalesce(",
        find: "!self.is_prev_allocated(block)",
        put: "!self.is_prev_allocated(block) && next_tag.is_free()",
    },
    Mutant {
        name: "no-case-4",
        clause: "If both neighbours are free, three blocks become one, and both neighbours come off the list.",
        instead: "merges with one of the two",
        stage: "merge-prev",
        within: "fn coalesce(",
        find: "!self.is_prev_allocated(block)",
        put: "!self.is_prev_allocated(block) && !next_tag.is_free()",
    },
    Mutant {
        name: "merged-block-to-the-tail",
        clause: "and the callers put that block on the list.",
        instead: "put a merged block at the tail of the list",
        stage: "merge-next",
        within: "fn free(",
        find: "self.link(block);",
        put: "if block.header(&self.arena).size() == tag.size() && block.payload() == payload {
                  self.link(block);
              } else {
                  let head = self.head(); let tail = self.prev_free(head);
                  self.join(tail, block); self.join(block, head);
              }",
    },
    Mutant {
        name: "grows-by-what-is-missing",
        clause: "The same happens when the heap grows and its last block is free,",
        instead: "grows by less if the last block is free",
        stage: "merge-prev",
        within: "fn malloc(",
        find: "self.grow(bytes)?",
        put: "{
            let end = Block::at(self.arena.brk());
            let free = if self.is_prev_allocated(end) { 0 } else { end.prev_footer(&self.arena).size() };
            self.grow(bytes - free)?
        }",
    },
    Mutant {
        name: "fifo-is-lifo",
        clause: "The policy word `fifo`: a freed block goes to the tail of the list, so it is found last.",
        instead: "puts it at the head",
        stage: "first-in-first-out",
        within: "fn last_free(",
        find: "self.prev_free(head)",
        put: "head",
    },
    Mutant {
        name: "fifo-head-for-tail",
        clause: "The policy word `fifo`: a freed block goes to the tail of the list, so it is found last.",
        instead: "takes the first block for the last",
        stage: "first-in-first-out",
        within: "fn last_free(",
        find: "self.prev_free(head)",
        put: "self.next_free(head)",
    },
    Mutant {
        name: "fifo-before-the-last",
        clause: "The policy word `fifo`: a freed block goes to the tail of the list, so it is found last.",
        instead: "puts it before the last block, if there are three",
        stage: "first-in-first-out",
        within: "fn last_free(",
        find: "self.prev_free(head)",
        put: "{
            let before = self.prev_free(self.prev_free(head));
            if before == head || before == self.next_free(head) { self.prev_free(head) } else { before }
        }",
    },
    Mutant {
        name: "fifo-walks",
        clause: "In a ring, you need no search to find the tail.",
        instead: "walks from the head to the tail",
        stage: "first-in-first-out",
        within: "fn last_free(",
        find: "self.prev_free(head)",
        put: "{
            let mut last = head;
            while self.next_free(last) != head { last = self.next_free(last); }
            last
        }",
    },
    Mutant {
        name: "address-before-the-last",
        clause: "The policy word `address`: the list is in order of rising addresses.",
        instead: "puts the highest block before the last one",
        stage: "address-order",
        within: "fn last_free_below(",
        find: "next == head || next > block",
        put: "next == head || next > block || self.next_free(next) == head",
    },
    Mutant {
        name: "address-behind-the-first",
        clause: "The policy word `address`: the list is in order of rising addresses.",
        instead: "puts the lowest block behind the first one",
        stage: "address-order",
        within: "fn last_free_below(",
        find: "next == head || next > block",
        put: "next == head || (before != head && next > block)",
    },
    Mutant {
        name: "address-falling",
        clause: "The policy word `address`: the list is in order of rising addresses.",
        instead: "keeps the list by falling addresses",
        stage: "address-order",
        within: "fn last_free_below(",
        find: "next == head || next > block",
        put: "next == head || next < block",
    },
    Mutant {
        name: "best-fit-takes-the-last",
        clause: "find the smallest block on the list that is large enough; of equals, the first.",
        instead: "takes the last of equals",
        stage: "best-fit",
        within: "fn best_fit(",
        find: "size < smallest",
        put: "size <= smallest",
    },
    Mutant {
        name: "best-fit-is-first-fit",
        clause: "find the smallest block on the list that is large enough; of equals, the first.",
        instead: "takes the first",
        stage: "best-fit",
        within: "fn best_fit(",
        find: "size < smallest",
        put: "false",
    },
    Mutant {
        name: "best-fit-is-worst-fit",
        clause: "find the smallest block on the list that is large enough; of equals, the first.",
        instead: "takes the largest",
        stage: "best-fit",
        within: "fn best_fit(",
        find: "size < smallest",
        put: "size > smallest",
    },
    Mutant {
        name: "best-fit-ends-at-the-first-good-one",
        clause: "find the smallest block on the list that is large enough; of equals, the first.",
        instead: "ends at a block that is at most 32 bytes too large",
        stage: "best-fit",
        within: "fn best_fit(",
        find: "size == bytes",
        put: "size >= bytes && size - bytes <= 32",
    },
    Mutant {
        name: "best-fit-goes-on",
        clause: "A block that fits exactly ends the search, because no other can be better.",
        instead: "walks to the end of the list",
        stage: "best-fit",
        within: "fn best_fit(",
        find: "return Some(block);",
        put: "if best.is_none_or(|(_, smallest)| size < smallest) { best = Some((block, size)); }",
    },
    Mutant {
        name: "malloc-0-makes-a-block",
        clause: "malloc(0) and free(NULL) change nothing",
        instead: "makes the smallest block",
        stage: "empty-heap",
        within: "fn malloc(",
        find: "if size == 0 { return Ok(Addr::NULL); }",
        put: "",
    },
    Mutant {
        name: "deferred-never-merges",
        clause: "With the policy word `deferred`, a pass that is already written calls `coalesce` when a search fails, and then the search is repeated.",
        instead: "never makes that pass",
        stage: "merge-prev",
        within: "fn find_fit(",
        find: "self.coalesce_all();",
        put: "",
    },
    Mutant {
        name: "grows-after-merging",
        clause: "With the policy word `deferred`, a pass that is already written calls `coalesce` when a search fails, and then the search is repeated.",
        instead: "merges, and grows the heap without another search",
        stage: "merge-prev",
        within: "fn find_fit(",
        find: "return self.search(bytes);",
        put: "return None;",
    },
    Mutant {
        name: "fifo-rest-to-the-head",
        clause: "A merged block goes there, too, and so does the rest of a block that is split.",
        instead: "puts the rest at the head",
        stage: "first-in-first-out",
        within: "fn split(",
        find: "self.link(rest);",
        put: "if self.policy.order == Order::Fifo { let head = self.head(); let after = self.next_free(head); self.join(head, rest); self.join(rest, after); } else { self.link(rest); }",
    },
    Mutant {
        name: "address-rest-to-the-head",
        clause: "The policy word `address`: the list is in order of rising addresses.",
        instead: "puts the rest at the head",
        stage: "address-order",
        within: "fn split(",
        find: "self.link(rest);",
        put: "if self.policy.order == Order::Address { let head = self.head(); let after = self.next_free(head); self.join(head, rest); self.join(rest, after); } else { self.link(rest); }",
    },
    Mutant {
        name: "merged-block-keeps-its-place",
        clause: "If the block before is free, the merged block starts where that one starts. It is on the list too.",
        instead: "leaves the block before where it is on the list",
        stage: "merge-prev",
        within: "fn free(",
        find: "if self.policy.coalescing == Coalescing::Immediate { block = self.coalesce(block); } self.link(block);",
        put: "let keep = self.policy.order == Order::Lifo && self.policy.coalescing == Coalescing::Immediate && !self.is_prev_allocated(block); let mut before = if keep { let prev = block.prev(&self.arena); self.prev_free(prev) } else { block }; let next = block.next(tag.size()); if keep && before == next { before = self.prev_free(next); } if self.policy.coalescing == Coalescing::Immediate { block = self.coalesce(block); } if keep { let after = self.next_free(before); self.join(before, block); self.join(block, after); } else { self.link(block); }",
    },
    Mutant {
        name: "fifo-merged-to-the-head",
        clause: "A merged block goes there, too, and so does the rest of a block that is split.",
        instead: "puts a merged block at the head",
        stage: "first-in-first-out",
        within: "fn free(",
        find: "self.link(block);",
        put: "if self.policy.order == Order::Fifo && block.header(&self.arena).size() != tag.size() { let head = self.head(); let after = self.next_free(head); self.join(head, block); self.join(block, after); } else { self.link(block); }",
    },
    Mutant {
        name: "best-fit-ends-within-an-eighth",
        clause: "find the smallest block on the list that is large enough; of equals, the first.",
        instead: "ends at a block that is at most an eighth too large",
        stage: "best-fit",
        within: "fn best_fit(",
        find: "size == bytes",
        put: "size >= bytes && size - bytes <= bytes / 8",
    },
    Mutant {
        name: "fifo-of-small-blocks",
        clause: "a freed block goes to the tail of the list, so it is found last.",
        instead: "puts a block of more than 64 bytes at the head",
        stage: "first-in-first-out",
        within: "fn link(",
        find: "self.last_free(head)",
        put: "if block.header(&self.arena).size() > 64 { head } else { self.last_free(head) }",
    },
    Mutant {
        name: "deferred-merges-behind-a-block",
        clause: "With the policy word `deferred`, a pass that is already written calls `coalesce` when a search fails, and then the search is repeated.",
        instead: "merges at once if the block before is allocated",
        stage: "merge-prev",
        within: "fn free(",
        find: "self.policy.coalescing == Coalescing::Immediate",
        put: "(self.policy.coalescing == Coalescing::Immediate || self.is_prev_allocated(block))",
    },
    Mutant {
        name: "always-immediate",
        clause: "With the policy word `deferred`, a pass that is already written calls `coalesce` when a search fails, and then the search is repeated.",
        instead: "merges at every free",
        stage: "merge-prev",
        within: "fn free(",
        find: "self.policy.coalescing == Coalescing::Immediate",
        put: "true",
    },
];
