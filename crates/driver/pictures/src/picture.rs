//! A whole picture: title, panels, legend, remarks.

use crate::legend::{self, Key, Sample};
use crate::marks::{Data, Mark, Swatch};
use crate::markup::{Markup, Tag, rounded};
use crate::panel::Panel;
use crate::style::{Background, pattern, sheet};
use crate::text;

/// A picture.
#[derive(Clone, Debug)]
pub struct Picture {
    /// What it is: the word after `plot`.
    pub kind: &'static str,
    /// Its title.
    pub title: String,
    /// What can be seen, in words.
    pub description: String,
    /// The panels.
    pub panels: Vec<Panel>,
    /// How many panels stand beside each other.
    pub columns: usize,
    /// The height of a panel.
    pub panel_height: f64,
    /// The legend.
    pub legend: Vec<Key>,
    /// What else a reader has to know.
    pub remarks: Vec<String>,
    /// Figures of the whole picture.
    pub data: Data,
}

const WIDTH: f64 = 1000.0;
const MARGIN: f64 = 16.0;
const TITLE_SIZE: f64 = 18.0;
const REMARK_SIZE: f64 = 12.0;
const REMARK_LINE: f64 = 17.0;

impl Picture {
    /// Returns the picture as SVG.
    pub fn svg(&self, background: Background) -> String {
        let inner = WIDTH - 2.0 * MARGIN;
        let columns = self.columns.max(1);
        let rows = self.panels.len().div_ceil(columns);
        let legend = legend::lines(&self.legend, inner - 20.0);
        let wrapped = |remark: &String| text::wrapped(remark, REMARK_SIZE, inner);
        let remarks: Vec<String> = self.remarks.iter().flat_map(wrapped).collect();
        let panels_top = 46.0;
        let legend_top = panels_top + rows as f64 * self.panel_height + 10.0;
        let remarks_top = legend_top + legend.len() as f64 * legend::LINE + 8.0;
        let height = remarks_top + remarks.len() as f64 * REMARK_LINE + 10.0;

        let mut markup = Markup::default();
        let root = Tag::new("svg")
            .with("xmlns", "http://www.w3.org/2000/svg")
            .with("width", WIDTH)
            .with("height", height)
            .with("viewBox", format!("0 0 {} {}", rounded(WIDTH), rounded(height)))
            .with("role", "img")
            .with("data-picture", self.kind)
            .with_data(&self.data);
        markup.element(root, |markup| {
            markup.text(Tag::new("title"), &self.title);
            markup.text(Tag::new("desc"), &self.description);
            markup.text(Tag::new("style"), &sheet(background));
            self.draw_patterns(markup);
            if background != Background::None {
                let paper = Tag::new("rect").with("width", "100%").with("height", "100%");
                markup.empty(paper.with("class", "paper"));
            }
            let tag = Tag::new("text").with("x", MARGIN).with("y", 30.0);
            let tag = tag.with("font-size", TITLE_SIZE).with("font-weight", "600");
            markup.text(tag.with("class", "ink"), &text::shortened(&self.title, TITLE_SIZE, inner));
            let width = inner / columns as f64;
            for (index, panel) in self.panels.iter().enumerate() {
                let left = MARGIN + width * (index % columns) as f64;
                let top = panels_top + self.panel_height * (index / columns) as f64;
                panel.draw(markup, [left, top, width, self.panel_height]);
            }
            legend::draw(markup, &legend, [MARGIN + 10.0, legend_top]);
            for (index, line) in remarks.iter().enumerate() {
                let y = remarks_top + 12.0 + REMARK_LINE * index as f64;
                let tag = Tag::new("text").with("x", MARGIN).with("y", y);
                markup.text(tag.with("font-size", REMARK_SIZE).with("class", "muted"), line);
            }
        });
        markup.finish()
    }

    /// Writes the patterns of all areas, each once.
    fn draw_patterns(&self, markup: &mut Markup) {
        let in_legend = self.legend.iter().filter_map(|key| match key.sample {
            Sample::Area(swatch, _) => Some(swatch),
            _ => None,
        });
        let in_panels =
            self.panels.iter().flat_map(|panel| &panel.marks).filter_map(|mark| match mark {
                Mark::Area(area) => Some(area.swatch),
                Mark::Rects { swatch, .. } | Mark::Cells { swatch, .. } => Some(*swatch),
                _ => None,
            });
        let mut all: Vec<Swatch> = Vec::new();
        for swatch in in_legend.chain(in_panels) {
            if !all.contains(&swatch) {
                all.push(swatch);
            }
        }
        if all.is_empty() {
            return;
        }
        markup.element(Tag::new("defs"), |markup| {
            for swatch in all {
                pattern(markup, &swatch.id(), swatch.color, swatch.hatch);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Axis, Point};

    fn picture(panels: Vec<Panel>) -> Picture {
        Picture {
            kind: "test",
            title: "A <title>".to_owned(),
            description: String::new(),
            panels,
            columns: 2,
            panel_height: 300.0,
            legend: vec![Key { sample: Sample::Curve(0), name: "quick".to_owned() }],
            remarks: Vec::new(),
            data: vec![("align", "16".to_owned())],
        }
    }

    #[test]
    fn figures_stand_in_the_picture_in_full() {
        let point = |x: f64, y: f64| Point { x, y, data: vec![("touches", y.to_string())] };
        let curve = Mark::Curve {
            index: 0,
            points: vec![point(1.0, 10.0), point(2.0, 12.345_678)],
            data: vec![("heap", "quick".to_owned())],
        };
        let panel = Panel {
            title: "a panel".to_owned(),
            x: Axis::linear("x", 0.0, 2.0),
            y: Axis::linear("y", 0.0, 20.0),
            marks: vec![curve],
            data: Vec::new(),
        };
        let svg = picture(vec![panel]).svg(Background::Auto);
        for part in [
            "data-touches=\"12.345678\"",
            "data-heap=\"quick\"",
            "data-align=\"16\"",
            "<title>A &lt;title&gt;</title>",
        ] {
            assert!(svg.contains(part), "{part} in {svg}");
        }
    }

    #[test]
    fn the_background_is_as_asked_for() {
        let svg = |background| picture(Vec::new()).svg(background);
        assert!(svg(Background::Auto).contains("prefers-color-scheme"));
        assert!(svg(Background::Auto).contains("class=\"paper\""));
        assert!(!svg(Background::None).contains("class=\"paper\""));
        for fixed in [Background::Light, Background::Dark] {
            assert!(!svg(fixed).contains("prefers-color-scheme"));
        }
        assert!(svg(Background::Dark).contains(".paper{fill:#15181c}"));
    }
}
