//! Which heap: as the environment says.

use crate::checked::Checked;
use crate::serve::{Serve, Standing, Work};
use heaplab_arena::host::Host;
use heaplab_arena::{Arena, Settings, Silent};
use heaplab_heap::{Align, Design, parse_policy};
use heaplab_replay::{Counting, Supervised};

/// What a heap runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// As fast as it can be.
    Plain,
    /// One that counts loads and stores.
    Counting,
    /// One that looks at each before it happens.
    Checked,
}

/// A heap that stays for as long as the process does.
///
/// # Errors
/// Why there is none.
pub fn heap(
    spec: &str,
    limit_bytes: u32,
    machine: Machine,
) -> Result<&'static mut dyn Serve, String> {
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
        _ => Err(format!("there is no heap `{name}`")),
    }
}

fn design<D: Design>(
    policy: &str,
    limit_bytes: u32,
    machine: Machine,
) -> Result<&'static mut dyn Serve, String> {
    let design = parse_policy::<D>(policy).map_err(|error| error.to_string())?;
    match machine {
        Machine::Plain => build(&design, limit_bytes, Silent),
        Machine::Counting => build(&design, limit_bytes, Counting::default()),
        Machine::Checked => {
            let heap = Supervised::new(&design, limit_bytes, Align::Sixteen)?;
            let checked = Checked::new(heap).ok_or(NOWHERE)?;
            Ok(Box::leak(Box::new(checked)))
        }
    }
}

const NOWHERE: &str = "the machine is nowhere";

fn build<D: Design, P: Work + 'static>(
    design: &D,
    limit_bytes: u32,
    probe: P,
) -> Result<&'static mut dyn Serve, String> {
    let settings = Settings {
        limit_bytes,
        ..Settings::default()
    };
    let arena = Arena::with(settings, probe).map_err(|error| error.to_string())?;
    let heap = design
        .build(arena, Align::Sixteen)
        .map_err(|_| "no room for an empty heap".to_owned())?;
    let standing = Standing::new(heap).ok_or(NOWHERE)?;
    Ok(Box::leak(Box::new(standing)))
}
