//! A diagnosis as it is told: what a fault is, which rule it breaks, and the
//! heap around it. Addresses are hexadecimal text, as in messages.

use super::fault_report::FaultReport;
use heaplab_replay::{Access, Around, Fault, Kind, Place, Row, Rule, State};
use serde::{Deserialize, Serialize};

/// All there is to say about a fault that the checked machine found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Diagnosis {
    #[serde(flatten)]
    pub(crate) fault: FaultReport,
    /// The rule that it breaks: `R1` to `R10`, `I1` to `I14`.
    pub(crate) rule: String,
    /// The rule in words.
    pub(crate) rule_text: String,
    /// The access, if it is one.
    pub(crate) access: Option<AccessReport>,
    /// The line of the allocator's source.
    pub(crate) source: Option<SourceLine>,
    /// Of an endless loop the steps that it repeats.
    pub(crate) cycle: Vec<StepReport>,
    /// The heap around the fault.
    pub(crate) picture: HeapPicture,
}

/// A load or store that was stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccessReport {
    /// The call of the contract that was running, with its arguments.
    pub(crate) call: String,
    /// `load` or `store`.
    pub(crate) kind: String,
    pub(crate) address: String,
    pub(crate) bytes: u32,
    /// The first byte of them that may not be accessed.
    pub(crate) offending_address: String,
    /// Whose it is, or was last.
    pub(crate) owner: Option<OwnerReport>,
}

/// Whose a byte is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OwnerReport {
    pub(crate) id: u32,
    /// The line that allocated or last resized the block.
    pub(crate) line: u32,
    pub(crate) payload: String,
    pub(crate) payload_bytes: u32,
    /// Which byte of the payload.
    pub(crate) offset: u32,
    /// The line that freed it, if it is not live.
    pub(crate) freed_on_line: Option<u32>,
}

/// A line of source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SourceLine {
    pub(crate) file: String,
    pub(crate) line: u32,
}

/// One step of a loop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StepReport {
    pub(crate) kind: String,
    pub(crate) address: String,
    pub(crate) source: SourceLine,
}

/// The heap around an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeapPicture {
    pub(crate) rows: Vec<PictureRow>,
    pub(crate) more_below: usize,
    pub(crate) more_above: usize,
    pub(crate) heap_start: String,
    pub(crate) heap_break: String,
}

/// A block, or a live payload where the heap's own walk shows no block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PictureRow {
    pub(crate) address: String,
    /// As in `48 allocated`; none if no block started there.
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    /// The payload that the program has there, or had.
    pub(crate) holds: Option<PayloadReport>,
    /// Whether the address is in it.
    pub(crate) is_meant: bool,
}

/// A payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PayloadReport {
    pub(crate) id: u32,
    pub(crate) line: u32,
    pub(crate) address: String,
    pub(crate) bytes: u32,
}

impl Diagnosis {
    pub(super) fn new(fault: &Fault, picture: HeapPicture) -> Diagnosis {
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

    /// Of a fault that took the heap's process with it: no more is known than
    /// what it was doing. The heap is drawn as it was before.
    pub(crate) fn of_an_end(fault: FaultReport, picture: HeapPicture) -> Diagnosis {
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
        SourceLine {
            file: place.file.to_owned(),
            line: place.line,
        }
    }
}

impl HeapPicture {
    pub(super) fn new(around: &Around) -> HeapPicture {
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
