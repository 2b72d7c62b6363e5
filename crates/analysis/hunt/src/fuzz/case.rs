//! One case of the fuzzer.

use super::FuzzSettings;
use super::material::Material;
use heaplab_arena::Refuse;
use heaplab_trace::{Op, Trace, Weight};

/// Operations, and the machine to run them on.
#[derive(Clone, Debug)]
pub struct Case {
    /// Which case it is, from 0.
    pub number: u64,
    /// The operations.
    pub trace: Trace,
    /// The heap limit in bytes: `sbrk` fails beyond it.
    pub limit_bytes: u32,
    /// Which calls of `sbrk` are refused below the limit.
    pub refuse: Refuse,
    /// Whether bad pointers are tried between the operations.
    pub bad_pointers: bool,
}

impl Case {
    pub(super) fn new(number: u64, material: &Material, settings: &FuzzSettings) -> Case {
        let name = format!("case-{number}");
        let offered = |&op: &Op| match op {
            Op::Memalign { id, size, .. } if !settings.memalign => Op::Malloc { id, size },
            op => op,
        };
        let ops = material.ops.iter().map(offered).collect();
        let trace = Trace::from_ops(name.clone(), Weight::None, ops);
        debug_assert!(trace.is_ok(), "material is always made a valid trace");
        Case {
            number,
            trace: trace.unwrap_or_else(|_| empty(name)),
            limit_bytes: material.limit_bytes,
            refuse: material.refuse,
            bad_pointers: settings.bad_pointers,
        }
    }
}

fn empty(name: String) -> Trace {
    match Trace::from_ops(name, Weight::None, Vec::new()) {
        Ok(trace) => trace,
        Err(_) => unreachable!("no operation, no nonsense"),
    }
}
