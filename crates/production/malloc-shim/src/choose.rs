//! Chooses the heap that the environment names.

use crate::checked::Checked;
use crate::serve::{MappedHeap, Serve, Watch};
use crate::walk::{Bounded, Walk};
use core::alloc::Layout;
use heaplab_arena::host::Host;
use heaplab_arena::{Arena, Settings};
use heaplab_heap::{Align, Design, parse_policy};
use heaplab_replay::{Counting, NotBuilt, Supervised};
use std::alloc::alloc;

/// The machine that a heap runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// The fastest machine.
    Plain,
    /// A machine that counts loads and stores.
    Counting,
    /// A machine that checks each load and store before it happens.
    Checked,
}

/// A heap that stays as long as the process; `None` if the host has no address space for it.
type Built = Result<Option<&'static mut dyn Serve>, String>;

/// Limits to try if the host refuses a machine of the requested size. The heap gets half of the
/// first limit that the host grants: the other half is left for what else the program maps.
const SMALLER_LIMITS: [u32; 22] = {
    let mut limits = [3 << 30; 22];
    limits[1] = 2 << 30;
    let mut place = 2;
    while place < limits.len() {
        limits[place] = limits[place - 2] / 2;
        place += 1;
    }
    limits
};

/// Makes the heap that `spec` names.
///
/// # Errors
/// If the heap or its policy is unknown.
pub fn heap(spec: &str, limit_bytes: u32, machine: Machine) -> Built {
    let (name, policy) = spec.split_once(':').unwrap_or((spec, ""));
    match name {
        <heaplab_implicit::Policy as Design>::NAME => {
            design::<heaplab_implicit::Policy>(policy, limit_bytes, machine)
        }
        <heaplab_explicit::Policy as Design>::NAME => {
            design::<heaplab_explicit::Policy>(policy, limit_bytes, machine)
        }
        <heaplab_segregated::Policy as Design>::NAME => {
            design::<heaplab_segregated::Policy>(policy, limit_bytes, machine)
        }
        <heaplab_quick::Policy as Design>::NAME => {
            design::<heaplab_quick::Policy>(policy, limit_bytes, machine)
        }
        <heaplab_tuned::Policy as Design>::NAME => {
            design::<heaplab_tuned::Policy>(policy, limit_bytes, machine)
        }
        _ => Err(format!("there is no heap `{name}`")),
    }
}

fn design<D: Design>(policy: &str, limit_bytes: u32, machine: Machine) -> Built {
    let design = parse_policy::<D>(policy).map_err(|error| error.to_string())?;
    if let Some(heap) = with_limit(&design, limit_bytes, machine)? {
        return Ok(Some(heap));
    }
    let smaller = SMALLER_LIMITS.into_iter();
    for limit in smaller.filter(|&limit| limit < limit_bytes) {
        if Arena::with(settings(limit), Bounded(Walk::<false>::default())).is_ok() {
            return with_limit(&design, limit / 2, machine);
        }
    }
    Ok(None)
}

/// Makes the heap with this limit; `None` if the host refuses the address space.
fn with_limit<D: Design>(design: &D, limit_bytes: u32, machine: Machine) -> Built {
    // This design's deferred coalescing walks all blocks without counting search steps.
    match D::NAME == <heaplab_implicit::Policy as Design>::NAME {
        true => with_walk::<D, true>(design, limit_bytes, machine),
        false => with_walk::<D, false>(design, limit_bytes, machine),
    }
}

fn with_walk<D: Design, const LOADS: bool>(
    design: &D,
    limit_bytes: u32,
    machine: Machine,
) -> Built {
    let walk = Walk::<LOADS>::default();
    match machine {
        Machine::Plain if limit_bytes == u32::MAX => build(design, limit_bytes, walk),
        Machine::Plain => build(design, limit_bytes, Bounded(walk)),
        Machine::Counting => build(design, limit_bytes, Bounded((walk, Counting::default()))),
        Machine::Checked => match Supervised::new(design, limit_bytes, Align::Sixteen) {
            Ok(heap) => {
                let checked = Checked::new(heap).ok_or(NOWHERE)?;
                Ok(keep(checked).map(|kept| kept as &mut dyn Serve))
            }
            Err(NotBuilt::NoSpace(_)) => Ok(None),
            Err(other) => Err(other.to_string()),
        },
    }
}

const NOWHERE: &str = "the machine's memory has no address";

fn settings(limit_bytes: u32) -> Settings {
    Settings { limit_bytes, ..Settings::default() }
}

fn build<D: Design, P: Watch + 'static>(design: &D, limit_bytes: u32, probe: P) -> Built {
    let Ok(arena) = Arena::with(settings(limit_bytes), probe) else {
        return Ok(None);
    };
    let heap = design
        .build(arena, Align::Sixteen)
        .map_err(|_| "the heap's limit leaves no room for an empty heap".to_owned())?;
    let heap = MappedHeap::new(heap).ok_or(NOWHERE)?;
    Ok(keep(heap).map(|kept| kept as &mut dyn Serve))
}

/// Keeps the value as long as the process runs; returns `None` if there is no memory for it (a
/// `Box` would end the process).
fn keep<T>(value: T) -> Option<&'static mut T> {
    let layout = Layout::new::<T>();
    assert!(layout.size() > 0, "a heap has a machine");
    // SAFETY: the layout is not empty; the memory is new, as large and as aligned as the
    // value needs, and never given back.
    unsafe {
        let place = alloc(layout).cast::<T>();
        if place.is_null() {
            return None;
        }
        place.write(value);
        Some(&mut *place)
    }
}
