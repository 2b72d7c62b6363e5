//! A diagnosis as it is reported: the fault, the rule that it breaks, and the heap around it.
//! Addresses are hexadecimal text, as in messages.

use heaplab_replay::{
    Access, Around, Entry, Fault, Frame, Kind, Place, Row, Rule, State, Story, Writer,
};
use heaplab_worker::FaultReport;
use serde::{Deserialize, Serialize};

/// The whole report of a fault that the checked machine found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// What is wrong, and at which operation.
    #[serde(flatten)]
    pub fault: FaultReport,
    /// The rule that it breaks: `R1` to `R13`, `I1` to `I14`.
    pub rule: String,
    /// The rule in words.
    pub rule_text: String,
    /// The access, if the fault is one.
    pub access: Option<AccessReport>,
    /// The line of the allocator's source.
    pub source: Option<SourceLine>,
    /// The allocator's functions that ran when it was stopped, the innermost first; empty if it was
    /// not stopped, or the program has no debug information.
    #[serde(default)]
    pub calls: Vec<FunctionLine>,
    /// Who wrote the words that the fault is about, the latest first.
    #[serde(default)]
    pub writers: Vec<WriterReport>,
    /// The steps that an endless loop repeats.
    pub cycle: Vec<StepReport>,
    /// The heap around the fault.
    pub picture: HeapPicture,
}

/// A load or store that was stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessReport {
    /// The call of the contract that was running, with its arguments.
    pub call: String,
    /// `load` or `store`.
    pub kind: String,
    /// Address of the first byte.
    pub address: String,
    /// How many bytes.
    pub bytes: u32,
    /// The first byte of the range that may not be accessed.
    pub offending_address: String,
    /// The block that the byte is in, or was in last.
    pub owner: Option<OwnerReport>,
}

/// The block that a byte is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerReport {
    /// The block's id in the trace.
    pub id: u32,
    /// The line that allocated or last resized the block.
    pub line: u32,
    /// Where its payload is.
    pub payload: String,
    /// Requested bytes.
    pub payload_bytes: u32,
    /// Which byte of the payload.
    pub offset: u32,
    /// The line that freed it, if it is not live.
    pub freed_on_line: Option<u32>,
}

/// A line of source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceLine {
    /// The file, as the compiler was given it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

/// A function of the allocator, and the line that it has reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionLine {
    /// Its name; empty if it is not known.
    pub function: String,
    /// The line.
    #[serde(flatten)]
    pub source: SourceLine,
}

/// The last write of a word that a fault is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriterReport {
    /// The word and what it holds: `the header of block 0x10010 (32 allocated)`.
    pub word: String,
    /// Where the word is.
    pub address: String,
    /// The line of the operation that wrote it; none if the empty heap was set up.
    pub line: Option<u32>,
    /// That operation.
    pub operation: Option<String>,
    /// The allocator's functions that wrote it, the innermost first.
    pub calls: Vec<FunctionLine>,
}

/// One step of a loop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepReport {
    /// `load` or `store`.
    pub kind: String,
    /// Address of the first byte.
    pub address: String,
    /// The line that makes it.
    pub source: SourceLine,
}

/// The heap around an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeapPicture {
    /// Neighbours, by rising address.
    pub rows: Vec<PictureRow>,
    /// How many more there are below the first row.
    pub more_below: usize,
    /// How many more there are above the last row.
    pub more_above: usize,
    /// Where the heap segment starts.
    pub heap_start: String,
    /// Where the heap segment ends: the break.
    pub heap_break: String,
    /// The entries of the free lists afterwards, list by list; empty if they don't matter.
    #[serde(default)]
    pub lists: Vec<ListedBlock>,
    /// What else is known about the fault, until the diagnosis takes it.
    #[serde(skip)]
    pub(crate) story: Option<Story>,
}

/// A block on a free list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedBlock {
    /// The list, from 0.
    pub list: u32,
    /// Its payload.
    pub payload: String,
    /// The first word of its payload, its link to the next block; none if it can't be a link.
    pub next: Option<String>,
    /// The second word: its link to the block before.
    pub previous: Option<String>,
    /// As in `48 free`; none if no block has that payload.
    pub state: Option<String>,
    /// Whether the lists had it before: it is listed twice.
    pub is_again: bool,
}

/// A block, or a live payload where the heap's own walk shows no block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureRow {
    /// Where the block starts, its header included.
    pub address: String,
    /// Its payload, by which a block is named.
    pub payload: String,
    /// As in `48 allocated`; none if no block started there.
    pub before: Option<String>,
    /// The same after the operation.
    pub after: Option<String>,
    /// The payload that the program has there, or had.
    pub holds: Option<PayloadReport>,
    /// Whether the address that the picture is about is in it.
    pub is_meant: bool,
}

/// A payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayloadReport {
    /// The block's id in the trace.
    pub id: u32,
    /// The line that allocated or last resized it.
    pub line: u32,
    /// Where it is.
    pub address: String,
    /// Requested bytes.
    pub bytes: u32,
}

impl Diagnosis {
    pub(crate) fn new(fault: &Fault, mut picture: HeapPicture) -> Diagnosis {
        let story = picture.story.take().unwrap_or_default();
        let mut report = FaultReport::new(fault);
        if !story.message.is_empty() {
            report.message.clone_from(&story.message);
        }
        let rule = Rule::of(&fault.kind);
        let cycle = match &fault.kind {
            Kind::EndlessLoop(endless) => endless.cycle.as_slice(),
            _ => &[],
        };
        let step = |step: &heaplab_replay::Step| StepReport {
            kind: name_of(step.access),
            address: step.addr.to_string(),
            source: step.place.into(),
        };
        let calls: Vec<FunctionLine> = story.frames.iter().map(FunctionLine::from).collect();
        Diagnosis {
            fault: report,
            rule: rule.name(),
            rule_text: rule.text.to_owned(),
            access: access(&fault.kind),
            source: source(fault, &calls),
            calls,
            writers: story.writers.iter().map(WriterReport::from).collect(),
            cycle: cycle.iter().map(step).collect(),
            picture,
        }
    }

    /// Returns whether the operation was stopped halfway, so that the heap after it is not in a
    /// state that its design intends.
    pub fn is_stopped_within(&self) -> bool {
        let only_looks = ["check()", "blocks()", "free_lists()"];
        match &self.access {
            Some(access) => !only_looks.contains(&access.call.as_str()),
            None => matches!(
                self.fault.code.as_str(),
                "endless-loop"
                    | "panic"
                    | "shrink-live"
                    | "stack-overflow"
                    | "crash"
                    | "output-flood"
                    | "host-memory"
            ),
        }
    }

    /// Returns the diagnosis of a fault that ended the heap's process: only what the heap was doing
    /// is known. The picture shows the heap as it was before.
    pub fn of_an_end(fault: FaultReport, picture: HeapPicture) -> Diagnosis {
        let rule = Rule::of_code(&fault.code);
        let calls: Vec<FunctionLine> = fault.frames.0.iter().map(FunctionLine::from).collect();
        Diagnosis {
            rule: rule.name(),
            rule_text: rule.text.to_owned(),
            fault,
            access: None,
            source: written(&calls).map(|call| call.source.clone()),
            calls,
            writers: Vec::new(),
            cycle: Vec::new(),
            picture,
        }
    }
}

fn access(kind: &Kind) -> Option<AccessReport> {
    let Kind::Access(access) = kind else {
        return None;
    };
    Some(AccessReport {
        call: access.call.to_string(),
        kind: name_of(access.access),
        address: access.addr.to_string(),
        bytes: access.size,
        offending_address: access.at.to_string(),
        owner: access.owner.map(|owner| OwnerReport {
            id: owner.block.id.0,
            line: owner.block.line,
            payload: owner.block.addr.to_string(),
            payload_bytes: owner.block.size,
            offset: owner.offset,
            freed_on_line: owner.freed_on_line,
        }),
    })
}

fn name_of(access: Access) -> String {
    match access {
        Access::Load => "load",
        Access::Store => "store",
    }
    .to_owned()
}

/// Returns the innermost of the functions that the student wrote. A function that the lab brings is
/// right, and is called with a wrong value.
fn written(calls: &[FunctionLine]) -> Option<&FunctionLine> {
    calls.iter().find(|call| !call.is_given()).or(calls.first())
}

/// Returns the line to look at first. A line of the machine is not the student's to mend.
fn source(fault: &Fault, calls: &[FunctionLine]) -> Option<SourceLine> {
    let is_theirs = |place: &Place| !is_of_the_machine(place.file) && !is_given(place.file);
    let place = || fault.kind.place().filter(is_theirs);
    let innermost = written(calls).map(|call| call.source.clone());
    innermost.or_else(|| place().map(SourceLine::from))
}

fn is_given(file: &str) -> bool {
    file.ends_with("/given.rs")
}

fn is_of_the_machine(file: &str) -> bool {
    file.contains("crates/machine/") || file.contains("crates/driver/")
}

impl FunctionLine {
    /// Returns whether the lab brings the function, so that the student did not write it.
    pub(crate) fn is_given(&self) -> bool {
        is_given(&self.source.file)
    }
}

impl From<&Frame> for FunctionLine {
    fn from(frame: &Frame) -> FunctionLine {
        let Frame { function, file, line } = frame;
        let source = SourceLine { file: file.clone(), line: *line };
        FunctionLine { function: function.clone(), source }
    }
}

impl From<&Writer> for WriterReport {
    fn from(writer: &Writer) -> WriterReport {
        WriterReport {
            word: writer.what.clone(),
            address: writer.at.to_string(),
            line: writer.line,
            operation: writer.operation.clone(),
            calls: writer.frames.iter().map(FunctionLine::from).collect(),
        }
    }
}

impl From<Place> for SourceLine {
    fn from(place: Place) -> SourceLine {
        SourceLine { file: place.file.to_owned(), line: place.line }
    }
}

impl HeapPicture {
    pub(crate) fn new(around: &Around) -> HeapPicture {
        let (start, end) = around.segment;
        HeapPicture {
            rows: around.rows.iter().map(PictureRow::new).collect(),
            more_below: around.more_below,
            more_above: around.more_above,
            heap_start: start.to_string(),
            heap_break: end.to_string(),
            lists: around.lists.iter().map(ListedBlock::from).collect(),
            story: around.story.clone(),
        }
    }
}

impl From<&Entry> for ListedBlock {
    fn from(entry: &Entry) -> ListedBlock {
        let [next, previous] = entry.links.map(|link| link.map(|addr| addr.to_string()));
        ListedBlock {
            list: entry.list,
            payload: entry.payload.to_string(),
            next,
            previous,
            state: entry.state.map(in_words),
            is_again: entry.is_again,
        }
    }
}

fn in_words(state: State) -> String {
    let status = if state.allocated { "allocated" } else { "free" };
    format!("{} {status}", state.size)
}

impl PictureRow {
    fn new(row: &Row) -> PictureRow {
        PictureRow {
            address: row.start.to_string(),
            payload: row.payload.to_string(),
            before: row.before.map(in_words),
            after: row.after.map(in_words),
            holds: row.holds.map(|block| PayloadReport {
                id: block.id.0,
                line: block.line,
                address: block.addr.to_string(),
                bytes: block.size,
            }),
            is_meant: row.is_meant,
        }
    }
}
