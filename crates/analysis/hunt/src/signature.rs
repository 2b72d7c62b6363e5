//! Which failures are the same one.

use heaplab_replay::{Fault, Kind};
use std::fmt;

/// A name for a failure, so that two can be compared: a fault's [code](Kind::code), for the heap's
/// own check the invariant's number, and for a bad pointer what is bad about it. Addresses, sizes
/// and lines are not part of it: they change when the trace gets smaller, and the failure is still
/// the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Signature(String);

impl Signature {
    /// Returns the signature with this name: for what is not a [`Fault`], such as a panic.
    pub fn new(name: impl Into<String>) -> Signature {
        Signature(name.into())
    }

    /// Returns a fault's signature.
    pub fn of(fault: &Fault) -> Signature {
        match &fault.kind {
            Kind::Check(violation) => Signature(format!("check I{}", violation.number())),
            Kind::BadPointer(bad) => {
                Signature(format!("{} {}", fault.kind.code(), bad.flaw.name()))
            }
            kind => Signature(kind.code().to_owned()),
        }
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A failure that a trace shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which one.
    pub signature: Signature,
    /// The index of the operation that showed it; `None` if it showed at the end of the trace, or
    /// before its first operation.
    pub op_index: Option<usize>,
}

impl From<&Fault> for Failure {
    fn from(fault: &Fault) -> Failure {
        Failure { signature: Signature::of(fault), op_index: fault.at.map(|at| at.op_index) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_arena::Addr;
    use heaplab_heap::Violation;

    #[test]
    fn a_failed_checks_signature_is_its_invariant_and_not_its_block() {
        let at = |block| {
            Signature::of(&Fault {
                at: None,
                kind: Kind::Check(Violation::NotListed { block: Addr::new(block) }),
            })
        };
        assert_eq!(at(0x1_0010), at(0x1_0020));
        assert_eq!(at(0x1_0010).to_string(), "check I8");
    }
}
