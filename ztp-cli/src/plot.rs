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
/// Curves: member, words, colour, dashes. Told apart without colour too.
const LINES: [(&str, &str, &str, &str); 4] = [
    ("max_ms", "largest", "#5b21b6", "2 3"),
    ("p99_ms", "p99", "#b45309", "7 3"),
    ("p95_ms", "p95", "#0e7490", "12 3 2 3"),
    ("p50_ms", "p50", "#15803d", ""),
];
/// One colour for each severity, the gravest first.
const SEVERITIES: [(&str, &str); 3] =
    [("critical", "#c0392b"), ("warning", "#d97706"), ("notice", "#2563eb")];

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

    fn path(&mut self, points: &[(f64, f64)], colour: &str, dashes: &str) {
        let mut d = String::new();
        for (at, (x, y)) in points.iter().enumerate() {
            let _infallible = write!(d, "{}{x:.1} {y:.1}", if at == 0 { 'M' } else { 'L' });
        }
        self.put(format_args!(
            "<path d=\"{d}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\" stroke-linejoin=\"round\"{}/>\n",
            dashed(dashes)
        ));
    }

    fn bar(&mut self, x: f64, width: f64, top: f64, colour: &str) {
        let height = (BOTTOM - top).max(0.0);
        self.put(format_args!(
            "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{colour}\"/>\n"
        ));
    }

    fn mark(&mut self, x: f64, y: f64, colour: &str, title: &str) {
        let title = escaped(title);
        self.put(format_args!(
            "<path d=\"M{:.1} {:.1}l5 9h-10z\" fill=\"{colour}\"><title>{title}</title></path>\n",
            x, y
        ));
    }

    fn end(mut self) -> String {
        self.0.push_str("</svg>\n");
        self.0
    }
}

fn dashed(dashes: &str) -> String {
    if dashes.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dashes}\"") }
}

/// The colour of a severity; that of the gravest for a word that is none.
fn colour_of(severity: Option<&str>) -> &'static str {
    let found = SEVERITIES.into_iter().find(|(name, _)| Some(*name) == severity);
    found.map_or(ALARM, |(_, colour)| colour)
}

/// The severities among these, as a legend from `x` on.
fn severities<'s>(svg: &mut Svg, x: f64, found: impl Iterator<Item = &'s str> + Clone) {
    let mut x = x;
    for (name, colour) in SEVERITIES {
        if found.clone().any(|severity| severity == name) {
            svg.mark(x, HEIGHT - 26.0, colour, name);
            svg.text(x + 10.0, HEIGHT - 16.0, "start", INK, name, "");
            x += 90.0;
        }
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

    /// Dates below the picture, at full units of time.
    fn dates(self, svg: &mut Svg) {
        let step = self.step();
        let first = self
            .from
            .div_euclid(step)
            .saturating_add(i64::from(self.from.rem_euclid(step) != 0))
            .saturating_mul(step);
        let mut at = first;
        for _ in 0..TICKS_MAX {
            if at > self.to {
                break;
            }
            let written = Timestamp::from_millis(at).map_or_else(|_| String::new(), |at| at.to_string());
            let words = if step >= DAY_MS {
                written.get(..10).unwrap_or_default().to_owned()
            } else if step >= 60_000 {
                written.get(5..16).unwrap_or_default().replace('T', " ")
            } else {
                written.get(11..19).unwrap_or_default().to_owned()
            };
            let x = self.x(at);
            svg.line((x, BOTTOM), (x, BOTTOM + 5.0), FAINT, "");
            let anchor = if x > RIGHT - 30.0 {
                "end"
            } else if x < LEFT + 30.0 {
                "start"
            } else {
                "middle"
            };
            svg.text(x, BOTTOM + 20.0, anchor, FAINT, &words, "");
            at = at.saturating_add(step);
        }
    }

    /// The smallest full unit of time of which fewer than seven fit: dates have room beside each other.
    fn step(self) -> i64 {
        const STEPS: [i64; 20] = [
            1_000,
            5_000,
            15_000,
            60_000,
            300_000,
            900_000,
            1_800_000,
            3_600_000,
            10_800_000,
            21_600_000,
            43_200_000,
            DAY_MS,
            2 * DAY_MS,
            7 * DAY_MS,
            14 * DAY_MS,
            28 * DAY_MS,
            56 * DAY_MS,
            91 * DAY_MS,
            182 * DAY_MS,
            365 * DAY_MS,
        ];
        let span = self.to.saturating_sub(self.from).max(1);
        let fits = STEPS.into_iter().find(|step| span / step < 7);
        fits.unwrap_or_else(|| {
            (span / 6).div_euclid(365 * DAY_MS).saturating_add(1).saturating_mul(365 * DAY_MS)
        })
    }
}

/// More ticks than a picture has.
const TICKS_MAX: usize = 16;

#[allow(clippy::cast_precision_loss, reason = "a place in a picture, not a number to compute with")]
fn number(of: i64) -> f64 {
    of as f64
}

/// What a picture calls a file.
pub(crate) fn name_of(path: &std::path::Path) -> String {
    path.file_name().map_or_else(|| path.to_string_lossy(), std::ffi::OsStr::to_string_lossy).into_owned()
}

fn time_of(value: &Value, name: &str) -> Option<i64> {
    text(value, &[name])?.parse::<Timestamp>().ok().map(Timestamp::as_millis)
}

/// The drift of a correlation report over time, on a logarithmic scale with the threshold drawn in.
/// `name` is the file that was compared.
pub(crate) fn drift(report: &Document, name: &str) -> String {
    let points = report.array(&["drift", "series", "points"]);
    let findings = report.array(&["findings"]);
    let pairs = report.integer(&["pairs"]).unwrap_or_default();
    let subtitle = format!(
        "{name}: {} pairs; raw milliseconds by the two streams' timestamps, logarithmic; findings: {}",
        crate::ui::grouped(pairs),
        crate::ui::grouped(totals(report))
    );
    let mut svg = Svg::new("Drift from decision to sealed record (UTC)", &subtitle);
    // Where there are pairs, what has no time of its own does not draw the axis out.
    let times = points.iter().filter_map(|point| time_of(point, "start"));
    let found = || findings.iter().filter_map(|finding| time_of(finding, "at")).filter(|at| *at > 0);
    let Some(span) = Span::of(times.chain(found())) else {
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
    for (place, (name, label, colour, dashes)) in LINES.into_iter().enumerate() {
        let drawn: Vec<(f64, f64)> = points
            .iter()
            .filter_map(|point| Some((span.x(time_of(point, "start")?), y(integer(point, &[name])?))))
            .collect();
        match drawn.as_slice() {
            [(x, y)] => svg.line((x - 3.0, *y), (x + 3.0, *y), colour, " stroke-width=\"3\""),
            drawn => svg.path(drawn, colour, dashes),
        }
        legend(&mut svg, place, label, colour, dashes);
    }
    for finding in findings {
        if let Some(at) = time_of(finding, "at") {
            let title = format!(
                "{} {} {}",
                text(finding, &["kind"]).unwrap_or("?"),
                text(finding, &["at"]).unwrap_or("?"),
                text(finding, &["uid"]).unwrap_or("")
            );
            svg.mark(span.x(at), BOTTOM + 26.0, colour_of(text(finding, &["severity"])), &title);
        }
    }
    severities(&mut svg, LEFT + 440.0, findings.iter().filter_map(|finding| text(finding, &["severity"])));
    span.dates(&mut svg);
    svg.end()
}

fn totals(report: &Document) -> i64 {
    let totals = report.value(&["findings_total"]).and_then(Value::as_object);
    totals.into_iter().flatten().filter_map(|(_, total)| total.as_int()).sum()
}

fn legend(svg: &mut Svg, place: usize, label: &str, colour: &str, dashes: &str) {
    let x = LEFT + 100.0 * f64::from(u32::try_from(place).unwrap_or_default());
    let stroke = format!(" stroke-width=\"3\"{}", dashed(dashes));
    svg.line((x, HEIGHT - 20.0), (x + 28.0, HEIGHT - 20.0), colour, &stroke);
    svg.text(x + 34.0, HEIGHT - 16.0, "start", INK, label, "");
}

/// The days of an anomaly report: denials and break-glass uses as bars, the share of tier B as a line, alerts as marks.
/// `name` is the log or the file that was looked at.
pub(crate) fn days(report: &Document, name: &str) -> String {
    let rows = report.array(&["days"]);
    let alerts = report.integer(&["alerts_total"]).unwrap_or_default();
    let stories = report.array(&["stories"]);
    let subtitle = format!(
        "{name}: days: {}; alerts: {}; stories: {}",
        rows.len(),
        crate::ui::grouped(alerts),
        stories.len()
    );
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
    svg.path(&share, "#5b21b6", "");
    for story in stories {
        if let Some(at) = time_of(story, "from") {
            let title = format!(
                "{} from {}",
                text(story, &["cause"]).unwrap_or("?"),
                text(story, &["from"]).unwrap_or("?")
            );
            svg.mark(span.x(at), BOTTOM + 26.0, colour_of(text(story, &["severity"])), &title);
        }
    }
    for (place, (label, colour)) in
        [("denials", "#9fb3c8"), ("uses", "#d97706"), ("tier B", "#5b21b6")].into_iter().enumerate()
    {
        legend(&mut svg, place, label, colour, "");
    }
    svg.text(
        LEFT + 300.0,
        HEIGHT - 16.0,
        "start",
        FAINT,
        "bars: logarithmic; tier B: share, top is 100 %",
        "",
    );
    severities(&mut svg, LEFT + 620.0, stories.iter().filter_map(|story| text(story, &["severity"])));
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
        let picture = drift(&Document::parse(hostile), "<a>.jsonl");
        assert!(picture.contains("&lt;/svg&gt;&lt;x") && picture.contains("&lt;a&gt;.jsonl"));
        assert_eq!(picture.matches("</svg>").count(), 1);
    }

    #[test]
    fn a_report_without_anything_to_draw_says_so() {
        for picture in [drift(&Document::parse(b"{}"), ""), days(&Document::parse(b"{}"), "")] {
            assert!(picture.contains("nothing to draw"));
            assert!(picture.ends_with("</svg>\n"));
        }
    }

    #[test]
    fn ticks_stand_at_full_units_and_no_more_than_a_picture_holds() {
        for span in [1, 9_000, 3_600_000, DAY_MS, 40 * DAY_MS, 366 * DAY_MS, 9_000 * 366 * DAY_MS] {
            let span = Span { from: 1_778_572_812_345, to: 1_778_572_812_345 + span };
            let step = span.step();
            assert!((span.to - span.from) / step < 7, "{step}");
        }
        let hour = Span { from: 1_778_572_812_345, to: 1_778_576_412_345 };
        assert_eq!(hour.step(), 900_000);
        let mut svg = Svg::new("", "");
        hour.dates(&mut svg);
        let drawn = svg.end();
        assert!(drawn.contains("05-12 08:15") && drawn.contains("05-12 09:00"), "{drawn}");
    }
}
