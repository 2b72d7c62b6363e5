//! The jobs that a program serves, as a list of types: `(Validate, (Fuzz, Shrink))`.

use crate::entries::Maker;
use crate::{Error, Job, JobContext, Stop};
use heaplab_heap::Design;
use serde_json::value::{RawValue, to_raw_value};
use std::sync::Arc;

/// Jobs that a program serves: one, or a tuple of such lists.
pub trait Jobs {
    /// Adds what does each job.
    fn add_servers(servers: &mut Vec<Server>);

    /// Adds what each job makes of a design.
    fn add_makers<D: Design>(chosen: &Chosen<D>, makers: &mut Vec<Maker>);
}

/// Returns the design that words choose. It may panic, so it is only called where that is caught.
pub(crate) type Chosen<D> = Arc<dyn Fn(&str) -> Result<D, Error> + Send + Sync>;

/// What does a job.
pub struct Server {
    pub(crate) job: &'static str,
    pub(crate) serve: fn(&mut JobContext<'_>, &RawValue) -> Result<Box<RawValue>, Stop>,
}

impl<J: Job> Jobs for J {
    fn add_servers(servers: &mut Vec<Server>) {
        servers.push(Server { job: J::NAME, serve: serve::<J> });
    }

    fn add_makers<D: Design>(chosen: &Chosen<D>, makers: &mut Vec<Maker>) {
        let chosen = Arc::clone(chosen);
        makers.push(Maker {
            job: J::NAME,
            make: Box::new(move |words| Ok(Box::new(J::erase(chosen(words)?)))),
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

            fn add_makers<D: Design>(chosen: &Chosen<D>, makers: &mut Vec<Maker>) {
                $($list::add_makers::<D>(chosen, makers);)+
            }
        }
    };
}

impl Jobs for () {
    fn add_servers(_servers: &mut Vec<Server>) {}

    fn add_makers<D: Design>(_chosen: &Chosen<D>, _makers: &mut Vec<Maker>) {}
}

lists!(A);
lists!(A B);
lists!(A B C);
lists!(A B C E);
lists!(A B C E F);
lists!(A B C E F G);
lists!(A B C E F G H);
