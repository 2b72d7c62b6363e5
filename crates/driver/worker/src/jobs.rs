//! The jobs that a program serves, as a list of types: `(Validate, (Fuzz, Shrink))`.

use crate::entries::Maker;
use crate::{Error, Job, JobContext, Stop};
use heaplab_heap::{Design, parse_policy};
use serde_json::value::{RawValue, to_raw_value};

/// Jobs that a program serves: one, or a tuple of such lists.
pub trait Jobs {
    /// Adds what does each job.
    fn add_servers(servers: &mut Vec<Server>);

    /// Adds what each job makes of a design.
    fn add_makers<D: Design>(makers: &mut Vec<Maker>);
}

/// What does a job.
pub struct Server {
    pub(crate) job: &'static str,
    pub(crate) serve: fn(&mut JobContext<'_>, &RawValue) -> Result<Box<RawValue>, Stop>,
}

impl<J: Job> Jobs for J {
    fn add_servers(servers: &mut Vec<Server>) {
        servers.push(Server { job: J::NAME, serve: serve::<J> });
    }

    fn add_makers<D: Design>(makers: &mut Vec<Maker>) {
        makers.push(Maker {
            job: J::NAME,
            make: |policy| Ok(Box::new(J::erase(parse_policy::<D>(policy)?))),
        });
    }
}

fn serve<J: Job>(context: &mut JobContext<'_>, request: &RawValue) -> Result<Box<RawValue>, Stop> {
    let job: J = serde_json::from_str(request.get()).map_err(Error::new)?;
    let answer = job.run(context)?;
    Ok(to_raw_value(&answer).map_err(Error::new)?)
}

macro_rules! lists {
    ($($list:ident)+) => {
        impl<$($list: Jobs),+> Jobs for ($($list,)+) {
            fn add_servers(servers: &mut Vec<Server>) {
                $($list::add_servers(servers);)+
            }

            fn add_makers<D: Design>(makers: &mut Vec<Maker>) {
                $($list::add_makers::<D>(makers);)+
            }
        }
    };
}

impl Jobs for () {
    fn add_servers(_servers: &mut Vec<Server>) {}

    fn add_makers<D: Design>(_makers: &mut Vec<Maker>) {}
}

lists!(A);
lists!(A B);
lists!(A B C);
lists!(A B C E);
lists!(A B C E F);
lists!(A B C E F G);
lists!(A B C E F G H);
