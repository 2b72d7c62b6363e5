//! Why a job has no answer.

use crate::{Error, FaultReport};
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
}

impl From<FaultReport> for Box<Failed> {
    fn from(fault: FaultReport) -> Box<Failed> {
        Box::new(Failed { fault, contender: None })
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
