//! Which words a fault of native code is about. The layout of its heap is not known, so these are
//! the words that the call has read and that led to the wrong place: a pointer to it, or a size
//! with which it was computed.

use super::{Suspect, TAG_BEFORE};
use crate::access::{BadAccess, Problem, Step};
use crate::fault::Kind;
use crate::foreign::Foreign;
use crate::recorder::{Bulk, Load, Recorder, Write};
use heaplab_arena::{Addr, HEAP_START, WORD_BYTES};

/// What is known when native code was stopped.
pub(crate) struct Native<'a> {
    pub(crate) foreign: &'a dyn Foreign,
    pub(crate) recorder: &'a Recorder,
    /// Reads a word that the allocator wrote.
    pub(crate) word: &'a dyn Fn(Addr) -> Option<u32>,
}

/// Code that uses a pointer to a block reads its tags, which are so close to it.
const NEAR_BYTES: u64 = 48;

/// Returns whether two numbers are close.
fn is_near(one: u64, other: u64) -> bool {
    one.abs_diff(other) <= NEAR_BYTES
}

impl Native<'_> {
    /// Returns the words that the fault is about, and who wrote them.
    pub(crate) fn suspects(&self, kind: &Kind) -> Vec<(Suspect, Write)> {
        let loads = self.recorder.loads();
        // A word may be written again after it was read: both may have made the mistake.
        let who = |suspect: Suspect| {
            let load = loads.iter().find(|load| load.at == suspect.at);
            let then = load.and_then(|load| load.written);
            let then = then.filter(|_| !suspect.what.ends_with(TAG_BEFORE));
            let now = self.recorder.last_write(suspect.at).filter(|now| then != Some(*now));
            then.into_iter().chain(now).map(move |write| (suspect.clone(), write))
        };
        let mut found: Vec<_> = self.of_words(kind, &loads).into_iter().flat_map(who).collect();
        found.extend(self.of_bulk(kind));
        found
    }

    /// Returns a copy or a fill that the fault is about: of a payload that is not all zeros, or one
    /// that was longer than its payload, and may have been written over what is behind it.
    fn of_bulk(&self, kind: &Kind) -> Option<(Suspect, Write)> {
        let Bulk { at, size, write } = match kind {
            Kind::NotZeroed { addr, .. } => {
                self.recorder.last_bulk().filter(|bulk| bulk.at == *addr)
            }
            Kind::LostByRealloc { .. } => self.recorder.last_bulk(),
            _ => self.recorder.overlong(),
        }?;
        let what = format!("a range of {size} bytes");
        Some((Suspect { what, at, leads_to: None }, write))
    }

    fn of_words(&self, kind: &Kind, loads: &[Load]) -> Vec<Suspect> {
        match kind {
            Kind::Access(access) => self.of_access(access, loads),
            Kind::EndlessLoop(endless) => self.of_loop(&endless.cycle),
            Kind::Overlap { addr, .. }
            | Kind::Misaligned { addr, .. }
            | Kind::OutsideHeap { addr, .. } => self.before_payload(*addr),
            Kind::LostByRealloc { from, to, offset, .. } => {
                // A byte may be lost where it was, before it is copied.
                let mut found = self.byte(*from, *offset);
                found.extend(self.byte(*to, *offset));
                found
            }
            _ => Vec::new(),
        }
    }

    /// Returns a byte of a payload.
    fn byte(&self, payload: Addr, offset: usize) -> Vec<Suspect> {
        let at = payload + offset as u32 / WORD_BYTES * WORD_BYTES;
        let what = format!("byte {offset} of the payload {payload}");
        vec![Suspect { what, at, leads_to: None }]
    }

    /// Returns a number of this many bytes.
    fn value(&self, (at, size): (Addr, u32)) -> Option<u64> {
        let low = u64::from((self.word)(at)?);
        match size {
            WORD_BYTES => Some(low),
            8 => Some(u64::from((self.word)(at + WORD_BYTES)?) << 32 | low),
            _ => None,
        }
    }

    fn of_access(&self, access: &BadAccess, loads: &[Load]) -> Vec<Suspect> {
        let mut found: Vec<Suspect> = Vec::new();
        for &Load { at, size, .. } in loads {
            let Some(value) = self.value((at, size)) else { continue };
            if found.iter().any(|suspect| suspect.at == at) {
                continue;
            }
            let to = match access.problem {
                Problem::Outside { address } => address,
                _ if access.at < HEAP_START => access.at.to_word().into(),
                _ => self.foreign.pointer_to(access.at),
            };
            let what = self.leads_to((at, size), value, to);
            found.extend(what.map(|what| Suspect { what, at, leads_to: None }));
        }
        if let [only] = found.as_slice() {
            let before = self.tag_before(only.at);
            found.extend(before);
        }
        found
    }

    /// Returns a tag that the operation wrote before the word at `to`, and whose size leads exactly
    /// there: the word is at the right place only if this size is right.
    fn tag_before(&self, to: Addr) -> Option<Suspect> {
        const FLAGS: [u32; 2] = [0x7, 0xf];
        let written = self.recorder.last_write(to)?;
        let is_tag = |at: Addr| {
            let Some(value) = (self.word)(at) else { return false };
            at < to && FLAGS.iter().any(|flags| value & !flags == to - at)
        };
        let tags = self.recorder.written().into_iter().filter(|&at| is_tag(at));
        let of_operation = tags.filter_map(|at| {
            let write = self.recorder.last_write(at)?;
            let is_before = write.op == written.op && write.number < written.number;
            is_before.then_some((write.number, at))
        });
        let (_, at) = of_operation.max()?;
        let what = format!("the size {:#x} {TAG_BEFORE}", to - at);
        Some(Suspect { what, at, leads_to: None })
    }

    /// Returns what the word at `at` is, if it may have led to the pointer `to`: a pointer there,
    /// the tag of the block there, or a size that leads there from the block that has it as a tag.
    fn leads_to(&self, (at, bytes): (Addr, u32), value: u64, to: u64) -> Option<String> {
        const FLAGS: u64 = 0xf;
        const TAGS_BYTES: u64 = 16;
        let here = self.foreign.pointer_to(at);
        if value > FLAGS && is_near(value, to) {
            let addr = self.foreign.address_of(value).map(|addr| addr.to_string());
            let addr = addr.unwrap_or_else(|| format!("{value:#x}"));
            return Some(format!("the pointer to {addr}"));
        }
        let holds = format!("the word {value:#x} before it");
        if to.wrapping_sub(here) <= TAGS_BYTES {
            return Some(holds);
        }
        let size = value & !FLAGS;
        let is_here = |one: u64| match bytes {
            // Pointers of 4 bytes wrap around.
            WORD_BYTES => is_near((one as u32).into(), (to as u32).into()),
            _ => is_near(one, to),
        };
        let is_there = is_here(here.wrapping_add(size)) || is_here(here.wrapping_sub(size));
        (size > NEAR_BYTES && is_there).then(|| format!("the size {size:#x} in a tag"))
    }

    fn of_loop(&self, cycle: &[Step]) -> Vec<Suspect> {
        let mut found: Vec<Suspect> = Vec::new();
        for step in cycle {
            let value = self.value((step.addr, 8)).or_else(|| self.value((step.addr, WORD_BYTES)));
            let Some(to) = value.and_then(|value| self.foreign.address_of(value)) else { continue };
            let is_known = found.iter().any(|suspect| suspect.at == step.addr);
            let near = |step: &Step| is_near(step.addr.to_word().into(), to.to_word().into());
            if !is_known && cycle.iter().any(near) {
                let what = format!("the pointer to {to}");
                found.push(Suspect { what, at: step.addr, leads_to: None });
            }
        }
        found
    }

    /// Returns the words before a payload, where its header is in most designs.
    fn before_payload(&self, payload: Addr) -> Vec<Suspect> {
        let at = |back: u32| payload - back;
        let what = |at| format!("the word before the payload, at {at}");
        [8, 4].map(at).map(|at| Suspect { what: what(at), at, leads_to: None }).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Place;
    use crate::frame::Frame;

    /// Code whose pointers are the machine's addresses.
    struct Same;

    impl Foreign for Same {
        fn place(&self, _: usize) -> Option<Place> {
            None
        }

        fn frames(&self, _: usize) -> Vec<Frame> {
            Vec::new()
        }

        fn frames_where_interrupted(&self) -> Option<Vec<Frame>> {
            None
        }

        fn address_of(&self, pointer: u64) -> Option<Addr> {
            u32::try_from(pointer).ok().map(Addr::new)
        }

        fn pointer_to(&self, addr: Addr) -> u64 {
            addr.to_word().into()
        }
    }

    const TAG: Addr = Addr::new(0x1_0018);
    const NEXT: Addr = Addr::new(0x1_0038);

    #[test]
    fn the_tag_that_leads_to_another_is_found_if_the_operation_wrote_both() {
        let place = Place { file: "mm.c", line: 150 };
        let word = |at| if at == TAG { Some(0x29) } else { Some(0xfd0) };
        let before = |operations: [usize; 2]| {
            let recorder = Recorder::default();
            for (at, operation) in [TAG, NEXT].into_iter().zip(operations) {
                recorder.begin_op(operation);
                recorder.write(at, WORD_BYTES, place);
            }
            let native = Native { foreign: &Same, recorder: &recorder, word: &word };
            native.tag_before(NEXT).map(|suspect| (suspect.at, suspect.what))
        };
        let what = "the size 0x20 in the tag before that one".to_owned();
        assert_eq!(before([7, 7]), Some((TAG, what)));
        assert_eq!(before([6, 7]), None);
    }

    #[test]
    fn a_size_of_four_bytes_wraps_around_as_its_pointers_do() {
        let recorder = Recorder::default();
        let native = Native { foreign: &Same, recorder: &recorder, word: &|_| None };
        let (guard, to) = (0xfeed_face, u64::from(0x1_0018u32.wrapping_sub(0xfeed_fac0)));
        let what = native.leads_to((TAG, 4), guard, to);
        assert_eq!(what.as_deref(), Some("the size 0xfeedfac0 in a tag"));
        assert_eq!(native.leads_to((TAG, 8), guard, to), None);
    }
}
