//! `ztp audit append`: what is acknowledged, what is refused, and sealing while the input is idle.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{arg, command, lines, scratch, segment, tree, ztp, ztp_with};

fn new_log(root: &Path, options: &[&str]) -> std::path::PathBuf {
    let dir = root.join("log");
    ztp(["audit", "init", arg(&dir)].into_iter().chain(options.iter().copied())).exits(0);
    dir
}

fn records(log: &Path) -> Vec<String> {
    fs::read_to_string(segment(log)).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn append_prints_the_last_sequence_number_and_hash() {
    let root = scratch();
    let log = new_log(root.path(), &[]);
    let run = ztp_with(["audit", "append", arg(&log)], &lines(3)).exits(0);
    let last = records(&log).pop().unwrap();
    let (seq, hash) = run.text().trim_end().split_once(' ').unwrap();
    assert_eq!(seq, "3");
    assert!(run.stderr.ends_with("3 records were acknowledged, durable\n"), "{}", run.stderr);
    let one = ztp_with(["audit", "append", arg(&log), "--seal"], &lines(1)).exits(0);
    assert!(one.stderr.ends_with("1 record was acknowledged, durable and sealed\n"), "{}", one.stderr);
    assert!(last.contains(&format!("\"hash\":\"{hash}\"")), "{last}");
}

#[test]
fn append_with_json_counts_the_records() {
    let root = scratch();
    let log = new_log(root.path(), &[]);
    let run = ztp_with(["audit", "append", arg(&log), "--json"], &lines(5)).exits(0);
    assert_eq!(run.string(&["schema"]), "ztp.audit.appended/1");
    assert_eq!((run.integer(&["records"]), run.integer(&["seq"])), (5, 5));
    assert_eq!(run.string(&["hash"]).len(), 64);
}

#[test]
fn the_last_line_needs_no_line_feed() {
    let root = scratch();
    let log = new_log(root.path(), &[]);
    let input = lines(2);
    ztp_with(["audit", "append", arg(&log)], input.strip_suffix(b"\n").unwrap()).exits(0);
    assert_eq!(records(&log).len(), 3);
}

#[test]
fn a_timestamp_is_kept_and_one_is_added_where_there_is_none() {
    let root = scratch();
    let log = new_log(root.path(), &[]);
    let input = b"{\"event_class\":\"a\",\"payload\":{},\"timestamp\":\"2001-02-03T04:05:06.789Z\"}\n\
                  {\"event_class\":\"a\",\"payload\":{}}\n";
    ztp_with(["audit", "append", arg(&log)], input).exits(0);
    let written = records(&log);
    assert!(written[1].ends_with("\"timestamp\":\"2001-02-03T04:05:06.789Z\"}"), "{}", written[1]);
    assert!(!written[2].contains("2001-02-03"), "{}", written[2]);
}

#[test]
fn nothing_on_standard_input_writes_nothing() {
    let root = scratch();
    let log = new_log(root.path(), &[]);
    let before = tree(&log);
    let run = ztp(["audit", "append", arg(&log), "--json"]).exits(0);
    assert_eq!(run.integer(&["records"]), 0);
    assert_eq!(tree(&log), before);
}

#[test]
fn a_refused_line_ends_the_input_and_earlier_lines_stay() {
    let root = scratch();
    let good = lines(4);
    let third = good.split_inclusive(|&b| b == b'\n').take(3).map(<[u8]>::len).sum::<usize>();
    for (bad, column) in [
        (&b"{\"event_class\":\"a\",\"payload\":{},\"payload\":{}}\n"[..], 34),
        (b"not json\n", 0),
        (b"{\"event_class\":\"a\",\"payload\":{\"n\":1.5}}\n", 35),
    ] {
        let dir = tempfile::tempdir_in(root.path()).unwrap();
        let log = new_log(dir.path(), &[]);
        let mut input = good[..third].to_vec();
        input.extend_from_slice(bad);
        input.extend_from_slice(&good[third..]);
        let run = ztp_with(["audit", "append", arg(&log), "--json"], &input).exits(1);
        assert_eq!(run.integer(&["line"]), 4, "{}", run.text());
        let offset = usize::try_from(run.integer(&["offset"])).unwrap();
        assert!(
            (third..third + bad.len()).contains(&offset),
            "{offset} lies in the refused line: {}",
            run.text()
        );
        if column > 0 {
            assert!(offset > third, "the offset names the byte within the line: {}", run.text());
        }
        assert!(
            run.stderr.contains("3 records were acknowledged, durable; the last is 3 ")
                && run.stderr.contains("the next line of the input is 4"),
            "{}",
            run.stderr
        );
        assert_eq!((run.integer(&["records"]), run.integer(&["seq"])), (3, 3), "{}", run.text());
        assert_eq!(run.string(&["hash"]).len(), 64);
        assert_eq!(records(&log).len(), 4, "genesis and three events, nothing after the refused line");
        ztp(["audit", "verify", arg(&log), "--require", "none"]).exits(0);
    }
}

#[test]
fn refusals_name_what_is_wrong_with_an_event() {
    let root = scratch();
    let log = new_log(root.path(), &[]);
    let before = tree(&log);
    for bad in [
        "{}",
        "[]",
        "null",
        "{\"event_class\":\"a\"}",
        "{\"payload\":{}}",
        "{\"event_class\":\"a\",\"payload\":[]}",
        "{\"event_class\":\"a\",\"payload\":{},\"extra\":1}",
        "{\"event_class\":\"A\",\"payload\":{}}",
        "{\"event_class\":\"log.sealed\",\"payload\":{}}",
        "{\"event_class\":\"a\",\"payload\":{},\"timestamp\":\"2026-05-12\"}",
        "{\"event_class\":\"a\",\"payload\":{},\"timestamp\":\"2026-02-30T00:00:00.000Z\"}",
        "{\"event_class\":\"a\",\"payload\":{}} x",
        "\u{feff}{\"event_class\":\"a\",\"payload\":{}}",
    ] {
        let run = ztp_with(["audit", "append", arg(&log), "--json"], bad.as_bytes()).exits(1);
        assert_eq!(run.integer(&["line"]), 1, "{bad}");
        assert!(
            run.stderr.contains("no record was acknowledged; the next line of the input is 1"),
            "{bad}: {}",
            run.stderr
        );
    }
    assert_eq!(tree(&log), before);
}

#[test]
fn a_line_longer_than_any_record_is_refused() {
    let root = scratch();
    let log = new_log(root.path(), &[]);
    let before = tree(&log);
    let mut huge = b"{\"event_class\":\"a\",\"payload\":{\"x\":\"".to_vec();
    huge.resize(5 << 20, b'x');
    let run = ztp_with(["audit", "append", arg(&log), "--json"], &huge).exits(1);
    assert_eq!(run.integer(&["line"]), 1);
    assert_eq!(tree(&log), before);
}

#[test]
fn binary_input_is_refused() {
    let root = scratch();
    let log = new_log(root.path(), &[]);
    let before = tree(&log);
    let run = ztp_with(["audit", "append", arg(&log)], &[0, 159, 146, 150, 27, b'\n', 255]).exits(1);
    assert!(run.stderr.contains("line 1 of the input"), "{}", run.stderr);
    assert!(!run.stderr.contains('\u{1b}'), "{}", run.stderr);
    assert_eq!(tree(&log), before);
}

#[test]
fn a_directory_without_a_log_is_could_not_check() {
    let root = scratch();
    let run = ztp_with(["audit", "append", arg(&root.path().join("none")), "--json"], &lines(1)).exits(3);
    assert_eq!(run.string(&["code"]), "log_not_found");
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}

#[test]
fn many_events_arrive_whole_and_verify() {
    let root = scratch();
    let log = new_log(root.path(), &["--records-max", "500"]);
    let run = ztp_with(["audit", "append", arg(&log), "--json"], &lines(20_000)).exits(0);
    assert_eq!(run.integer(&["records"]), 20_000);
    let events =
        records(&log).iter().filter(|line| line.starts_with("{\"event_class\":\"operator.action\"")).count();
    assert_eq!(events, 20_000);
    let verdict = ztp(["audit", "verify", arg(&log), "--require", "none", "--json"]).exits(0);
    assert!(verdict.integer(&["seals"]) >= 20, "sealed by count: {}", verdict.integer(&["seals"]));
}

/// A running append whose standard input stays open.
struct Open {
    child: Child,
}

impl Open {
    fn start(log: &Path) -> Self {
        Self::start_with(log, &[])
    }

    fn start_with(log: &Path, options: &[&str]) -> Self {
        let mut append = command();
        append.args(["audit", "append", arg(log)]).args(options);
        let pipes = append.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { child: pipes.spawn().unwrap() }
    }

    fn send(&mut self, bytes: &[u8]) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(bytes).unwrap();
        stdin.flush().unwrap();
    }

    /// Ends the input and returns exit status and standard output's first line.
    fn end(mut self) -> (Option<i32>, String) {
        drop(self.child.stdin.take());
        let mut first = String::new();
        BufReader::new(self.child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        (self.child.wait().unwrap().code(), first)
    }
}

/// Waits for a condition; what it waits for happens on its own, so only a fault lets it run out.
#[track_caller]
fn eventually(what: &str, condition: impl Fn() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what} did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn seals(log: &Path) -> usize {
    records(log).iter().filter(|line| line.starts_with("{\"event_class\":\"log.sealed\"")).count()
}

#[test]
fn the_interval_seals_while_standard_input_is_open_and_idle() {
    let root = scratch();
    let log = new_log(root.path(), &["--interval-ms", "200", "--heartbeat-ms", "3600000"]);
    let mut open = Open::start(&log);
    open.send(&lines(1));
    eventually("a seal by interval", || seals(&log) == 1);
    open.send(&lines(1));
    eventually("a second seal by interval", || seals(&log) == 2);
    let (status, last) = open.end();
    assert_eq!(status, Some(0));
    assert!(last.starts_with("3 "), "the second event is record 3: {last}");
    ztp(["audit", "verify", arg(&log), "--require", "none"]).exits(0);
}

#[test]
fn the_heartbeat_seals_an_empty_epoch() {
    let root = scratch();
    let log = new_log(root.path(), &["--interval-ms", "100", "--heartbeat-ms", "300"]);
    let open = Open::start(&log);
    eventually("two heartbeats", || seals(&log) >= 2);
    assert_eq!(open.end().0, Some(0));
    ztp(["audit", "verify", arg(&log), "--require", "none"]).exits(0);
}

#[test]
fn lines_are_durable_before_the_input_ends() {
    let root = scratch();
    let log = new_log(root.path(), &["--interval-ms", "3600000", "--heartbeat-ms", "3600000"]);
    let mut open = Open::start(&log);
    open.send(&lines(2));
    eventually("both records", || records(&log).len() == 3);
    open.send(&lines(1));
    eventually("the third record", || records(&log).len() == 4);
    assert_eq!(open.end().0, Some(0));
}

#[test]
fn a_second_writer_is_refused_and_changes_nothing() {
    let root = scratch();
    let log = new_log(root.path(), &["--interval-ms", "3600000", "--heartbeat-ms", "3600000"]);
    let mut open = Open::start(&log);
    open.send(&lines(1));
    eventually("the first record", || records(&log).len() == 2);
    let before = tree(&log);
    let run = ztp_with(["audit", "append", arg(&log), "--json"], &lines(1)).exits(3);
    assert_eq!(run.string(&["code"]), "log_locked");
    assert_eq!(ztp(["audit", "seal", arg(&log), "--json"]).exits(3).string(&["code"]), "log_locked");
    assert_eq!(tree(&log), before);
    assert_eq!(open.end().0, Some(0));
}

#[test]
fn a_signal_ends_the_input_and_keeps_what_was_acknowledged() {
    let root = scratch();
    let log = new_log(root.path(), &["--interval-ms", "3600000", "--heartbeat-ms", "3600000"]);
    let mut open = Open::start(&log);
    open.send(&lines(2));
    eventually("both records", || records(&log).len() == 3);
    // Waiting for the process would close its standard input; the signal must be what ends it.
    let _stays_open = open.child.stdin.take().unwrap();
    let process = Pid::from_child(&open.child);
    kill_process(process, Signal::INT).unwrap();
    let mut said = String::new();
    assert_eq!(open.child.wait().unwrap().code(), Some(3));
    std::io::Read::read_to_string(&mut open.child.stderr.take().unwrap(), &mut said).unwrap();
    assert!(
        said.contains("2 records were acknowledged, durable; the last is 2 ")
            && said.contains("the next line of the input is 3")
            && said.contains("append_stopped"),
        "{said}"
    );
    ztp(["audit", "verify", arg(&log), "--require", "none"]).exits(0);
}

#[test]
fn a_signal_under_seal_appends_what_was_read_whole_seals_it_and_says_where_to_go_on() {
    for signal in [Signal::TERM, Signal::INT] {
        let root = scratch();
        let log = new_log(root.path(), &["--interval-ms", "3600000", "--heartbeat-ms", "3600000"]);
        let mut open = Open::start_with(&log, &["--seal", "--json"]);
        open.send(&lines(3));
        open.send(b"{\"event_class\":\"half of a");
        eventually("three records", || records(&log).len() == 4);
        let _stays_open = open.child.stdin.take().unwrap();
        kill_process(Pid::from_child(&open.child), signal).unwrap();
        assert_eq!(open.child.wait().unwrap().code(), Some(3));
        let mut document = String::new();
        std::io::Read::read_to_string(&mut open.child.stdout.take().unwrap(), &mut document).unwrap();
        for member in
            ["\"code\":\"append_stopped\"", "\"line\":4", "\"records\":3", "\"sealed\":true", "\"seq\":3"]
        {
            assert!(document.contains(member), "{member}: {document}");
        }
        assert_eq!((records(&log).len(), seals(&log)), (5, 1));
        let verdict = ztp(["audit", "verify", arg(&log), "--require", "none", "--json"]).exits(0);
        assert_eq!(verdict.integer(&["unanchored_tail", "records"]), 0);
    }
}

#[test]
fn a_refused_line_under_seal_leaves_no_open_epoch() {
    let root = scratch();
    let log = new_log(root.path(), &[]);
    let run =
        ztp_with(["audit", "append", arg(&log), "--seal"], &[&lines(2)[..], b"not json\n"].concat()).exits(1);
    assert!(run.stderr.contains("2 records were acknowledged, durable and sealed"), "{}", run.stderr);
    assert_eq!(seals(&log), 1);
}

#[test]
fn append_and_seal_wait_for_another_writer_as_long_as_they_are_told() {
    let root = scratch();
    let log = new_log(root.path(), &["--interval-ms", "3600000", "--heartbeat-ms", "3600000"]);
    let mut open = Open::start(&log);
    open.send(&lines(1));
    eventually("the first record", || records(&log).len() == 2);
    for command in ["append", "seal"] {
        let run = ztp_with(["audit", command, arg(&log), "--wait", "50ms", "--json"], &lines(1)).exits(3);
        assert_eq!(run.string(&["code"]), "log_locked");
        ztp_with(["audit", command, arg(&log), "--wait", "soon"], b"").exits(2);
    }
    let waiting: Vec<_> = (0..4)
        .map(|_| {
            let log = log.clone();
            std::thread::spawn(move || {
                ztp_with(["audit", "append", arg(&log), "--wait", "5m"], &lines(1)).exits(0);
            })
        })
        .collect();
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(records(&log).len(), 2, "they wait");
    assert_eq!(open.end().0, Some(0));
    waiting.into_iter().for_each(|one| one.join().unwrap());
    assert_eq!(records(&log).len(), 6);
    ztp(["audit", "verify", arg(&log), "--require", "none"]).exits(0);
}

#[test]
fn seal_at_the_end_leaves_no_open_epoch() {
    let root = scratch();
    let log = new_log(root.path(), &[]);
    ztp_with(["audit", "append", arg(&log), "--seal"], &lines(3)).exits(0);
    let run = ztp(["audit", "verify", arg(&log), "--require", "none", "--json"]).exits(0);
    assert_eq!(run.integer(&["unanchored_tail", "records"]), 0);
}

/// A decision that no reader of its class understands, and one that they do.
const MALFORMED: &str =
    "{\"event_class\":\"admission.decision\",\"payload\":{\"uid\":\"u-1\",\"decision\":\"allow\"}}\n";
const WELL_FORMED: &str = "{\"event_class\":\"operator.login\",\"payload\":{\"operator\":\"op-1\"}}\n";

#[test]
fn a_payload_that_is_none_of_its_class_is_warned_of_and_refused_if_strict() {
    let root = scratch();
    let log = root.path().join("log");
    ztp(["audit", "init", arg(&log)]).exits(0);
    let events = [WELL_FORMED, MALFORMED, MALFORMED].concat();
    let run = ztp_with(["audit", "append", arg(&log), "--json"], events.as_bytes()).exits(0);
    assert_eq!((run.integer(&["records"]), run.integer(&["malformed", "count"])), (3, 2));
    assert_eq!(run.integer(&["malformed", "line"]), 2);
    assert!(
        run.stderr.contains("2 payloads") && run.stderr.contains("the first is line 2"),
        "{}",
        run.stderr
    );

    let run = ztp_with(["audit", "append", arg(&log), "--strict", "--json"], events.as_bytes()).exits(1);
    assert_eq!((run.integer(&["line"]), run.integer(&["records"])), (2, 1));
    let run = ztp_with(["audit", "append", arg(&log), "--strict"], WELL_FORMED.as_bytes()).exits(0);
    assert_eq!(run.stderr, "1 record was acknowledged, durable\n");
}

#[test]
fn lines_that_are_refused_are_put_aside_as_they_are_and_recorded_in_their_place() {
    let root = scratch();
    let log = root.path().join("log");
    ztp(["audit", "init", arg(&log)]).exits(0);
    let aside = root.path().join("aside");
    let bad = [
        "no json at all\n",
        "{\"event_class\":\"Bad Class\",\"payload\":{}}\n",
        "\n",
        "{\"event_class\":\"a\"",
    ];
    let input = [bad[0], WELL_FORMED, bad[1], bad[2], WELL_FORMED, bad[3]].concat();
    let args = ["audit", "append", arg(&log), "--seal", "--set-aside", arg(&aside)];
    let run = ztp_with(args, input.as_bytes()).exits(1);
    assert!(run.text().contains("put aside, and recorded: 4 lines in "), "{}", run.text());
    assert_eq!(fs::read_to_string(&aside).unwrap(), bad.concat() + "\n");

    let records = fs::read_to_string(segment(&log)).unwrap();
    let classes: Vec<&str> = records
        .lines()
        .filter_map(|line| line.split("\"event_class\":\"").nth(1)?.split('"').next())
        .collect();
    let put = "input.set-aside";
    assert_eq!(classes[1..7], [put, "operator.login", put, put, "operator.login", put]);
    for (line, number) in [(1, 1), (3, 3), (4, 4), (6, 6)] {
        let record = records.lines().nth(line).unwrap();
        assert!(record.contains(&format!("\"line\":{number},")), "{record}");
        assert!(record.contains(&ztp_core::digest::sha256(bad_text(&input, number)).to_string()), "{record}");
    }
    ztp(["audit", "verify", arg(&log), "--require", "evolved-key"]).exits(0);
    // The file must be new, so that no earlier lines are taken for this run's.
    let run = ztp_with(args, b"").exits(3);
    assert!(run.stderr.contains("file_exists"), "{}", run.stderr);
}

/// Line `number` of the input, from 1, without its line feed.
fn bad_text(input: &str, number: usize) -> &[u8] {
    input.lines().nth(number - 1).unwrap().as_bytes()
}

#[test]
fn what_follows_a_line_without_an_end_is_never_read_as_a_line_of_its_own() {
    let root = scratch();
    let log = root.path().join("log");
    ztp(["audit", "init", arg(&log)]).exits(0);
    let aside = root.path().join("aside");
    // Longer than is handed over whole, and its rest would be an event.
    let mut input = vec![b'x'; 5 << 20];
    input.extend_from_slice(WELL_FORMED.as_bytes());
    let run = ztp_with(["audit", "append", arg(&log), "--set-aside", arg(&aside)], &input).exits(1);
    assert!(run.stderr.contains("no record was acknowledged"), "{}", run.stderr);
    assert!(!fs::read_to_string(segment(&log)).unwrap().contains("operator.login"));
}
