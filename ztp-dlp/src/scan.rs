//! The scan of one surface: windows of its bytes, and the graph of what they decode to, walked breadth first.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::ControlFlow;
use std::sync::Arc;

use ztp_core::digest::{Digest, sha256};

use crate::anchor::{Anchors, Cue};
use crate::budget::{Allowance, Budgets, Gaps, Reason};
use crate::customer::Work;
use crate::decode::inflate::{Inflater, State, Wrapping};
use crate::decode::{plain, zip};
use crate::hit::Recognise;
use crate::recognise::Hits;
use crate::rule::Tag;
use crate::stream::{INNER_STRIDE, STRIDE, Windower};
use crate::surface::SurfaceKind;
use crate::trail::{Map, Step, Trail};

mod collect;
mod derive;
mod spelled;

#[cfg(test)]
mod tests;

pub(crate) use collect::{Collector, Found};

/// What does not change between scans.
pub(crate) struct Core {
    pub(crate) anchors: Anchors,
    pub(crate) recognisers: Box<dyn Recognise>,
    pub(crate) budgets: Budgets,
}

/// Decoded bytes, and the way back.
struct Node {
    bytes: Vec<u8>,
    trail: Arc<Trail>,
    /// The stream of which this is a window, and whether it is the last one.
    window: Option<(usize, bool)>,
}

/// A compressed stream that is being followed.
struct Flow {
    /// The stream in whose windows it stands; none if all its input is there.
    within: Option<usize>,
    wrapping: Wrapping,
    /// None until its first input: many may wait.
    inflater: Option<Box<Inflater>>,
    windower: Windower,
    trail: Arc<Trail>,
    /// Offset in `within` up to which it has been given input.
    fed: u64,
    over: bool,
    /// The node it was found in is the end of a window, so that input may be missing.
    cut: bool,
}

/// What waits to be looked at.
enum Task {
    Look(Node),
    Feed { flow: usize, input: Arc<[u8]>, at: usize, last: bool },
}

/// The surface itself as a stream; flows count from 1.
const ROOT: usize = 0;

/// What a pass over a node found, besides hits.
#[derive(Default)]
struct Cues {
    reverse: bool,
    rot13: bool,
    base64: Vec<usize>,
    keys: Vec<u8>,
    streams: Vec<(Cue, usize)>,
}

/// Most places of one kind that a node remembers.
const CUES_MAX: usize = 4096;

/// Most keys tried on one node.
const KEYS_MAX: usize = 8;

/// One surface being scanned. Results do not depend on how its bytes were cut.
pub(crate) struct Scan {
    core: Arc<Core>,
    surface: SurfaceKind,
    windower: Windower,
    flows: BTreeMap<usize, Flow>,
    flow_next: usize,
    streams: u32,
    tasks: VecDeque<Task>,
    live: usize,
    seen: BTreeSet<Digest>,
    allowance: Allowance,
    pub(crate) found: Collector,
    pub(crate) gaps: Gaps,
    pub(crate) bytes: u64,
    scratch: derive::Scratch,
}

impl Scan {
    pub(crate) fn new(core: Arc<Core>, surface: SurfaceKind) -> Self {
        let allowance = Allowance::new(&core.budgets, 0);
        let findings_max = core.budgets.findings_max;
        Self {
            core,
            surface,
            windower: Windower::new(STRIDE),
            flows: BTreeMap::new(),
            flow_next: ROOT + 1,
            streams: 0,
            tasks: VecDeque::new(),
            live: 0,
            seen: BTreeSet::new(),
            allowance,
            found: Collector::new(findings_max),
            gaps: Gaps::default(),
            bytes: 0,
            scratch: derive::Scratch::default(),
        }
    }

    /// Follows a raw deflate stream from the first byte on, as a content coding says.
    pub(crate) fn expect_deflate(&mut self) {
        let trail = Trail::root(crate::trail::Window { base: 0, owned: 0..u64::MAX });
        let trail = trail.child(Step::Deflate, Map::Whole(0..1));
        self.open(Wrapping::Raw, trail, Some((ROOT, 0)), false);
    }

    /// Takes the next bytes of the surface.
    pub(crate) fn update(&mut self, mut bytes: &[u8]) {
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(self.windower.room().min(bytes.len()));
            self.windower.buffer().extend_from_slice(now);
            bytes = later;
            if self.windower.room() == 0 {
                self.window(false);
            }
        }
    }

    /// Looks at what is left.
    pub(crate) fn finish(&mut self) {
        self.window(true);
    }

    fn window(&mut self, last: bool) {
        let (buffer, window) = self.windower.take(last);
        self.allowance = Allowance::new(&self.core.budgets, buffer.len());
        self.seen.clear();
        let trail = Trail::root(window);
        let node = Node { bytes: buffer, trail, window: Some((ROOT, last)) };
        self.look(&node);
        while let Some(task) = self.tasks.pop_front() {
            match task {
                Task::Look(inner) => {
                    self.live = self.live.saturating_sub(inner.bytes.len());
                    self.look(&inner);
                }
                Task::Feed { flow, input, at, last } => self.feed(flow, input, at, last),
            }
        }
        if last {
            self.flows.clear();
        }
        self.windower.advance(node.bytes);
    }

    fn gap(&mut self, reason: Reason, trail: &Trail, offset: usize) {
        self.gaps.add(reason, trail.offset(offset));
    }

    /// Everything that is done with a node that is held: recognisers, streams that begin in it, and all decoders.
    fn look(&mut self, node: &Node) {
        let cues = self.pass(&node.bytes, &node.trail);
        self.customer(&node.bytes, &node.trail);
        self.follow(node, &cues);
        self.derive(&node.bytes, &node.trail, &cues.base64);
        self.turn(&node.bytes, &node.trail, &cues);
    }

    /// A decoded text that is no text and no start of anything: recognisers only, and it is not held.
    fn glance(&mut self, bytes: &[u8], trail: &Arc<Trail>) {
        let cues = self.pass(bytes, trail);
        self.begin(bytes, trail, &cues, None);
        self.turn(bytes, trail, &cues);
    }

    /// One pass of the automaton, and the recognisers where it stopped.
    fn pass(&mut self, bytes: &[u8], trail: &Arc<Trail>) -> Cues {
        let core = Arc::clone(&self.core);
        let (mut cues, mut hits) = (Cues::default(), Hits::default());
        let mut anchors = core.budgets.anchors_max;
        let mut stopped = None;
        core.anchors.each(bytes, |cue, at| {
            match cue {
                Cue::Anchor(id) => match anchors.checked_sub(1) {
                    Some(left) => {
                        anchors = left;
                        core.recognisers.at_anchor(id, bytes, at, &mut hits);
                    }
                    None => {
                        stopped = Some(at);
                        return ControlFlow::Break(());
                    }
                },
                Cue::Reverse => cues.reverse = true,
                Cue::Rot13 => cues.rot13 = true,
                Cue::Xor(key) => {
                    if !cues.keys.contains(&key) {
                        cues.keys.push(key);
                    }
                }
                Cue::Base64 if cues.base64.len() < CUES_MAX => cues.base64.push(at),
                Cue::Gzip | Cue::Zlib | Cue::Zip | Cue::Unread if cues.streams.len() < CUES_MAX => {
                    cues.streams.push((cue, at));
                }
                Cue::Base64 | Cue::Gzip | Cue::Zlib | Cue::Zip | Cue::Unread => stopped = Some(at),
            }
            ControlFlow::Continue(())
        });
        if let Some(at) = stopped {
            self.gap(Reason::Anchors, trail, at);
        }
        if trail.depth > 0 {
            core.recognisers.values(bytes, &mut hits);
        }
        self.keep(hits, trail);
        cues
    }

    fn keep(&mut self, mut hits: Hits, trail: &Trail) {
        if hits.beyond() > 0 {
            self.gap(Reason::Findings, trail, 0);
        }
        for hit in hits.take() {
            if let Some(place) = trail.resolve(hit.start..hit.end)
                && !self.found.add(hit, place, trail.depth)
            {
                self.gap(Reason::Findings, trail, 0);
            }
        }
    }

    fn customer(&mut self, bytes: &[u8], trail: &Arc<Trail>) {
        let mut hits = Hits::default();
        let steps = u64::try_from(bytes.len()).unwrap_or(u64::MAX).max(1024);
        let mut work = Work::new(steps.saturating_mul(u64::from(self.core.budgets.pattern_work_factor)));
        self.core.recognisers.customer(self.surface, bytes, &mut work, &mut hits);
        if work.exhausted() {
            self.gap(Reason::Patterns, trail, 0);
        }
        self.keep(hits, trail);
    }

    /// Gives the streams within this node's stream what is new, and starts those that begin here.
    fn follow(&mut self, node: &Node, cues: &Cues) {
        let Some((stream, last)) = node.window else {
            self.begin(&node.bytes, &node.trail, cues, None);
            return;
        };
        let base = node.trail.window.as_ref().map_or(0, |window| window.base);
        let end = base.saturating_add(u64::try_from(node.bytes.len()).unwrap_or(0));
        let within: Vec<usize> =
            self.flows.iter().filter(|(_, flow)| flow.within == Some(stream)).map(|(&id, _)| id).collect();
        for id in within {
            let Some(flow) = self.flows.get_mut(&id) else { continue };
            let new = usize::try_from(flow.fed.saturating_sub(base)).unwrap_or(usize::MAX);
            flow.fed = end;
            let input: Arc<[u8]> = node.bytes.get(new..).unwrap_or_default().into();
            self.live += input.len();
            self.tasks.push_back(Task::Feed { flow: id, input, at: 0, last });
        }
        self.begin(&node.bytes, &node.trail, cues, Some((stream, last, end)));
    }

    /// Starts to follow the compressed streams that begin in a node.
    fn begin(&mut self, bytes: &[u8], trail: &Arc<Trail>, cues: &Cues, of: Option<(usize, bool, u64)>) {
        // A stream within a stream that is being followed is not one; what follows is found by its end.
        let mut busy = 0;
        let start = (trail.depth > 0 && is_rare_zlib_header(bytes)).then_some((Cue::Zlib, 0));
        let zlib = memchr::memchr_iter(0x78, bytes)
            .filter(|&at| matches!(bytes.get(at + 1), Some(0x01 | 0x9c | 0xda)))
            .map(|at| (Cue::Zlib, at));
        let starts = cues.streams.iter().copied().chain(zlib).chain(start);
        for (cue, at) in starts {
            if at < busy || !trail.owns_exactly(at) {
                continue;
            }
            let rest = bytes.get(at..).unwrap_or_default();
            let (wrapping, step, skip) = match cue {
                Cue::Gzip if rest.get(3).is_none_or(|flags| flags & 0xe0 == 0) => {
                    (Wrapping::Gzip, Step::Gzip, 0)
                }
                Cue::Zlib if deflate_may_start(rest.get(2..).unwrap_or_default()) => {
                    (Wrapping::Zlib, Step::Zlib, 0)
                }
                Cue::Zip => match zip::entry(rest) {
                    zip::Entry::Deflated(skip) => (Wrapping::Raw, Step::Zip, skip),
                    zip::Entry::Encrypted => {
                        self.gap(Reason::EncryptedEntry, trail, at);
                        continue;
                    }
                    zip::Entry::Unread => {
                        self.gap(Reason::UnreadCompression, trail, at);
                        continue;
                    }
                    zip::Entry::Stored | zip::Entry::Wrong => continue,
                },
                Cue::Unread => {
                    self.gap(Reason::UnreadCompression, trail, at);
                    continue;
                }
                _ => continue,
            };
            busy = self.try_stream(bytes, trail, at, skip, wrapping, step, of).max(busy);
        }
    }

    /// Reads the first bytes of what may be a stream, and follows it if it gives any. Returns where it ended, or 0.
    #[allow(clippy::too_many_arguments, reason = "the parts of one place in one node")]
    fn try_stream(
        &mut self,
        bytes: &[u8],
        trail: &Arc<Trail>,
        at: usize,
        skip: usize,
        wrapping: Wrapping,
        step: Step,
        of: Option<(usize, bool, u64)>,
    ) -> usize {
        if !self.allowance.work(2048) {
            self.gap(Reason::Work, trail, at);
            return 0;
        }
        let from = at + skip;
        let input = bytes.get(from..).unwrap_or_default();
        let mut first = Vec::new();
        let taken = Inflater::new(wrapping).read(input, 256, &mut first);
        let whole = taken.state == State::Over;
        // Few bytes out of what is not whole are what chance gives.
        if first.is_empty() || (first.len() < 16 && !whole && of.is_none_or(|(_, last, _)| last)) {
            return 0;
        }
        if trail.depth >= self.core.budgets.depth_max {
            self.gap(Reason::Depth, trail, at);
            return 0;
        }
        if self.streams >= self.core.budgets.streams_max {
            self.gap(Reason::Streams, trail, at);
            return 0;
        }
        let within = of.filter(|(_, last, _)| !last).map(|(stream, _, end)| (stream, end));
        let open = self.flows.values().filter(|flow| flow.within.is_some()).count();
        if within.is_some() && open >= self.core.budgets.streams_open_max {
            self.gap(Reason::Streams, trail, at);
            return 0;
        }
        if self.live.saturating_add(input.len()) > self.core.budgets.live_bytes_max {
            self.gap(Reason::Memory, trail, at);
            return 0;
        }
        self.streams += 1;
        let inner = trail.child(step, Map::Whole(at..bytes.len()));
        let id = self.open(wrapping, inner, within, of.is_none());
        self.live += input.len();
        self.tasks.push_back(Task::Feed { flow: id, input: input.into(), at: 0, last: within.is_none() });
        if whole { from + taken.input } else { from }
    }

    fn open(
        &mut self,
        wrapping: Wrapping,
        trail: Arc<Trail>,
        within: Option<(usize, u64)>,
        cut: bool,
    ) -> usize {
        let id = self.flow_next;
        self.flow_next += 1;
        self.flows.insert(
            id,
            Flow {
                within: within.map(|within| within.0),
                wrapping,
                inflater: None,
                windower: Windower::new(INNER_STRIDE),
                trail,
                fed: within.map_or(0, |within| within.1),
                over: false,
                cut,
            },
        );
        id
    }

    /// Inflates until a window is whole or the input is used up.
    fn feed(&mut self, id: usize, input: Arc<[u8]>, at: usize, last: bool) {
        let Some(mut flow) = self.flows.remove(&id) else {
            self.live = self.live.saturating_sub(input.len());
            return;
        };
        let (mut at, size) = (at, input.len());
        let mut stop = flow.over;
        let wrapping = flow.wrapping;
        let mut inflater = flow.inflater.take().unwrap_or_else(|| Box::new(Inflater::new(wrapping)));
        while !stop && flow.windower.room() > 0 {
            let room = flow.windower.room().min(64 << 10);
            let before = flow.windower.buffer().len();
            let taken = inflater.read(input.get(at..).unwrap_or_default(), room, flow.windower.buffer());
            at += taken.input;
            let given = flow.windower.buffer().len() - before;
            flow.over = taken.state == State::Over;
            stop = flow.over || (given < room && at >= input.len());
            let limit = inflater.taken.saturating_mul(u64::from(self.core.budgets.inflate_ratio_max));
            if inflater.given > limit.max(1 << 20) {
                self.gap(Reason::Ratio, &flow.trail, 0);
                (flow.over, stop) = (true, true);
            }
            if !self.allowance.work(given) {
                self.gap(Reason::Work, &flow.trail, 0);
                (flow.over, stop) = (true, true);
            }
            if given == 0 && taken.input == 0 {
                stop = true;
            }
        }
        let ends = stop && (flow.over || last);
        if stop && last && !flow.over && flow.cut && inflater.given >= 512 && is_cut(&flow.trail) {
            self.gap(Reason::EncodedStream, &flow.trail, 0);
        }
        flow.inflater = Some(inflater);
        if stop {
            self.live = self.live.saturating_sub(size);
        }
        if ends || !stop {
            let (bytes, window) = flow.windower.take(ends);
            let trail = flow.trail.window(window);
            self.live += bytes.len();
            flow.windower.advance(bytes.clone());
            if !stop {
                self.tasks.push_front(Task::Feed { flow: id, input, at, last });
            }
            self.tasks.push_front(Task::Look(Node { bytes, trail, window: Some((id, ends)) }));
        }
        // Streams within it are given its last window before it is forgotten: they know it by its number only.
        if !ends {
            self.flows.insert(id, flow);
        }
    }

    /// Nodes of the same length: backwards, letters moved, combined with a key.
    fn turn(&mut self, bytes: &[u8], trail: &Arc<Trail>, cues: &Cues) {
        if cues.reverse && trail.step != Step::Reverse && self.may_hold(bytes.len(), trail) {
            self.hold(plain::reverse(bytes), trail.child(Step::Reverse, Map::Back { end: bytes.len() }));
        }
        if cues.rot13 && trail.step != Step::Rot13 && self.may_hold(bytes.len(), trail) {
            self.hold(plain::rot13(bytes), trail.child(Step::Rot13, Map::Shift(0)));
        }
        if matches!(trail.step, Step::Xor { .. }) {
            return;
        }
        if cues.keys.len() > KEYS_MAX {
            self.gap(Reason::Work, trail, 0);
        }
        for &key in cues.keys.iter().take(KEYS_MAX) {
            if self.may_hold(bytes.len(), trail) {
                self.hold(plain::xor(bytes, key), trail.child(Step::Xor { key }, Map::Shift(0)));
            }
        }
    }

    /// Whether a node of `len` bytes may be made out of the one that `trail` leads to; a gap if not.
    fn may_hold(&mut self, len: usize, trail: &Trail) -> bool {
        let reason = if trail.depth >= self.core.budgets.depth_max {
            Reason::Depth
        } else if self.live.saturating_add(len) > self.core.budgets.live_bytes_max {
            Reason::Memory
        } else if !self.allowance.work(len) {
            Reason::Work
        } else if self.allowance.node() {
            return true;
        } else {
            Reason::Nodes
        };
        self.gap(reason, trail, 0);
        false
    }

    /// Lets a node wait its turn, unless the same bytes did already.
    fn hold(&mut self, bytes: Vec<u8>, trail: Arc<Trail>) {
        if self.seen.insert(sha256(&bytes)) {
            self.live += bytes.len();
            self.tasks.push_back(Task::Look(Node { bytes, trail, window: None }));
        }
    }

    /// Keyed tags of the pieces of registered secrets that were seen, by secret, and how many pieces each has.
    pub(crate) fn shingles(&self) -> &BTreeMap<u64, (usize, BTreeSet<Tag>)> {
        self.found.shingles()
    }
}

/// Whether a window on the way is not the last of its stream, so that bytes after the node may be missing.
fn is_cut(trail: &Trail) -> bool {
    let mut at = Some(trail);
    while let Some(trail) = at {
        if trail.window.as_ref().is_some_and(|window| window.owned.end != u64::MAX) {
            return true;
        }
        at = trail.parent.as_deref();
    }
    false
}

/// RFC 1950 §2.2, without a preset dictionary, and other than the headers that are looked for everywhere.
fn is_rare_zlib_header(bytes: &[u8]) -> bool {
    matches!(*bytes, [method, flags, ..] if method & 0x8f == 8
        && u16::from_be_bytes([method, flags]).is_multiple_of(31)
        && flags & 0x20 == 0
        && !matches!((method, flags), (0x78, 0x01 | 0x9c | 0xda)))
}

/// Whether a deflate block can begin here (RFC 1951 §3.2.3, §3.2.7): most bytes cannot.
fn deflate_may_start(bytes: &[u8]) -> bool {
    match *bytes {
        [first, second, ..] => match (first >> 1) & 3 {
            0 => match *bytes {
                [_, a, b, c, d, ..] => u16::from_le_bytes([a, b]) == !u16::from_le_bytes([c, d]),
                _ => false,
            },
            1 => true,
            2 => first >> 3 <= 29 && second & 31 <= 29,
            _ => false,
        },
        _ => false,
    }
}
