//! Elements of SVG, escaped and in a fixed order.

use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};

/// An attribute's value.
pub enum Value {
    /// A text.
    Text(String),
    /// A place in the picture: written with at most two decimals.
    Place(f64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<f64> for Value {
    fn from(place: f64) -> Value {
        Value::Place(place)
    }
}

/// An element's name and attributes, in the order in which they were added.
#[derive(Clone)]
pub struct Tag(BytesStart<'static>);

impl Tag {
    /// Returns a tag without attributes.
    pub fn new(name: &'static str) -> Tag {
        Tag(BytesStart::new(name))
    }

    /// Adds an attribute.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Tag {
        let value = match value.into() {
            Value::Text(text) => text,
            Value::Place(place) => rounded(place),
        };
        self.0.push_attribute((name, value.as_str()));
        self
    }

    /// Adds figures as `data-` attributes.
    #[must_use]
    pub fn with_data(self, data: &[(&'static str, String)]) -> Tag {
        data.iter().fold(self, |tag, (name, value)| tag.with(&format!("data-{name}"), &**value))
    }
}

/// A text of elements, one a line.
pub struct Markup(Writer<Vec<u8>>);

impl Default for Markup {
    fn default() -> Markup {
        Markup(Writer::new(Vec::new()))
    }
}

impl Markup {
    /// Writes an element without contents.
    pub fn empty(&mut self, tag: Tag) {
        self.event(Event::Empty(tag.0));
        self.end_line();
    }

    /// Writes an element with a text, which is escaped.
    pub fn text(&mut self, tag: Tag, text: &str) {
        let end = tag.0.to_end().into_owned();
        self.event(Event::Start(tag.0));
        self.event(Event::Text(BytesText::new(text)));
        self.event(Event::End(end));
        self.end_line();
    }

    /// Writes an element with the contents that `fill` writes.
    pub fn element(&mut self, tag: Tag, fill: impl FnOnce(&mut Markup)) {
        let end: BytesEnd<'static> = tag.0.to_end().into_owned();
        self.event(Event::Start(tag.0));
        self.end_line();
        fill(self);
        self.event(Event::End(end));
        self.end_line();
    }

    /// Returns the text.
    pub fn finish(self) -> String {
        String::from_utf8_lossy(&self.0.into_inner()).into_owned()
    }

    fn event(&mut self, event: Event<'_>) {
        // A vector takes everything.
        let _ = self.0.write_event(event);
    }

    fn end_line(&mut self) {
        self.0.get_mut().push(b'\n');
    }
}

/// Returns a number with at most two decimals.
pub(crate) fn rounded(number: f64) -> String {
    let text = format!("{number:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_attributes_are_escaped() {
        let mut markup = Markup::default();
        markup.element(Tag::new("g").with("data-heap", "a\"<b>"), |markup| {
            markup.text(Tag::new("text").with("x", 1.0), "1 < 2 & 3");
            markup.empty(Tag::new("rect").with("x", -0.001).with("y", 2.126));
        });
        assert_eq!(
            markup.finish(),
            "<g data-heap=\"a&quot;&lt;b&gt;\">\n<text x=\"1\">1 &lt; 2 &amp; 3</text>\n\
             <rect x=\"0\" y=\"2.13\"/>\n</g>\n"
        );
    }
}
