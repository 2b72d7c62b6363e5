//! A diagnosis as it is told: what a fault is, which rule it breaks, and the
//! heap around it. Addresses are hexadecimal text, as in messages.

use heaplab_replay::{Access, Around, Fault, Kind, Place, Row, Rule, State};
use heaplab_worker::FaultReport;
use serde::{Deserialize, Serialize};

/// All there is to say about a fault that the checked machine found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// What is wrong, and at which operation.
    #[serde(flatten)]
    pub fault: FaultReport,
    /// The rule that it breaks: `R1` to `R13`, `I1` to `I14`.
    pub rule: String,
    /// The rule in words.
    pub rule_text: String,
    /// The access, if it is one.
    pub access: Option<AccessReport>,
    /// The line of the allocator's source.
    pub source: Option<SourceLine>,
    /// Of an endless loop the steps that it repeats.
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
    /// Of the first byte.
    pub address: String,
    /// How many.
    pub bytes: u32,
    /// The first byte of them that may not be accessed.
    pub offending_address: String,
    /// Whose it is, or was last.
    pub owner: Option<OwnerReport>,
}

/// Whose a byte is.
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

/// One step of a loop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepReport {
    /// `load` or `store`.
    pub kind: String,
    /// Of the first byte.
    pub address: String,
    /// Who does it.
    pub source: SourceLine,
}

/// The heap around an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeapPicture {
    /// Neighbours, by rising address.
    pub rows: Vec<PictureRow>,
    /// How many more there are below the first row.
    pub more_below: usize,
    /// And above the last.
    pub more_above: usize,
    /// Where the heap segment starts.
    pub heap_start: String,
    /// Where it ends.
    pub heap_break: String,
}

/// A block, or a live payload where the heap's own walk shows no block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureRow {
    /// Where the block starts, its header included.
    pub address: String,
    /// As in `48 allocated`; none if no block started there.
    pub before: Option<String>,
    /// The same, after the operation.
    pub after: Option<String>,
    /// The payload that the program has there, or had.
    pub holds: Option<PayloadReport>,
    /// Whether the address is in it.
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
    pub(crate) fn new(fault: &Fault, picture: HeapPicture) -> Diagnosis {
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
        Diagnosis {
            fault: FaultReport::new(fault),
            rule: rule.name(),
            rule_text: rule.text.to_owned(),
            access: access(&fault.kind),
            source: fault.kind.place().map(SourceLine::from),
            cycle: cycle.iter().map(step).collect(),
            picture,
        }
    }

    /// Whether the operation was stopped within, so that what comes after it is
    /// no state that the heap means to be in.
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
                    | "host-memory"
            ),
        }
    }

    /// Of a fault that took the heap's process with it: no more is known than
    /// what it was doing. The heap is drawn as it was before.
    pub fn of_an_end(fault: FaultReport, picture: HeapPicture) -> Diagnosis {
        let rule = Rule::of_code(&fault.code);
        Diagnosis {
            rule: rule.name(),
            rule_text: rule.text.to_owned(),
            fault,
            access: None,
            source: None,
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
        }
    }
}

impl PictureRow {
    fn new(row: &Row) -> PictureRow {
        let state = |state: State| {
            let status = if state.allocated { "allocated" } else { "free" };
            format!("{} {status}", state.size)
        };
        PictureRow {
            address: row.start.to_string(),
            before: row.before.map(state),
            after: row.after.map(state),
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
