//! The chart of `docs/performance.md`, with the instructions of each propagator and of its floor.

use std::fmt::Write;

/// The instructions of one propagator in one operation.
#[derive(Debug)]
pub struct Bar {
    /// The name of the propagator.
    pub name: String,
    pub count: u64,
    /// The count of the floor, or `None` if there is no floor.
    pub floor: Option<u64>,
    /// Whether the propagator is in this repository.
    pub is_ours: bool,
}

const WIDTH: f64 = 860.0;
const NAMES: f64 = 190.0;
const NUMBERS: f64 = 130.0;
const ROW: f64 = 22.0;
const HEAD: f64 = 40.0;

/// Draws a panel for each operation, each with its own scale.
pub fn svg(panels: &[(&str, Vec<Bar>)]) -> String {
    let rows: usize = panels.iter().map(|(_, bars)| bars.len()).sum();
    let height = panels.len() as f64 * HEAD + rows as f64 * ROW + 46.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\">\n\
         <title>Instructions per call, with a HeaderMap of 16 ordinary headers</title>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    let mut y = 0.0;
    for (operation, bars) in panels {
        panel(&mut svg, &mut y, operation, bars);
    }
    legend(&mut svg, y + 26.0);
    svg.push_str("</svg>\n");
    svg
}

fn panel(svg: &mut String, y: &mut f64, operation: &str, bars: &[Bar]) {
    let longest = bars.iter().map(|bar| bar.count).max().unwrap_or(1);
    let scale = (WIDTH - NAMES - NUMBERS) / longest as f64;
    text(svg, NAMES, *y + HEAD - 12.0, "start", "#111", operation);
    *y += HEAD;
    for bar in bars {
        let baseline = *y + ROW - 7.0;
        let width = bar.count as f64 * scale;
        let fill = if bar.is_ours { "#2563a8" } else { "#b6bcc4" };
        text(svg, NAMES - 8.0, baseline, "end", "#111", &bar.name);
        rect(svg, NAMES, *y + 3.0, width, ROW - 6.0, fill);
        let mut label = bar.count.to_string();
        if let Some(floor) = bar.floor {
            rect(
                svg,
                NAMES,
                *y + 3.0,
                floor as f64 * scale,
                ROW - 6.0,
                "#8db4dd",
            );
            let _ = write!(label, " = {:.2} × floor", bar.count as f64 / floor as f64);
        }
        text(svg, NAMES + width + 6.0, baseline, "start", "#444", &label);
        *y += ROW;
    }
}

fn legend(svg: &mut String, y: f64) {
    let mut x = NAMES;
    for (fill, label) in [
        ("#8db4dd", "our crates: the floor"),
        ("#2563a8", "our crates: above the floor"),
        ("#b6bcc4", "other crates"),
    ] {
        rect(svg, x, y - 10.0, 12.0, 12.0, fill);
        text(svg, x + 22.0, y, "start", "#111", label);
        // The widest label takes 170 in a wide font.
        x += 222.0;
    }
}

fn rect(svg: &mut String, x: f64, y: f64, width: f64, height: f64, fill: &str) {
    let _ = writeln!(
        svg,
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{fill}\"/>"
    );
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, fill: &str, text: &str) {
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{fill}\">{text}</text>"
    );
}
