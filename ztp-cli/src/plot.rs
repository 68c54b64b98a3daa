//! Pictures of reports: small SVG files that need nothing beside them.

use std::fmt::{self, Write as _};

use ztp_core::canonical::Value;
use ztp_core::time::Timestamp;

use crate::document::{Document, integer, text};

/// Size of a picture, and of the area that its lines are drawn in.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 82.0;
const RIGHT: f64 = 978.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 340.0;

const DAY_MS: i64 = 86_400_000;

const INK: &str = "#1f2933";
const FAINT: &str = "#7b8794";
const GRID: &str = "#e4e7eb";
const ALARM: &str = "#c0392b";
const LINES: [(&str, &str, &str); 4] = [
    ("max_ms", "largest", "#8b5cf6"),
    ("p99_ms", "p99", "#d97706"),
    ("p95_ms", "p95", "#0891b2"),
    ("p50_ms", "p50", "#15803d"),
];

/// A picture being drawn. Writing to a string does not fail.
struct Svg(String);

impl Svg {
    fn new(title: &str, subtitle: &str) -> Self {
        let mut svg = Self(String::new());
        svg.put(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
             font-family=\"system-ui, sans-serif\" font-size=\"13\" role=\"img\" aria-label=\"{}\">\n\
             <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n",
            escaped(title)
        ));
        svg.text(LEFT, 28.0, "start", INK, title, " font-size=\"17\" font-weight=\"600\"");
        svg.text(LEFT, 48.0, "start", FAINT, subtitle, "");
        svg
    }

    fn put(&mut self, what: fmt::Arguments<'_>) {
        let _infallible = self.0.write_fmt(what);
    }

    fn text(&mut self, x: f64, y: f64, anchor: &str, colour: &str, words: &str, more: &str) {
        let words = escaped(words);
        self.put(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{colour}\"{more}>{words}</text>\n"
        ));
    }

    fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: &str, more: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.put(format_args!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\"{more}/>\n"
        ));
    }

    fn path(&mut self, points: &[(f64, f64)], colour: &str) {
        let mut d = String::new();
        for (at, (x, y)) in points.iter().enumerate() {
            let _infallible = write!(d, "{}{x:.1} {y:.1}", if at == 0 { 'M' } else { 'L' });
        }
        self.put(format_args!(
            "<path d=\"{d}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\" stroke-linejoin=\"round\" stroke-linecap=\"round\"/>\n"
        ));
    }

    fn bar(&mut self, x: f64, width: f64, top: f64, colour: &str) {
        let height = (BOTTOM - top).max(0.0);
        self.put(format_args!(
            "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{colour}\"/>\n"
        ));
    }

    fn mark(&mut self, x: f64, y: f64, title: &str) {
        let title = escaped(title);
        self.put(format_args!(
            "<path d=\"M{:.1} {:.1}l5 9h-10z\" fill=\"{ALARM}\"><title>{title}</title></path>\n",
            x, y
        ));
    }

    fn end(mut self) -> String {
        self.0.push_str("</svg>\n");
        self.0
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in crate::ui::printable(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

/// The span of time that a picture shows.
#[derive(Clone, Copy)]
struct Span {
    from: i64,
    to: i64,
}

impl Span {
    fn of(times: impl Iterator<Item = i64>) -> Option<Self> {
        times.fold(None, |span: Option<Self>, at| {
            let span = span.unwrap_or(Self { from: at, to: at });
            Some(Self { from: span.from.min(at), to: span.to.max(at) })
        })
    }

    fn x(self, at: i64) -> f64 {
        let within = number(at.saturating_sub(self.from)) / number(self.to.saturating_sub(self.from).max(1));
        LEFT + within.clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    /// Five dates below the picture.
    fn dates(self, svg: &mut Svg) {
        for fifth in 0..=4_i32 {
            let at = self.from.saturating_add((self.to - self.from) / 4 * i64::from(fifth));
            let anchor = match fifth {
                0 => "start",
                4 => "end",
                _ => "middle",
            };
            let written = Timestamp::from_millis(at).map_or_else(|_| String::new(), |at| at.to_string());
            let words = written.get(..16).unwrap_or_default().replace('T', " ");
            svg.line((self.x(at), BOTTOM), (self.x(at), BOTTOM + 5.0), FAINT, "");
            svg.text(self.x(at), BOTTOM + 21.0, anchor, FAINT, &words, "");
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "a place in a picture, not a number to compute with")]
fn number(of: i64) -> f64 {
    of as f64
}

fn time_of(value: &Value, name: &str) -> Option<i64> {
    text(value, &[name])?.parse::<Timestamp>().ok().map(Timestamp::as_millis)
}

/// The drift of a correlation report over time, on a logarithmic scale with the threshold drawn in.
pub(crate) fn drift(report: &Document) -> String {
    let points = report.array(&["drift", "series", "points"]);
    let findings = report.array(&["findings"]);
    let pairs = report.integer(&["pairs"]).unwrap_or_default();
    let subtitle = format!(
        "{} pairs; raw milliseconds by the two streams' timestamps, logarithmic; findings: {}",
        crate::ui::grouped(pairs),
        crate::ui::grouped(totals(report))
    );
    let mut svg = Svg::new("Drift from decision to sealed record (UTC)", &subtitle);
    let times = points.iter().filter_map(|point| time_of(point, "start"));
    let Some(span) = Span::of(times.chain(findings.iter().filter_map(|finding| time_of(finding, "at"))))
    else {
        svg.text(
            (LEFT + RIGHT) / 2.0,
            (TOP + BOTTOM) / 2.0,
            "middle",
            FAINT,
            "nothing to draw: no pairs",
            "",
        );
        return svg.end();
    };
    let threshold = report.integer(&["settings", "threshold_ms"]).unwrap_or(30_000);
    let largest = points.iter().filter_map(|point| integer(point, &["max_ms"])).max().unwrap_or_default();
    let decades = (number(largest.max(threshold) + 1).log10() + 0.15).max(1.0);
    let y = |ms: i64| BOTTOM - number(ms.max(0) + 1).log10() / decades * (BOTTOM - TOP);
    for (ms, words) in [
        (0, "0"),
        (10, "10 ms"),
        (100, "100 ms"),
        (1_000, "1 s"),
        (10_000, "10 s"),
        (100_000, "100 s"),
        (1_000_000, "1,000 s"),
    ] {
        if number(ms + 1).log10() <= decades {
            svg.line((LEFT, y(ms)), (RIGHT, y(ms)), GRID, "");
            svg.text(LEFT - 8.0, y(ms) + 4.0, "end", FAINT, words, "");
        }
    }
    svg.line((LEFT, y(threshold)), (RIGHT, y(threshold)), ALARM, " stroke-dasharray=\"6 4\"");
    let words = format!("threshold {} ms", crate::ui::grouped(threshold));
    svg.text(RIGHT, y(threshold) - 5.0, "end", ALARM, &words, "");
    for (place, (name, label, colour)) in LINES.into_iter().enumerate() {
        let drawn: Vec<(f64, f64)> = points
            .iter()
            .filter_map(|point| Some((span.x(time_of(point, "start")?), y(integer(point, &[name])?))))
            .collect();
        match drawn.as_slice() {
            [(x, y)] => svg.line((x - 3.0, *y), (x + 3.0, *y), colour, " stroke-width=\"3\""),
            drawn => svg.path(drawn, colour),
        }
        legend(&mut svg, place, label, colour);
    }
    for finding in findings {
        if let Some(at) = time_of(finding, "at") {
            let title = format!(
                "{} {} {}",
                text(finding, &["kind"]).unwrap_or("?"),
                text(finding, &["at"]).unwrap_or("?"),
                text(finding, &["uid"]).unwrap_or("")
            );
            svg.mark(span.x(at), BOTTOM + 26.0, &title);
        }
    }
    if !findings.is_empty() {
        svg.mark(LEFT + 420.0, HEIGHT - 26.0, "a finding");
        svg.text(LEFT + 432.0, HEIGHT - 16.0, "start", INK, "a finding", "");
    }
    span.dates(&mut svg);
    svg.end()
}

fn totals(report: &Document) -> i64 {
    let totals = report.value(&["findings_total"]).and_then(Value::as_object);
    totals.into_iter().flatten().filter_map(|(_, total)| total.as_int()).sum()
}

fn legend(svg: &mut Svg, place: usize, label: &str, colour: &str) {
    let x = LEFT + 100.0 * f64::from(u32::try_from(place).unwrap_or_default());
    svg.line((x, HEIGHT - 20.0), (x + 22.0, HEIGHT - 20.0), colour, " stroke-width=\"3\"");
    svg.text(x + 28.0, HEIGHT - 16.0, "start", INK, label, "");
}

/// The days of an anomaly report: denials and break-glass uses as bars, the share of tier B as a line, alerts as marks.
pub(crate) fn days(report: &Document) -> String {
    let rows = report.array(&["days"]);
    let alerts = report.integer(&["alerts_total"]).unwrap_or_default();
    let subtitle = format!("days: {}; alerts: {}", rows.len(), crate::ui::grouped(alerts));
    let mut svg = Svg::new("Denials, break-glass and tier B by day (UTC)", &subtitle);
    let starts = rows.iter().filter_map(|row| time_of(row, "from"));
    let Some(span) = Span::of(starts.flat_map(|at| [at, at.saturating_add(DAY_MS)])) else {
        svg.text((LEFT + RIGHT) / 2.0, (TOP + BOTTOM) / 2.0, "middle", FAINT, "nothing to draw: no days", "");
        return svg.end();
    };
    let most = |name: &str| rows.iter().filter_map(|row| integer(row, &[name])).max().unwrap_or_default();
    let ceiling = most("denied").max(most("break_glass")).max(10);
    let y = |count: i64| BOTTOM - number(count + 1).log10() / number(ceiling + 1).log10() * (BOTTOM - TOP);
    for count in [0, 10, 100, 1_000, 10_000, 100_000] {
        if count <= ceiling {
            svg.line((LEFT, y(count)), (RIGHT, y(count)), GRID, "");
            let words = crate::ui::grouped(count);
            svg.text(LEFT - 8.0, y(count) + 4.0, "end", FAINT, &words, "");
        }
    }
    let middle = |at: i64| span.x(at.saturating_add(DAY_MS / 2));
    for row in rows {
        let Some(at) = time_of(row, "from") else { continue };
        let width = (span.x(at.saturating_add(DAY_MS)) - span.x(at)).max(1.0);
        let x = span.x(at) + width * 0.1;
        svg.bar(x, width * 0.8, y(integer(row, &["denied"]).unwrap_or_default()), "#9fb3c8");
        let uses = integer(row, &["break_glass"]).unwrap_or_default();
        if uses > 0 {
            svg.bar(x + width * 0.2, width * 0.4, y(uses), "#d97706");
        }
    }
    let share: Vec<(f64, f64)> = rows
        .iter()
        // A day without admissions has no share.
        .filter(|row| integer(row, &["admissions"]).is_some_and(|admissions| admissions > 0))
        .filter_map(|row| {
            let ppm = integer(row, &["tier_b_ppm"])?.clamp(0, 1_000_000);
            Some((middle(time_of(row, "from")?), BOTTOM - number(ppm) / 1e6 * (BOTTOM - TOP)))
        })
        .collect();
    svg.path(&share, "#6d28d9");
    for row in rows {
        let alerts = integer(row, &["alerts"]).unwrap_or_default();
        if let (Some(at), true) = (time_of(row, "from"), alerts > 0) {
            let title = format!("{alerts} alerts on {}", text(row, &["from"]).unwrap_or("?"));
            svg.mark(middle(at), BOTTOM + 26.0, &title);
        }
    }
    for (place, (label, colour)) in
        [("denials", "#9fb3c8"), ("uses", "#d97706"), ("tier B", "#6d28d9")].into_iter().enumerate()
    {
        legend(&mut svg, place, label, colour);
    }
    svg.text(
        LEFT + 300.0,
        HEIGHT - 16.0,
        "start",
        FAINT,
        "bars: logarithmic; tier B: share of admissions, top is 100 %",
        "",
    );
    if alerts > 0 {
        svg.mark(LEFT + 700.0, HEIGHT - 26.0, "a day with an alert");
        svg.text(LEFT + 712.0, HEIGHT - 16.0, "start", INK, "a day with an alert", "");
    }
    span.dates(&mut svg);
    svg.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_a_report_cannot_leave_its_element() {
        assert_eq!(escaped("<script>\"&\u{202e}"), "&lt;script&gt;&quot;&amp;\\u{202e}");
        let hostile = br#"{"drift":{"series":{"points":[]}},"findings":[{"at":"2026-05-12T08:00:00.000Z","kind":"</svg><x"}],"pairs":0}"#;
        let picture = drift(&Document::parse(hostile));
        assert!(picture.contains("&lt;/svg&gt;&lt;x"));
        assert_eq!(picture.matches("</svg>").count(), 1);
    }

    #[test]
    fn a_report_without_anything_to_draw_says_so() {
        for picture in [drift(&Document::parse(b"{}")), days(&Document::parse(b"{}"))] {
            assert!(picture.contains("nothing to draw"));
            assert!(picture.ends_with("</svg>\n"));
        }
    }
}
