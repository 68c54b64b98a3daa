//! The scan of one surface: windows of its bytes, and the graph of what they decode to, walked breadth first.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::ControlFlow;
use std::sync::Arc;

use ztp_core::digest::{Digest, sha256};

use crate::anchor::{Anchors, Cue};
use crate::budget::{Allowance, Budgets, Gaps, Reason};
use crate::customer::Work;
use crate::decode::base85::Alphabet;
use crate::decode::inflate::Wrapping;
use crate::decode::packed::Packing;
use crate::decode::{plain, spaces};
use crate::hit::Recognise;
use crate::recognise::{HITS_MAX, Hits};
use crate::rule::Tag;

use crate::surface::SurfaceKind;
use crate::trail::{Map, Step, Trail};
use crate::window::{STRIDE, Window, Windower};

mod archive;
mod collect;
mod derive;
mod flow;
mod follow;
mod headless;
mod scratch;
mod spelled;

#[cfg(test)]
mod reading;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod tests;

pub(crate) use collect::{Collector, Found};
use flow::Flow;
use scratch::Scratch;

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

/// What waits to be looked at.
enum Task {
    Look(Node),
    /// Further input of a flow, from `at` on; `place` is where the input stands.
    Feed {
        flow: usize,
        input: Arc<[u8]>,
        at: usize,
        last: bool,
        place: (usize, u64),
    },
}

/// The surface itself as a stream; flows count from 1.
const ROOT: usize = 0;

/// What a pass over a node found, besides hits.
#[derive(Default)]
struct Cues {
    reverse: bool,
    rot13: bool,
    base64: Vec<usize>,
    base85: Vec<(Alphabet, usize)>,
    /// Where hashes of confirmed records begin, ascending.
    hashes: Vec<usize>,
    keys: Vec<u8>,
    streams: Vec<(Cue, usize)>,
    /// Where records of directories of zip archives begin.
    zip_central: Vec<usize>,
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
    /// Flows by the stream in whose windows they stand.
    within: BTreeSet<(usize, usize)>,
    /// Where in which stream members of gzip begin that are read as part of a row: none of them is a stream by itself.
    members: BTreeSet<(usize, u64)>,
    zips: archive::Headers,
    /// Bytes that streams took, and bytes' worth of their headers.
    #[cfg(test)]
    effort: u64,
    streams: u32,
    tasks: VecDeque<Task>,
    live: usize,
    seen: BTreeSet<Digest>,
    allowance: Allowance,
    /// The budget of known containers.
    contained: Allowance,
    pub(crate) found: Collector,
    pub(crate) gaps: Gaps,
    pub(crate) bytes: u64,
    scratch: Scratch,
}

impl Scan {
    pub(crate) fn new(core: Arc<Core>, surface: SurfaceKind) -> Self {
        let allowance = Allowance::new(&core.budgets, 0);
        let contained = Allowance::of_containers(&core.budgets, 0);
        let findings_max = core.budgets.findings_max;
        Self {
            core,
            surface,
            windower: Windower::new(STRIDE),
            flows: BTreeMap::new(),
            flow_next: ROOT + 1,
            within: BTreeSet::new(),
            members: BTreeSet::new(),
            zips: archive::Headers::default(),
            #[cfg(test)]
            effort: 0,
            streams: 0,
            tasks: VecDeque::new(),
            live: 0,
            seen: BTreeSet::new(),
            allowance,
            contained,
            found: Collector::new(findings_max),
            gaps: Gaps::default(),
            bytes: 0,
            scratch: Scratch::default(),
        }
    }

    /// Follows a raw deflate stream from the first byte on, as a content coding says.
    pub(crate) fn expect_deflate(&mut self) {
        self.expect(Wrapping::Raw, Step::Deflate);
    }

    /// Follows a brotli stream from the first byte on, as a content coding says.
    pub(crate) fn expect_brotli(&mut self) {
        self.expect(Wrapping::Packed(Packing::Brotli), Step::Packed(Packing::Brotli));
    }

    fn expect(&mut self, wrapping: Wrapping, step: Step) {
        let trail = Trail::root(Window { base: 0, owned: 0..u64::MAX });
        let trail = trail.child(step, Map::Whole(0..1));
        self.open(wrapping, trail, Some((ROOT, 0)), false);
    }

    /// Takes the next bytes of the surface.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.update_while(bytes, &|| true);
    }

    /// The same, as long as `goes_on` says so; it is asked before each decoded node.
    pub(crate) fn update_while(&mut self, mut bytes: &[u8], goes_on: &dyn Fn() -> bool) {
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(self.windower.room().min(bytes.len()));
            self.windower.buffer().extend_from_slice(now);
            bytes = later;
            if self.windower.room() == 0 {
                self.window(false, goes_on);
            }
        }
    }

    /// Looks at what is left.
    pub(crate) fn finish(&mut self) {
        self.finish_while(&|| true);
    }

    /// The same, as long as `goes_on` says so.
    pub(crate) fn finish_while(&mut self, goes_on: &dyn Fn() -> bool) {
        self.window(true, goes_on);
    }

    fn window(&mut self, last: bool, goes_on: &dyn Fn() -> bool) {
        let (buffer, window) = self.windower.take(last);
        self.allowance = Allowance::new(&self.core.budgets, buffer.len());
        self.contained = Allowance::of_containers(&self.core.budgets, buffer.len());
        self.seen.clear();
        self.streams = 0;
        self.forget(window.base);
        let trail = Trail::root(window);
        let node = Node { bytes: buffer, trail, window: Some((ROOT, last)) };
        self.look(&node);
        while let Some(task) = self.tasks.pop_front() {
            if !goes_on() {
                self.tasks.clear();
                self.flows.clear();
                self.within.clear();
                self.live = 0;
                self.gap(Reason::Stopped, &node.trail, 0);
                break;
            }
            match task {
                Task::Look(inner) => {
                    self.live = self.live.saturating_sub(inner.bytes.len());
                    self.look(&inner);
                }
                Task::Feed { flow, input, at, last, place } => {
                    self.feed(flow, input, at, last, place, goes_on)
                }
            }
        }
        if last {
            self.flows.clear();
            self.within.clear();
        }
        self.windower.advance(node.bytes);
    }

    fn gap(&mut self, reason: Reason, trail: &Trail, offset: usize) {
        self.gaps.add(reason, trail.container, trail.offset(offset));
    }

    /// The budget that what `trail` leads to is paid from.
    fn allowance(&mut self, trail: &Trail) -> &mut Allowance {
        if trail.container.is_some() { &mut self.contained } else { &mut self.allowance }
    }

    /// Everything that is done with a node that is held: recognisers, streams that begin in it, and all decoders.
    fn look(&mut self, node: &Node) {
        // Pixels are no text: what a picture shows is not read, and what stands in its bytes is found as it is.
        if node.trail.is_image() {
            let cues = self.pass(&node.bytes, &node.trail);
            self.customer(&node.bytes, &node.trail);
            return self.begin(&node.bytes, &node.trail, &cues, &mut None, None);
        }
        let cues = self.pass(&node.bytes, &node.trail);
        self.customer(&node.bytes, &node.trail);
        self.follow(node, &cues);
        self.derive(&node.bytes, &node.trail, &cues);
        self.turn(&node.bytes, &node.trail, &cues);
    }

    /// A decoded text that is no text and no start of anything: recognisers only, and it is not held.
    fn glance(&mut self, bytes: &[u8], trail: &Arc<Trail>) {
        let cues = self.pass(bytes, trail);
        self.begin(bytes, trail, &cues, &mut None, None);
        self.turn(bytes, trail, &cues);
    }

    /// One pass of the automaton, and the recognisers where it stopped.
    fn pass(&mut self, bytes: &[u8], trail: &Arc<Trail>) -> Cues {
        let core = Arc::clone(&self.core);
        let (mut cues, mut hits) = (Cues::default(), Hits::default());
        let mut anchors = core.budgets.anchors_max;
        let reading = self.allowance(trail).reading;
        let mut stopped = None;
        core.anchors.each(bytes, |cue, at| {
            match cue {
                Cue::Anchor(id) => match anchors.checked_sub(1).filter(|_| hits.spent() < reading) {
                    Some(left) => {
                        anchors = left;
                        core.recognisers.at_anchor(id, bytes, at, &mut hits);
                        if hits.len() >= HITS_MAX / 2 {
                            self.keep(&mut hits, trail);
                        }
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
                Cue::Base64 => stopped = Some(at),
                Cue::Base85(alphabet) if cues.base85.len() < CUES_MAX => cues.base85.push((alphabet, at)),
                Cue::Base85(_) => stopped = Some(at),
                Cue::ZipCentral => cues.zip_central.push(at),
                _ if cues.streams.len() < CUES_MAX => cues.streams.push((cue, at)),
                _ => stopped = Some(at),
            }
            ControlFlow::Continue(())
        });
        if let Some(at) = stopped {
            self.gap(Reason::Anchors, trail, at);
        }
        core.recognisers.binary(bytes, &mut hits);
        if trail.depth > 0 {
            core.recognisers.values(bytes, &mut hits);
        }
        self.allowance(trail).reading = reading.saturating_sub(hits.spent());
        cues.hashes = hits.take_hashes();
        cues.hashes.sort_unstable();
        self.keep(&mut hits, trail);
        cues
    }

    fn keep(&mut self, hits: &mut Hits, trail: &Trail) {
        self.found.beyond(&hits.take_beyond());
        for hit in hits.take() {
            if let Some(place) = trail.resolve(hit.start..hit.end) {
                self.found.add(hit, place, trail.depth);
            }
        }
    }

    fn customer(&mut self, bytes: &[u8], trail: &Arc<Trail>) {
        self.customer_in(bytes, trail);
        if self.core.recognisers.spaced()
            && let Some(even) = spaces::even(bytes)
            && self.afford(even.bytes.len(), trail, 0)
        {
            let map = Map::Pieces { skip: 0, num: 1, den: 1, pieces: even.pieces.into() };
            self.customer_in(&even.bytes, &trail.child(Step::Spaces, map));
        }
    }

    fn customer_in(&mut self, bytes: &[u8], trail: &Arc<Trail>) {
        let mut hits = Hits::default();
        let steps = u64::try_from(bytes.len()).unwrap_or(u64::MAX).max(1024);
        let mut work = Work::new(steps.saturating_mul(u64::from(self.core.budgets.pattern_work_factor)));
        self.core.recognisers.customer(self.surface, bytes, &mut work, &mut hits);
        if work.exhausted() {
            self.gap(Reason::Patterns, trail, 0);
        }
        self.keep(&mut hits, trail);
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
        } else if !self.allowance(trail).work(len) {
            Reason::Work
        } else if self.allowance(trail).node() {
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
