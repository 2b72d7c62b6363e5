//! What a library says while it works. A front end prints it, or doesn't.

/// Hears what a library has to say beside its results.
pub trait Listener: Send + Sync {
    /// A warning, what was left out, what a heap under test prints: whole lines.
    fn remark(&self, text: &str);

    /// A long piece of work begins; it has this many steps, if that is known.
    fn begin(&self, title: &'static str, steps: Option<usize>);

    /// This is done next, and takes a while.
    fn now(&self, what: &str);

    /// One more step is done: this one.
    fn done(&self, what: &str);

    /// The piece of work is over.
    fn end(&self);
}

/// Hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Listener for Quiet {
    fn remark(&self, _text: &str) {}
    fn begin(&self, _title: &'static str, _steps: Option<usize>) {}
    fn now(&self, _what: &str) {}
    fn done(&self, _what: &str) {}
    fn end(&self) {}
}

/// A long piece of work. It is over when this is dropped.
pub struct Work<'a> {
    listener: &'a dyn Listener,
}

impl<'a> Work<'a> {
    /// Tells `listener` that it begins.
    pub fn begin(
        listener: &'a dyn Listener,
        title: &'static str,
        steps: Option<usize>,
    ) -> Work<'a> {
        listener.begin(title, steps);
        Work { listener }
    }

    /// This is done next, and takes a while.
    pub fn now(&self, what: &str) {
        self.listener.now(what);
    }

    /// One more step is done: this one.
    pub fn done(&self, what: &str) {
        self.listener.done(what);
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        self.listener.end();
    }
}
