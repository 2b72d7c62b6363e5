//! Why a job has no answer.

use crate::{Error, FaultReport};
use heaplab_replay::Frame;
use serde::{Deserialize, Serialize};

/// Why a job has no answer.
#[derive(Debug)]
pub enum Stop {
    /// A heap is at fault.
    Failed(Box<Failed>),
    /// The job can't be done.
    Impossible(Error),
}

/// The fault of a heap that left a job without an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// What is wrong.
    pub fault: FaultReport,
    /// Which of several contenders it is, by its place in the job; none in a job with only one.
    pub contender: Option<usize>,
    /// The functions of the fault, on the way from the worker: a report that is shown has others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    frames: Vec<Frame>,
}

impl Failed {
    /// Returns the fault of this contender.
    pub(crate) fn new(fault: FaultReport, contender: Option<usize>) -> Box<Failed> {
        let frames = fault.frames.0.clone();
        Box::new(Failed { fault, contender, frames })
    }

    /// Returns the same after its way from the worker.
    pub(crate) fn received(mut self) -> Box<Failed> {
        self.fault.frames.0 = std::mem::take(&mut self.frames);
        Box::new(self)
    }
}

impl From<FaultReport> for Box<Failed> {
    fn from(fault: FaultReport) -> Box<Failed> {
        Failed::new(fault, None)
    }
}

impl From<Box<Failed>> for Stop {
    fn from(failed: Box<Failed>) -> Stop {
        Stop::Failed(failed)
    }
}

impl From<FaultReport> for Stop {
    fn from(fault: FaultReport) -> Stop {
        Stop::Failed(fault.into())
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Impossible(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_functions_of_a_fault_are_sent_and_not_shown() {
        let frame = Frame { function: "find_fit".to_owned(), file: "mm.c".to_owned(), line: 136 };
        let mut fault = FaultReport::of_the_whole("endless-loop", "no end".to_owned());
        fault.frames.0.push(frame);
        assert!(!serde_json::to_string(&fault).unwrap().contains("find_fit"));
        let sent = serde_json::to_string(&Failed::new(fault.clone(), Some(1))).unwrap();
        let received: Failed = serde_json::from_str(&sent).unwrap();
        assert_eq!(received.received().fault, fault);
    }
}
