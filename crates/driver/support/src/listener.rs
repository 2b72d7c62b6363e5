//! What a library reports while it works. A front end prints it, or does not.

/// Receives what a library reports beside its results.
pub trait Listener: Send + Sync {
    /// Takes a warning, what was left out, or what a heap under test prints: whole lines.
    fn remark(&self, text: &str);

    /// Begins a long piece of work of this many steps, if their number is known.
    fn begin(&self, title: &'static str, steps: Option<usize>);

    /// Announces what is done next, and takes a while.
    fn now(&self, what: &str);

    /// Counts one more step as done: this one.
    fn done(&self, what: &str);

    /// Ends the piece of work.
    fn end(&self);
}

/// A listener that does nothing.
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
    /// Tells `listener` that the work begins.
    pub fn begin(
        listener: &'a dyn Listener,
        title: &'static str,
        steps: Option<usize>,
    ) -> Work<'a> {
        listener.begin(title, steps);
        Work { listener }
    }

    /// Announces what is done next, and takes a while.
    pub fn now(&self, what: &str) {
        self.listener.now(what);
    }

    /// Counts one more step as done: this one.
    pub fn done(&self, what: &str) {
        self.listener.done(what);
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        self.listener.end();
    }
}
