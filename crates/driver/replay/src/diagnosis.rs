//! A fault, with the heap around it before and after the operation.
//!
//! The trace is run again up to the fault, so that finding faults costs nothing for pictures. The
//! picture shows what the heap's own `blocks` shows, beside the payloads that the program knows to
//! be live; it also shows where the two disagree.

use crate::access::Place;
use crate::fault::{At, Fault, Kind, in_second_run};
use crate::foreign;
use crate::frame::Frame;
use crate::names::Words;
use crate::narrow::is_found_by_check;
use crate::other::Other;
use crate::recorder::{Recorder, Write};
use crate::scene::{CheckSettings, Run, Scene};
use crate::shadow::Shadow;
use crate::stack::frames_of;
use crate::story::{Evidence, Native, Story, Suspect, Writer, suspects};
use crate::watch::{Position, Stopped};
use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Probe, Silent, WORD_BYTES};
use heaplab_heap::{BlockView, Design, Heap, Listed};
use heaplab_trace::Trace;
use std::collections::{BTreeMap, BTreeSet};

/// The heap around one address, before an operation and after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// Neighbours, by rising address.
    pub rows: Vec<Row>,
    /// How many more there are below the first row.
    pub more_below: usize,
    /// How many more there are above the last row.
    pub more_above: usize,
    /// The heap segment after the operation: its start, and its end, which is the break.
    pub segment: (Addr, Addr),
    /// The entries of the free lists after the operation, list by list; only if they matter.
    pub lists: Vec<Entry>,
    /// What is known about the fault besides; none if there is no fault.
    pub story: Option<Story>,
}

/// An entry of a free list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The list, from 0.
    pub list: u32,
    /// The block's payload.
    pub payload: Addr,
    /// The two words at its payload, as far as they can be links: to the next block, and to the
    /// one before.
    pub links: [Option<Addr>; 2],
    /// The block's state as `blocks` shows it; none if no block has that payload.
    pub state: Option<State>,
    /// Whether the lists had it before: it is listed twice.
    pub is_again: bool,
}

/// One block, or a live payload where `blocks` shows no block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where the block starts, its header included.
    pub start: Addr,
    /// Its payload, by which a block is named.
    pub payload: Addr,
    /// The block's state before; none if no block started there.
    pub before: Option<State>,
    /// Its state after.
    pub after: Option<State>,
    /// The payload that the program has there, or had.
    pub holds: Option<Other>,
    /// Whether the address that the picture is about is in it.
    pub is_meant: bool,
}

/// The state of a block as `blocks` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Bytes in the whole block.
    pub size: u32,
    /// Whether it is allocated.
    pub allocated: bool,
    /// Its payload.
    pub payload: Addr,
}

/// At most this many entries of free lists are looked at.
const MOST_LISTED: usize = 256;

/// At most this many neighbours are shown on each side.
const NEIGHBOURS: usize = 3;

/// Draws the heap around a fault that [`check_accesses`](crate::check_accesses) found.
///
/// # Errors
/// If the host gives no address space.
pub fn draw_fault<D: Design>(
    design: &D,
    trace: &Trace,
    settings: &CheckSettings,
    fault: &Fault,
    watch: &dyn Fn(Position),
) -> Result<Around, Stopped> {
    if fault.at.is_none()
        && fault.kind.addr().is_none()
        && !matches!(fault.kind, Kind::Panicked { .. } | Kind::EndlessLoop(_))
    {
        return Ok(Around::default()); // the fault has no place
    }
    let (fault, is_second) = &match &fault.kind {
        Kind::SecondRunFault(kind) if D::IS_NATIVE => {
            (Fault { at: fault.at, kind: (**kind).clone() }, true)
        }
        _ => (fault.clone(), false),
    };
    let scene = Scene { design, trace, settings, watch, is_second: *is_second };
    let shadow = Shadow::recording(Recorder::default());
    let (started, frames) = frames_of(|| scene.start(&shadow, &Silent));
    let mut run = match started {
        Ok(run) => run,
        Err(Stopped::Fault(_)) => return scene.unbuilt(fault, &shadow, frames),
        Err(stopped) => return Err(stopped),
    };
    let done_before = fault.at.map_or(trace.ops().len(), |at| at.op_index);
    let before = perform(&mut run, done_before);
    let operand = fault.at.and_then(|at| before.payload_of(at.op.id()?.0));
    // The outcome of this operation is known: it is the fault.
    let (answer, frames) = frames_of(|| run.fail_again(fault));
    let after = Snapshot::of(&run);
    let meant = fault.kind.addr().filter(|&addr| after.is_near(addr));
    let mut around = around(&before, &after, meant.or(operand).or(answer));
    // The machine of this run goes before the next is made: two may not fit the host.
    let memory = run.written_words();
    drop(run);
    let word = |addr| memory.get(&addr).copied();
    let words = after.words(settings.align.bytes(), &word);
    let writers = scene.writers(&fault.kind, &words, &shadow)?;
    let evidence = Evidence { fault, words, frames, writers };
    around.story = Some(scene.told(evidence));
    if is_about_lists(fault) {
        around.lists = after.entries(&word);
    }
    Ok(around)
}

/// Returns the words that a fault is about, as far as the allocator wrote them, the latest first;
/// and who wrote them last.
fn blamed(
    kind: &Kind,
    words: &Words<'_>,
    shadow: &Shadow,
    is_native: bool,
) -> (Vec<Suspect>, Vec<Write>) {
    const MOST: usize = 3;
    let Some(recorder) = shadow.recorder() else {
        return Default::default();
    };
    let with_write =
        |suspect: Suspect| recorder.last_write(suspect.at).map(|write| (suspect, write));
    let mut blamed: Vec<_> = match foreign::last().filter(|_| is_native) {
        Some(foreign) => Native { foreign: &*foreign, recorder, word: words.word }.suspects(kind),
        None => {
            let suspects = suspects(kind, words, &recorder.written());
            suspects.into_iter().filter_map(with_write).collect()
        }
    };
    blamed.sort_by_key(|(_, write)| std::cmp::Reverse(write.number));
    blamed.truncate(MOST);
    blamed.into_iter().unzip()
}

fn writer(trace: &Trace, suspect: Suspect, write: Write, mut frames: Vec<Frame>) -> Writer {
    if frames.is_empty() {
        let Place { file, line } = write.place;
        frames.push(Frame { function: String::new(), file: file.to_owned(), line });
    }
    let at = write.op.map(|index| At::of(trace, index));
    Writer {
        what: suspect.what,
        at: suspect.at,
        leads_to: suspect.leads_to,
        line: at.map(|at| at.line),
        operation: at.map(|at| at.op.to_string()),
        frames,
    }
}

/// Returns whether the picture of a fault must show the free lists.
fn is_about_lists(fault: &Fault) -> bool {
    match &fault.kind {
        Kind::Check(violation) => violation.number() >= 8,
        Kind::Access(_) | Kind::EndlessLoop(_) | Kind::Overlap { .. } => true,
        _ => false,
    }
}

impl<D: Design> Scene<'_, D> {
    /// Returns the picture of a heap that can't be built: there are no blocks, but there are
    /// functions and lines.
    fn unbuilt(
        &self,
        fault: &Fault,
        shadow: &Shadow,
        frames: Vec<Frame>,
    ) -> Result<Around, Stopped> {
        let segment = shadow.segment();
        let word = |_| None;
        let align_bytes = self.settings.align.bytes();
        let words = Words { blocks: &[], lists: &[], top: None, segment, align_bytes, word: &word };
        let writers = self.writers(&fault.kind, &words, shadow)?;
        let evidence = Evidence { fault, words, frames, writers };
        Ok(Around { segment, story: Some(self.told(evidence)), ..Around::default() })
    }

    /// Returns the story of a fault, which says which run it is in.
    fn told(&self, evidence: Evidence<'_>) -> Story {
        let mut story = evidence.tell();
        if self.is_second && !story.message.is_empty() {
            story.message = in_second_run(&story.message);
        }
        story
    }

    /// Returns who wrote the words that a fault is about, the latest first.
    fn writers(
        &self,
        kind: &Kind,
        words: &Words<'_>,
        shadow: &Shadow,
    ) -> Result<Vec<Writer>, Stopped> {
        let (suspected, writes) = blamed(kind, words, shadow, D::IS_NATIVE);
        let stacks = self.stacks(&writes)?;
        let writers = suspected.into_iter().zip(writes).zip(stacks);
        let writer = |((suspect, write), frames)| writer(self.trace, suspect, write, frames);
        Ok(writers.map(writer).collect())
    }

    /// Runs the trace again, and returns the allocator's functions at each of these writes.
    fn stacks(&self, writes: &[Write]) -> Result<Vec<Vec<Frame>>, Stopped> {
        let Some(last) = writes.iter().map(|write| write.op.map_or(0, |index| index + 1)).max()
        else {
            return Ok(Vec::new());
        };
        let numbers = writes.iter().map(|write| write.number);
        let shadow = Shadow::recording(Recorder::at(numbers));
        match self.start(&shadow, &Silent) {
            Ok(mut run) => {
                for index in 0..last {
                    if run.step(index).is_err() {
                        break;
                    }
                }
            }
            Err(Stopped::Fault(_)) => {}
            Err(stopped) => return Err(stopped),
        }
        let stack = |write: &Write| {
            shadow.recorder().map_or_else(Vec::new, |recorder| recorder.stack(write.number))
        };
        Ok(writes.iter().map(stack).collect())
    }
}

impl<D: Design, P: Probe> Run<'_, D, P> {
    /// Makes the fault happen again: performs its operation, and the check or the call that found
    /// it. Returns what the operation returned.
    fn fail_again(&mut self, fault: &Fault) -> Option<Addr> {
        let done = match fault.at {
            Some(at) => at.op_index + 1,
            None if is_found_by_check(&fault.kind) => 0,
            None => self.scene.trace.ops().len(),
        };
        let answer = fault.at.map(|at| self.step(at.op_index));
        if matches!(answer, Some(Err(_))) {
            return None;
        }
        if let Kind::BadPointer(bad) = &fault.kind {
            self.try_again(bad.call, &bad.flaw);
        } else if is_found_by_check(&fault.kind) && self.check(done).is_ok() {
            let _ = self.account(done);
        }
        answer.and_then(Result::ok)
    }

    /// Returns the word at `addr`, as it is in memory.
    fn word(&self, addr: Addr) -> Option<u32> {
        let arena = self.checked.heap().arena();
        if !arena.contains(addr, WORD_BYTES) {
            return None;
        }
        let bytes = arena.payload(addr, WORD_BYTES)?;
        Some(u32::from_ne_bytes(bytes.try_into().ok()?))
    }

    /// Returns the words that the allocator wrote, as they are in memory.
    fn written_words(&self) -> BTreeMap<Addr, u32> {
        let written = self.shadow.recorder().map_or_else(Vec::new, Recorder::written);
        written.into_iter().filter_map(|at| Some((at, self.word(at)?))).collect()
    }
}

/// Draws the heap after this many operations, around the address that the last of them returned or
/// was about.
///
/// # Errors
/// If the host gives no address space.
pub fn draw_heap<D: Design>(
    design: &D,
    trace: &Trace,
    settings: &CheckSettings,
    done: usize,
    watch: &dyn Fn(Position),
) -> Result<Around, Stopped> {
    let scene = Scene { design, trace, settings, watch, is_second: false };
    let shadow = Shadow::new();
    let mut run = scene.start(&shadow, &Silent)?;
    let Some(last) = done.checked_sub(1) else {
        let empty = Snapshot::of(&run);
        let lists = empty.entries(&|addr| run.word(addr));
        return Ok(Around { lists, ..around(&empty, &empty, None) });
    };
    let before = perform(&mut run, last);
    let operand = trace.ops()[last].id().and_then(|id| before.payload_of(id.0));
    let answer = run.step(last).ok().filter(|answer| !answer.is_null());
    let after = Snapshot::of(&run);
    let lists = after.entries(&|addr| run.word(addr));
    Ok(Around { lists, ..around(&before, &after, answer.or(operand)) })
}

/// Returns the heap after this many operations.
fn perform<D: Design, P: Probe>(run: &mut Run<'_, D, P>, ops: usize) -> Snapshot {
    for index in 0..ops {
        if run.step(index).is_err() {
            break;
        }
    }
    Snapshot::of(run)
}

/// The heap at one moment.
struct Snapshot {
    blocks: BTreeMap<Addr, State>,
    views: Vec<BlockView>,
    lists: Vec<Listed>,
    top: Option<Addr>,
    live: Vec<Other>,
    segment: (Addr, Addr),
}

impl Snapshot {
    fn of<D: Design, P: Probe>(run: &Run<'_, D, P>) -> Snapshot {
        let arena = run.checked().heap().arena();
        // No sound heap has more blocks than this.
        let most = (arena.heap_bytes() / (2 * WORD_BYTES)) as usize;
        let (mut blocks, mut views, mut lists) = (BTreeMap::new(), Vec::new(), Vec::new());
        // The walk over a damaged heap may end in any way; what it saw until then is shown.
        run.glance(|heap| {
            for block in heap.blocks().take(most) {
                let BlockView { size, allocated, payload, .. } = block;
                let state = State { size, allocated, payload };
                blocks.insert(block.start, state);
                views.push(block);
            }
        });
        run.glance(|heap| lists.extend(heap.free_lists().take(MOST_LISTED)));
        let mut top = None;
        run.glance(|heap| top = heap.top());
        Snapshot {
            top,
            blocks,
            views,
            lists,
            live: run
                .checked()
                .history()
                .described()
                .filter(|block| !block.addr.is_null())
                .collect(),
            segment: (arena.start(), arena.brk()),
        }
    }

    /// Returns the heap with names for its words.
    fn words<'a>(&'a self, align_bytes: u32, word: &'a dyn Fn(Addr) -> Option<u32>) -> Words<'a> {
        Words {
            blocks: &self.views,
            lists: &self.lists,
            top: self.top,
            segment: self.segment,
            align_bytes,
            word,
        }
    }

    /// Returns the entries of the free lists.
    fn entries(&self, word: &dyn Fn(Addr) -> Option<u32>) -> Vec<Entry> {
        let (start, brk) = self.segment;
        let is_link = |&to: &Addr| to.is_null() || to >= start && to < brk;
        let link = |at| word(at).map(Addr::new).filter(is_link);
        let (mut seen, mut endless) = (BTreeSet::new(), None);
        let mut entries = Vec::new();
        for &Listed { list, payload } in &self.lists {
            // From a block that it had before, a list goes round.
            if endless == Some(list) {
                continue;
            }
            let is_again = !seen.insert(payload);
            endless = is_again.then_some(list).or(endless);
            entries.push(Entry {
                list,
                payload,
                links: [link(payload), link(payload + WORD_BYTES)],
                state: self.blocks.get(&(payload - WORD_BYTES)).copied(),
                is_again,
            });
        }
        entries
    }

    fn payload_of(&self, id: u32) -> Option<Addr> {
        let block = self.live.iter().find(|block| block.id.0 == id)?;
        Some(block.addr)
    }

    /// Returns where the block that contains the address starts.
    fn start_of(&self, addr: Addr) -> Option<Addr> {
        let (&start, state) = self.blocks.range(..=addr).next_back()?;
        (addr - start < state.size).then_some(start)
    }

    /// Returns whether the address is in the heap segment, or close enough behind it that the last
    /// blocks matter.
    fn is_near(&self, addr: Addr) -> bool {
        const NEAR_BYTES: u32 = 1 << 16;
        let (start, end) = self.segment;
        addr >= start && addr - start < (end - start).saturating_add(NEAR_BYTES)
    }
}

/// Puts both moments side by side, and keeps the rows around `meant`.
fn around(before: &Snapshot, after: &Snapshot, meant: Option<Addr>) -> Around {
    let mut rows: BTreeMap<Addr, Row> = BTreeMap::new();
    let empty = |start, payload| Row {
        start,
        payload,
        before: None,
        after: None,
        holds: None,
        is_meant: false,
    };
    for (&start, &state) in &before.blocks {
        rows.entry(start).or_insert(empty(start, state.payload)).before = Some(state);
    }
    for (&start, &state) in &after.blocks {
        rows.entry(start).or_insert(empty(start, state.payload)).after = Some(state);
    }
    // What was live before, then what is live after: the later entry replaces the earlier one.
    for (snapshot, block) in [before, after]
        .into_iter()
        .flat_map(|snapshot| snapshot.live.iter().map(move |block| (snapshot, *block)))
    {
        let start = snapshot.start_of(block.addr).unwrap_or(block.addr);
        rows.entry(start).or_insert(empty(start, block.addr)).holds = Some(block);
    }
    let meant_start = meant.map(|addr| {
        let found = after.start_of(addr).or_else(|| before.start_of(addr));
        found.or_else(|| rows.range(..=addr).next_back().map(|(&start, _)| start))
    });
    let mut rows: Vec<Row> = rows.into_values().collect();
    let center = match (meant, meant_start.flatten()) {
        (_, Some(start)) => {
            let center = rows.partition_point(|row| row.start < start);
            rows[center].is_meant = true;
            center
        }
        // Below all blocks.
        (Some(_), None) => 0,
        (None, None) => rows.len().saturating_sub(1),
    };
    let first = center.saturating_sub(NEIGHBOURS);
    let end = (center + NEIGHBOURS + 1).min(rows.len());
    Around {
        more_below: first,
        more_above: rows.len() - end,
        rows: rows.drain(first..end).collect(),
        segment: after.segment,
        lists: Vec::new(),
        story: None,
    }
}
