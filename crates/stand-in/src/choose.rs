//! Which heap: as the environment says.

use crate::serve::{Serve, Standing, Work};
use heaplab_arena::host::Host;
use heaplab_arena::{Arena, Settings, Silent};
use heaplab_heap::{Align, Design, parse_policy};
use heaplab_replay::Counting;

/// A heap that stays for as long as the process does. `counts` its loads and stores?
///
/// # Errors
/// Why there is none.
pub fn heap(spec: &str, limit_bytes: u32, counts: bool) -> Result<&'static mut dyn Serve, String> {
    let (name, policy) = spec.split_once(':').unwrap_or((spec, ""));
    match name {
        <heaplab_implicit::Policy as Design>::NAME => {
            design::<heaplab_implicit::Policy>(policy, limit_bytes, counts)
        }
        <heaplab_explicit::Policy as Design>::NAME => {
            design::<heaplab_explicit::Policy>(policy, limit_bytes, counts)
        }
        <heaplab_segregated::Policy as Design>::NAME => {
            design::<heaplab_segregated::Policy>(policy, limit_bytes, counts)
        }
        _ => Err(format!("there is no heap `{name}`")),
    }
}

fn design<D: Design>(
    policy: &str,
    limit_bytes: u32,
    counts: bool,
) -> Result<&'static mut dyn Serve, String> {
    let design = parse_policy::<D>(policy).map_err(|error| error.to_string())?;
    match counts {
        true => build(&design, limit_bytes, Counting::default()),
        false => build(&design, limit_bytes, Silent),
    }
}

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
    let standing = Standing::new(heap).ok_or("the machine is nowhere")?;
    Ok(Box::leak(Box::new(standing)))
}
