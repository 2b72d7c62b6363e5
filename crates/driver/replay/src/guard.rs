//! What the driver passes to a probe that checks: which call runs, and which payloads are the
//! program's.

use crate::access::Call;
use crate::shadow::Shadow;
use heaplab_arena::{Addr, Probe, Silent};

/// A probe that the driver keeps informed. [`Silent`] needs no information,
/// and the code for it is compiled away.
pub(crate) trait Guard: Probe {
    /// Returns the shadow, if there is one.
    fn shadow(&self) -> Option<&Shadow>;
}

/// The probe of a machine that is checked, or whose accesses are only counted. All runs that give
/// a grade have this type, so a heap that is generic over its probe can't tell them apart.
pub(crate) type Checked<'s, P> = (&'s Shadow, &'s P);

impl Guard for Silent {
    fn shadow(&self) -> Option<&Shadow> {
        None
    }
}

/// The checked machine, and another probe that watches.
impl<P: Probe> Guard for Checked<'_, P> {
    fn shadow(&self) -> Option<&Shadow> {
        Some(self.0)
    }
}

/// What is done between the program and the allocator, with or without a shadow.
pub(crate) trait Informed: Guard {
    /// Begins anew, for a fresh machine.
    fn restart(&self) {
        if let Some(shadow) = self.shadow() {
            shadow.restart();
        }
    }

    /// Notes that the allocator is called; `in_play` is the payload that the call resizes.
    fn begin(&self, call: Call, in_play: (Addr, u32)) {
        if let Some(shadow) = self.shadow() {
            shadow.begin(call, in_play);
        }
    }

    /// Notes that the allocator has returned.
    fn end(&self) {
        if let Some(shadow) = self.shadow() {
            shadow.end();
        }
    }

    /// Notes that the payload is the program's from now on.
    fn hold(&self, payload: Addr, size: u32) {
        if let Some(shadow) = self.shadow() {
            shadow.hold(payload, size);
        }
    }

    /// Notes that the payload is not the program's any more.
    fn let_go(&self, payload: Addr, size: u32) {
        if let Some(shadow) = self.shadow() {
            shadow.let_go(payload, size);
        }
    }

    /// Notes the same of a payload that is about to be freed, before the call.
    fn let_go_untouched(&self, payload: Addr, size: u32) {
        if let Some(shadow) = self.shadow() {
            shadow.let_go_untouched(payload, size);
        }
    }

    /// Looks at the heap for the driver: the accesses of `look` are checked as always, but not
    /// counted.
    fn uncounted<T>(&self, look: impl FnOnce() -> T) -> T {
        let steps = self.shadow().map(Shadow::steps);
        let seen = look();
        if let (Some(shadow), Some(steps)) = (self.shadow(), steps) {
            shadow.count_from(steps);
        }
        seen
    }

    /// Returns where the first store outside the heap segment was, if there was one.
    fn stray_store(&self) -> Option<Addr> {
        self.shadow()?.work().stray_store()
    }

    /// Returns whether the last call may have written to the payload that it resized.
    fn may_have_stored_in_play(&self) -> bool {
        self.shadow().is_none_or(Shadow::has_stored_in_play)
    }

    /// Returns whether the machine refused memory to the last call.
    fn was_refused(&self) -> bool {
        self.shadow().is_some_and(Shadow::was_refused)
    }
}

impl<G: Guard> Informed for G {}
