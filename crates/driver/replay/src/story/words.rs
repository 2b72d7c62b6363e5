//! The sentences of a story.

use super::suspects::refusal;
use super::{Evidence, Writer, is_look};
use crate::access::{BadAccess, EndlessLoop, Problem};
use crate::evidence::{Dirty, TooLarge};
use crate::fault::{BadPointer, Kind, Wrong};
use crate::frame::Frame;
use crate::miscount::Miscount;
use crate::other::bytes;
use heaplab_arena::{Addr, WORD_BYTES};
use heaplab_heap::{BlockView, HeapError, Violation};
use heaplab_trace::Op;

impl Evidence<'_> {
    /// Returns the message.
    pub(super) fn message(&self) -> String {
        self.of(&self.fault.kind)
    }

    fn of(&self, kind: &Kind) -> String {
        match kind {
            Kind::Access(access) => self.access(access),
            Kind::EndlessLoop(endless) => self.endless(endless),
            Kind::Panicked { message } => self.panic(message),
            Kind::Check(violation) => self.violation(violation),
            Kind::BadPointer(bad) => self.bad_pointer(bad),
            Kind::UsableSize { addr, answer: Err(error), .. } => self.and_wrote(format!(
                "usable_size refused the block just allocated, {addr}: {}",
                self.refusal(*addr, error)
            )),
            Kind::UsableSize { addr, .. } if self.words.has_tags() => {
                let size = self.words.tag(*addr - WORD_BYTES).map_or(0, |tag| tag.size());
                let text = format!("{kind}; block {addr} is {} long by its header", bytes(size.into()));
                match self.left() {
                    Some(left) => format!("{text}; {left}"),
                    None => self.and_wrote(format!("{text}: is its size computed too small?")),
                }
            }
            Kind::UsableTooLarge { why: TooLarge::Read { at, .. }, .. } => {
                let name = self.words.name(*at).filter(|name| !name.starts_with("byte "));
                format!("{kind}{}", name.map_or(String::new(), |name| format!(", {name}")))
            }
            Kind::Refused(HeapError::BadPointer { addr, .. }) if addr.is_null() => self.null(),
            Kind::Refused(error @ HeapError::BadPointer { addr, .. }) => self.and_wrote(format!(
                "the heap refused {addr}, which is live: {}",
                self.refusal(*addr, error)
            )),
            Kind::FailedDirty { block, what: Dirty::Block(Err(error)) } => self.and_wrote(format!(
                "the call failed, as it may, but it changed {block}, which it must leave as it was: usable_size refuses it now: {}",
                self.refusal(block.addr, error)
            )),
            Kind::Overlap { addr, other, .. } if *addr == other.addr => {
                format!("{kind}: did the search take a block that is allocated?")
            }
            Kind::Miscounted(account) if matches!(account.miscount, Miscount::NotHeld { .. }) => {
                match self.left() {
                    Some(left) => format!("{kind}; {left}"),
                    None => self.and_wrote(kind.to_string()),
                }
            }
            Kind::LostByRealloc { .. } | Kind::NotZeroed { .. } => match self.writers.first() {
                Some(writer) => format!(
                    "{kind}; {} wrote there last{}",
                    who(&writer.frames),
                    self.when(writer)
                ),
                None => format!("{kind}; the allocator wrote nothing there"),
            },
            Kind::ShrinkLive { .. } => match self.frames.as_slice() {
                [] => kind.to_string(),
                frames => format!("{}: {kind}", who(frames)),
            },
            _ => self.and_wrote(kind.to_string()),
        }
    }

    /// Returns the message for a null pointer that is refused.
    fn null(&self) -> String {
        match self.fault.at.map(|at| at.op) {
            Some(Op::Realloc { size, .. }) => format!(
                "realloc(NULL, {size}) must do what malloc({size}) does, but the heap refused NULL"
            ),
            _ => "free(NULL) must do nothing, but the heap refused NULL".to_owned(),
        }
    }

    fn access(&self, access: &BadAccess) -> String {
        let subject = match self.frames.as_slice() {
            [] => access.call.to_string(),
            [only] if access.call.is_named(&only.function) => access.call.to_string(),
            _ if self.is_only_look(access.call) => access.call.to_string(),
            frames => format!("{}: {}", access.call, who(frames)),
        };
        let finds = if is_look(access.call) { "finds" } else { "looks for" };
        let missing = self.missing(access);
        let look = || if is_look(access.call) { access.call.to_string() } else { subject.clone() };
        if let Some((what, why)) = missing.filter(|_| access.size == WORD_BYTES) {
            let subject = look();
            let no = if is_look(access.call) { "no" } else { "the" };
            return self
                .and_wrote(format!("{subject} {finds} {no} {what} at {}: {why}", access.at));
        }
        if let Some(listed) = self.listed(access) {
            return self.and_wrote(format!("{} {listed}", look()));
        }
        // The owner of a byte of a live payload is named anyway.
        let name = self.words.name(access.addr).filter(|name| !name.starts_with("byte "));
        let mut text = access.describe(&subject, name.as_deref());
        if access.problem == Problem::Unwritten && self.words.is_epilogue(access.at) {
            text += ": was the epilogue forgotten?";
        }
        let is_uneven = !self.words.segment.1.is_aligned_to(self.words.align_bytes);
        if access.problem == Problem::Misaligned && is_uneven {
            text += ": is a size not rounded up?";
        }
        self.and_wrote(text)
    }

    /// Returns the clause for a link of a block that should not be on a list, or that was put on
    /// one without its links.
    pub(super) fn listed(&self, access: &BadAccess) -> Option<String> {
        let at = access.at;
        let leads_here =
            |writer: &&Writer| writer.leads_to.is_some_and(|payload| at - payload < 2 * WORD_BYTES);
        let link = self.writers.iter().find(leads_here);
        let block = self.words.block_with(at)?;
        let is_link = access.size == WORD_BYTES && at - block.payload < 2 * WORD_BYTES;
        match (link.and_then(|link| link.leads_to), access.problem) {
            (Some(payload), Problem::Live) if payload == block.payload => {
                let owner = access.owner?.block;
                Some(format!("finds block {payload} on a list, but it is allocated, {owner}"))
            }
            (Some(payload), Problem::Live) => Some(format!(
                "finds {payload} on a list, but it is not a block: it is inside block {}, which is allocated",
                block.payload
            )),
            (Some(payload), Problem::Unwritten | Problem::Stale) => {
                let name = self.words.name(at)?;
                let holds = match access.problem {
                    Problem::Stale => "holds only what the program left there",
                    _ => "was never written",
                };
                Some(format!("finds block {payload} on a list, but {name}, at {at}, {holds}"))
            }
            (None, Problem::Unwritten | Problem::Stale)
                if is_link && !block.allocated && !self.words.lists.is_empty() =>
            {
                Some(format!(
                    "reads {}, at {at}, but it is on no list: nothing wrote its links",
                    self.words.name(at)?
                ))
            }
            _ => None,
        }
    }

    /// Returns a header, an epilogue or a footer that is not where a block's header says that it
    /// must be, and why it must be there.
    pub(super) fn missing(&self, access: &BadAccess) -> Option<(&'static str, String)> {
        let at = access.at;
        if !self.words.has_tags() {
            return None;
        }
        let what = match access.problem {
            Problem::Unwritten => "nothing was ever written there",
            Problem::Stale => "only what the program left is there",
            Problem::Live => "that is in a live payload",
            _ => return None,
        };
        let long = |block: &BlockView| {
            format!("block {} is {} long by its header", block.payload, bytes(block.size.into()))
        };
        if let Some(before) = self.words.block_before(at) {
            return Some(if self.words.is_epilogue(at) {
                let why = format!(
                    "{}, so the epilogue must be there, but {what}: was it forgotten?",
                    long(before)
                );
                ("epilogue", why)
            } else {
                let why = format!(
                    "{}, so the next header must be there, but {what}: is the rest, the epilogue or the size wrong?",
                    long(before)
                );
                ("header", why)
            });
        }
        let block = self.words.block_with(at)?;
        let is_footer = at + WORD_BYTES == block.start + block.size;
        (is_footer && access.problem == Problem::Unwritten).then(|| {
            ("footer", format!("{}, so its footer must be there, but {what}", long(block)))
        })
    }

    fn endless(&self, endless: &EndlessLoop) -> String {
        let mut text = format!("{} did not end after {} steps", endless.call, endless.steps);
        let who = if self.frames.is_empty() { "it".to_owned() } else { who(&self.frames) };
        if endless.cycle.is_empty() {
            return if self.frames.is_empty() { text } else { format!("{text}, in {who}") };
        }
        const SHOWN: usize = 4;
        let mut visited: Vec<Addr> = Vec::new();
        for step in &endless.cycle {
            if !visited.contains(&step.addr) {
                visited.push(step.addr);
            }
        }
        let named = |&at: &Addr| match self.words.name(at) {
            Some(name) if self.words.is_epilogue(at) => format!(
                "{at} ({name}: its size is 0, so from there the next block is the same again)"
            ),
            Some(name) if name.contains("header") && self.is_empty(at) => {
                format!("{at} ({name}: its size is 0)")
            }
            Some(name) => format!("{at} ({name})"),
            None => at.to_string(),
        };
        let names: Vec<String> = visited.iter().take(SHOWN).map(named).collect();
        let more = if visited.len() > SHOWN { ", ..." } else { "" };
        text += &format!(": {who} repeatedly visits {}{more}", names.join(", "));
        if let Some(payload) = self.listed_twice() {
            text += &format!("; block {payload} is on a list twice");
        }
        if let Some(function) = self.recursion() {
            text += &format!("; `{function}` calls itself without end");
        }
        self.and_wrote(text)
    }

    /// Returns the function that is on the stack too often to be meant.
    fn recursion(&self) -> Option<&str> {
        const MEANT: usize = 16;
        let often = |name: &str| self.frames.iter().filter(|frame| frame.function == name).count();
        let mut names = self.frames.iter().take(MEANT).map(|frame| frame.function.as_str());
        names.find(|name| often(name) > MEANT)
    }

    fn is_empty(&self, header: Addr) -> bool {
        self.words.tag(header).is_some_and(|tag| tag.size() == 0)
    }

    /// Returns a payload that the lists show twice.
    fn listed_twice(&self) -> Option<Addr> {
        let mut payloads: Vec<Addr> = self.words.lists.iter().map(|entry| entry.payload).collect();
        payloads.sort_unstable();
        payloads.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
    }

    /// Returns a panic with the function that panicked. The place in the message may be in the
    /// machine, if it was called with a bad value: then it is that of the allocator's line.
    fn panic(&self, message: &str) -> String {
        let Some(frame) = self.frames.first() else {
            return format!("the heap panicked: {message}");
        };
        let (who, here) = (who(&self.frames), format!("{}:{}", frame.file, frame.line));
        match message.rsplit_once(" (") {
            Some((_, place)) if place.starts_with(&here) => {
                format!("the heap panicked in {who}: {message}")
            }
            Some((text, place)) if place.ends_with(')') && place.contains(".rs:") => {
                format!("the heap panicked in {who}: {text} ({here})")
            }
            _ => format!("the heap panicked in {who}: {message} ({here})"),
        }
    }

    fn violation(&self, violation: &Violation) -> String {
        let number = violation.number();
        let text = match *violation {
            Violation::Uncoalesced { block } => {
                let size = self.words.block_at(block).map_or(0, |view| view.size);
                format!(
                    "I{number}: block {block} and the block behind it, {}, are both free, and must be merged",
                    block + size
                )
            }
            Violation::Link { list, block, next } => self.link(list, block, next),
            Violation::NotAFreeBlock { block, .. } => {
                let is = self.what_is_at(block);
                let is_merged = is.contains("inside free block");
                let question =
                    if is_merged { "; was it merged, and left on the list?" } else { "" };
                format!("{violation}{is}{question}")
            }
            Violation::Remembered { addr, .. } => format!("{violation}{}", self.what_is_at(addr)),
            Violation::Gap { block, size } if self.words.has_tags() => format!(
                "I{number}: block {block} is {} long by its header, so it would end at {}, past the break, {}",
                bytes(size.into()),
                block + size - WORD_BYTES,
                self.words.segment.1
            ),
            Violation::PrevAllocated { block, .. } => {
                format!("{violation}{}", self.block_before(block))
            }
            _ => violation.to_string(),
        };
        let text = format!("the heap's own check fails: {text}");
        match violation {
            Violation::Count { .. } => match self.writers.first() {
                Some(writer) => {
                    format!("{text}; {} ran last{}", who(&writer.frames), self.when(writer))
                }
                None => text,
            },
            Violation::NotAFreeBlock { .. } => self.and_made(text),
            Violation::Link { .. } => {
                let linked = self.and_wrote(text);
                if self.listed_twice().is_some() { self.and_made(linked) } else { linked }
            }
            Violation::Bitmap { says: true, .. } => match self.writers.first() {
                Some(writer) => format!(
                    "{text}: the list is empty; {} emptied a list last{}",
                    who(&writer.frames),
                    self.when(writer)
                ),
                None => text,
            },
            _ => self.and_wrote(text),
        }
    }

    /// Returns the sentence for a link that does not lead back.
    fn link(&self, list: u32, block: Addr, next: Addr) -> String {
        let first = self.words.blocks.first().map(|first| first.start);
        let named = |addr: Addr| match first {
            Some(first) if addr < first => format!("the list's head, {addr},"),
            _ => format!("block {addr}"),
        };
        let back = (self.words.word)(next + WORD_BYTES).map_or(Addr::NULL, Addr::new);
        let back = if back == next { "itself".to_owned() } else { named(back) };
        let text = format!(
            "I9: on list {list}, {} links to {}, which links back to {back}",
            named(block),
            named(next)
        );
        let text = text.trim_end_matches(',').replace(",,", ",");
        match self.listed_twice() {
            Some(payload) => format!("{text}: block {payload} is on the list twice"),
            None => text,
        }
    }

    fn what_is_at(&self, block: Addr) -> String {
        match (self.words.block_at(block), self.words.block_with(block)) {
            (Some(view), _) if view.allocated => {
                format!(": it is an allocated block of {} bytes", view.size)
            }
            (Some(_), _) => String::new(),
            (None, Some(view)) if !view.allocated => {
                format!(": it is inside free block {} of {} bytes", view.payload, view.size)
            }
            (None, Some(view)) => {
                format!(": it is inside block {}, which is allocated", view.payload)
            }
            (None, None) if block == self.words.segment.1 => {
                ": it is the break, where there is no block".to_owned()
            }
            (None, None) => String::new(),
        }
    }

    fn block_before(&self, block: Addr) -> String {
        let before = self.words.block_before(block - WORD_BYTES);
        before.map_or(String::new(), |before| {
            let is = if before.allocated { "allocated" } else { "free" };
            format!(": block {} before it is {is}", before.payload)
        })
    }

    /// Returns what the tags say of a live block that the heap refuses.
    fn refusal(&self, payload: Addr, error: &HeapError) -> String {
        let HeapError::BadPointer { fault, .. } = error else {
            return error.to_string();
        };
        refusal(payload, *fault, &self.words).unwrap_or_else(|| error.to_string())
    }

    fn bad_pointer(&self, bad: &BadPointer) -> String {
        let Wrong::Stopped(kind) = &bad.wrong else {
            return bad.to_string();
        };
        let BadPointer { call, flaw, .. } = bad;
        let stopped = self.of(kind);
        format!(
            "a bad pointer, tried after this operation: {call}, {flaw}; the heap must refuse it, but {stopped}"
        )
    }

    /// Adds who wrote the first of the words; nothing if it is not known.
    fn and_wrote(&self, text: String) -> String {
        let Some(writer) = self.writers.first() else {
            return text;
        };
        let joint = if text.ends_with('?') { "" } else { ";" };
        format!("{text}{joint} {} wrote {}{}", who(&writer.frames), writer.what, self.when(writer))
    }

    /// Adds who wrote the header of the block that it is about.
    fn and_made(&self, text: String) -> String {
        let mut headers = self.writers.iter().filter(|writer| writer.leads_to.is_none());
        let Some(writer) = headers.next() else {
            return self.and_wrote(text);
        };
        let joint = if text.ends_with('?') { "" } else { ";" };
        let (who, what) = (who(&writer.frames), &writer.what);
        format!("{text}{joint} {who} wrote {what}{}", self.when(writer))
    }

    /// Returns a clause for a word that the operation should have changed; none if it did.
    fn left(&self) -> Option<String> {
        let (writer, at) = (self.writers.first()?, self.fault.at?);
        (writer.line != Some(at.line)).then(|| {
            format!(
                "`{}` left {} as {} wrote it{}",
                at.op,
                writer.what,
                who(&writer.frames),
                self.when(writer)
            )
        })
    }

    /// Returns when a word was written: ` on line 5`; nothing if the operation itself did.
    fn when(&self, writer: &Writer) -> String {
        match (writer.line, self.fault.at) {
            (Some(line), Some(at)) if line == at.line => String::new(),
            (Some(line), _) => format!(" on line {line}"),
            (None, Some(_)) => " when the empty heap was set up".to_owned(),
            (None, None) => String::new(),
        }
    }
}

/// Returns the innermost function and its callers: "`join` (called by `link`, by `split`)".
pub(crate) fn who(frames: &[Frame]) -> String {
    const CALLERS: usize = 3;
    let Some((inner, outer)) = frames.split_first() else {
        return "it".to_owned();
    };
    if inner.function.is_empty() {
        return format!("{}:{}", inner.file, inner.line);
    }
    // `impl Heap` often calls a function of the same name, and a recursion does nothing else.
    let mut callers: Vec<&str> = outer.iter().map(|frame| frame.function.as_str()).collect();
    callers.dedup();
    let from = usize::from(callers.first() == Some(&inner.function.as_str()));
    let callers = callers[from..].iter().take(CALLERS);
    let callers: Vec<String> = callers.map(|name| format!("by `{name}`")).collect();
    match callers.as_slice() {
        [] => format!("`{}`", inner.function),
        some => format!("`{}` (called {})", inner.function, some.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(names: &[&str]) -> Vec<Frame> {
        let frame = |name: &&str| Frame {
            function: (*name).to_owned(),
            file: "src/lib.rs".to_owned(),
            line: 7,
        };
        names.iter().map(frame).collect()
    }

    #[test]
    fn a_function_is_named_with_its_callers() {
        assert_eq!(
            who(&frames(&["join", "link", "split"])),
            "`join` (called by `link`, by `split`)"
        );
        assert_eq!(who(&frames(&["free"])), "`free`");
        assert_eq!(who(&frames(&["a", "b", "c", "d", "e"])), "`a` (called by `b`, by `c`, by `d`)");
    }

    #[test]
    fn a_recursion_is_named_once() {
        assert_eq!(who(&frames(&["free", "free", "free"])), "`free`");
        assert_eq!(who(&frames(&["size_of", "free", "free"])), "`size_of` (called by `free`)");
    }

    #[test]
    fn without_debug_information_there_is_a_line() {
        assert_eq!(who(&frames(&[""])), "src/lib.rs:7");
        assert_eq!(who(&[]), "it");
    }
}
