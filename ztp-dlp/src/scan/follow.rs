//! Compressed streams: where they begin in a node, and how they are followed from window to window.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::flow::Flow;
use super::{Cues, Node, ROOT, Scan, Task};
use crate::anchor::Cue;
use crate::budget::Reason;
use crate::decode::inflate::{HEADER_MAX, Inflater, State, Taken, Wrapping, gzip_header_is_long};
use crate::decode::likely::{ZLIB_FLAGS, deflate_may_start, is_rare_zlib_header};
use crate::decode::packed::Packing;
use crate::decode::{png, unread, zip};
use crate::trail::{Map, Step, Trail};
use crate::window::{INNER_STRIDE, Windower};

/// A window of a stream, as streams that begin in it see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Of {
    stream: usize,
    pub(super) last: bool,
    /// Offset in the stream of the byte after the window.
    end: u64,
}

/// How a stream that may begin at a place is to be read.
pub(super) struct Start {
    pub(super) at: usize,
    /// Bytes of a header of its container.
    pub(super) skip: usize,
    /// Bytes before the data of a picture.
    pub(super) data: usize,
    pub(super) wrapping: Wrapping,
    pub(super) step: Step,
}

/// Most compressions at once whose input is held until it has ended.
const PACKED_OPEN_MAX: usize = 4;

/// What a byte counts that deflate takes and gives nothing for, and the end of a member: tables are made for each block, however
/// short, and an enemy can send blocks that are empty.
pub(super) const IDLE_COST: u64 = 128;
const MEMBER_COST: u64 = 1024;

/// Bytes read to see whether a stream is one.
const TRIAL_BYTES: usize = 256;
/// Bytes of a stream without its end that chance hardly gives.
const TRIAL_MIN: usize = 64;

impl Start {
    /// How much of the input is read to see whether this is a stream: blocks that give nothing are cheap to send, and any number of
    /// heads can lead to them.
    fn trial(&self, input: &[u8]) -> usize {
        /// The codes of a block.
        const BLOCK: usize = 1024;
        const GUESS: usize = 64 << 10;
        match self.wrapping {
            Wrapping::Gzip if input.get(3).is_some_and(|flags| *flags != 0) => HEADER_MAX + BLOCK,
            Wrapping::Png => self.data.saturating_add(BLOCK),
            // A guess: rows of pixels read for a kilobyte as blocks that are empty.
            Wrapping::Zlib => GUESS,
            _ => BLOCK,
        }
    }
}

impl Scan {
    /// Gives the streams within this node's stream what is new, and starts those that begin here.
    pub(super) fn follow(&mut self, node: &Node, cues: &Cues) {
        // The node's bytes, shared by all streams that read them.
        let mut shared = None;
        let Some((stream, last)) = node.window else {
            self.begin(&node.bytes, &node.trail, cues, &mut shared, None);
            return;
        };
        let base = node.trail.window.as_ref().map_or(0, |window| window.base);
        let end = base.saturating_add(u64::try_from(node.bytes.len()).unwrap_or(0));
        let within: Vec<usize> =
            self.within.range((stream, 0)..=(stream, usize::MAX)).map(|&(_, id)| id).collect();
        for id in within {
            let Some(flow) = self.flows.get_mut(&id) else {
                self.within.remove(&(stream, id));
                continue;
            };
            let at = usize::try_from(flow.fed.saturating_sub(base)).unwrap_or(usize::MAX);
            flow.fed = end;
            let input = self.share(&node.bytes, &mut shared);
            self.tasks.push_back(Task::Feed { flow: id, input, at, last, place: (stream, base) });
        }
        self.begin(&node.bytes, &node.trail, cues, &mut shared, Some(Of { stream, last, end }));
    }

    /// The bytes of a node as streams hold them; counted once.
    fn share(&mut self, bytes: &[u8], shared: &mut Option<Arc<[u8]>>) -> Arc<[u8]> {
        if let Some(shared) = shared {
            return Arc::clone(shared);
        }
        self.live += bytes.len();
        Arc::clone(shared.insert(bytes.into()))
    }

    /// Lets go of bytes that were shared.
    fn release(&mut self, input: Arc<[u8]>) {
        if Arc::strong_count(&input) == 1 {
            self.live = self.live.saturating_sub(input.len());
        }
    }

    /// Starts to follow the compressed streams that begin in a node.
    pub(super) fn begin(
        &mut self,
        bytes: &[u8],
        trail: &Arc<Trail>,
        cues: &Cues,
        shared: &mut Option<Arc<[u8]>>,
        of: Option<Of>,
    ) {
        // A stream within a stream that is being followed is not one; what follows is found by its end.
        let mut busy = 0;
        // Nor is what looks like zlib within the image data of a picture that is followed.
        let (mut images, mut drawing, mut chunks) =
            (BTreeMap::new(), Vec::<Range<usize>>::new(), png::CHUNKS_MAX);
        // Where the node stands: in a stream, or by itself.
        let place = of.map_or_else(
            || (self.serial(), 0),
            |of| (of.stream, trail.window.as_ref().map_or(0, |window| window.base)),
        );
        self.zip_headers(bytes, trail, cues, place);
        let head = trail.window.as_ref().is_none_or(|window| window.base == 0);
        let rare = (head && is_rare_zlib_header(bytes)).then_some((Cue::Zlib, 0));
        let zlib = memchr::memchr_iter(0x78, bytes)
            .filter(|&at| bytes.get(at + 1).is_some_and(|flags| ZLIB_FLAGS.contains(flags)))
            .map(|at| (Cue::Zlib, at));
        let brotli = self.brotli(bytes, trail, of).then_some((Cue::Packed(Packing::Brotli), 0));
        let deflate = self.raw_deflate(bytes, trail, of).then_some((Cue::Deflate, 0));
        let alone = deflate.into_iter().chain(brotli);
        for (cue, at) in alone.chain(cues.streams.iter().copied()).chain(zlib).chain(rare) {
            if at < busy || !trail.owns_exactly(at) {
                continue;
            }
            let drawn = || images.range(..=at).next_back().is_some_and(|(_, &end): (_, &usize)| at < end);
            if cue == Cue::Zlib && drawn() {
                continue;
            }
            let rest = bytes.get(at..).unwrap_or_default();
            let (wrapping, step, skip) = match cue {
                Cue::Gzip if gzip_header_is_long(rest) => {
                    self.gaps.add(Reason::UnreadCompression, Some("gzip"), trail.offset(at));
                    continue;
                }
                Cue::Gzip if rest.get(3).is_none_or(|flags| flags & 0xe0 == 0) => {
                    (Wrapping::Gzip, Step::Gzip, 0)
                }
                Cue::Zlib if deflate_may_start(rest.get(2..).unwrap_or_default()) => {
                    (Wrapping::Zlib, Step::Zlib, 0)
                }
                Cue::Zip => match zip::entry(rest) {
                    zip::Entry::Deflated(skip) => (Wrapping::Raw, Step::Zip, skip),
                    zip::Entry::Encrypted => {
                        self.gaps.add(Reason::EncryptedEntry, Some("zip"), trail.offset(at));
                        continue;
                    }
                    zip::Entry::Unread => {
                        self.gaps.add(Reason::UnreadCompression, Some("zip"), trail.offset(at));
                        continue;
                    }
                    zip::Entry::Stored | zip::Entry::Wrong => continue,
                },
                Cue::Unread(number) => {
                    if let Some((name, start)) = unread::anywhere(number, bytes, at) {
                        self.gaps.add(Reason::UnreadCompression, Some(name), trail.offset(start));
                    }
                    continue;
                }
                Cue::Png => {
                    drawing.clear();
                    png::image_data(bytes, at, &mut chunks, |data| drawing.push(data));
                    if chunks == 0 {
                        self.gaps.add(Reason::Streams, Some("png"), trail.offset(at));
                    }
                    if drawing.is_empty() {
                        continue;
                    }
                    (Wrapping::Png, Step::Png, 0)
                }
                Cue::Packed(packing) => (Wrapping::Packed(packing), Step::Packed(packing), 0),
                Cue::Deflate => (Wrapping::Raw, Step::Deflate, 0),
                _ => continue,
            };
            let at = match cue {
                // `BZh9` before the first block; without it, a later block of a stream that is followed, or none.
                Cue::Packed(Packing::Bzip2) => {
                    let head = at.checked_sub(4).and_then(|head| bytes.get(head..at));
                    match (head, at.checked_sub(4)) {
                        (Some([b'B', b'Z', b'h', b'1'..=b'9']), Some(at)) => at,
                        _ => continue,
                    }
                }
                _ => at,
            };
            // At the very beginning they say what the whole is, right or wrong.
            if let Cue::Packed(packing) = cue
                && at > 0
                && !packing.may_start(bytes.get(at..).unwrap_or_default())
            {
                continue;
            }
            let data = drawing.first().map_or(0, |data| data.start.saturating_sub(at));
            let start = Start { at, skip, data, wrapping, step };
            let Some(end) = self.try_stream(bytes, trail, &start, shared, of, place) else { continue };
            // Chunks of a picture hold what they like besides its image data.
            if cue == Cue::Png {
                images.extend(drawing.iter().map(|data| (data.start, data.end)));
            } else {
                busy = busy.max(end);
            }
        }
        self.zip_ends(bytes, trail, cues, shared, of, place);
        self.heads(bytes, trail, cues, shared, of, place);
        self.pdf_filters(bytes, trail, cues);
    }

    /// A number that no stream has.
    fn serial(&mut self) -> usize {
        self.flow_next += 1;
        self.flow_next - 1
    }

    /// Forgets what no later window of the surface, which begins at `base`, can ask for.
    pub(super) fn forget(&mut self, base: u64) {
        let given = |stream: usize| match stream {
            ROOT => Some(base),
            _ => self
                .flows
                .get(&stream)?
                .inflater
                .as_ref()
                .map(|inflater| inflater.given.saturating_sub(1 << 20)),
        };
        self.members.retain(|&(stream, at)| given(stream).is_some_and(|from| at >= from));
        self.zips.retain(|stream| self.flows.contains_key(&stream));
    }

    /// Reads the first bytes of what may be a stream, and follows it if it gives any: then, where it ended, or begins.
    pub(super) fn try_stream(
        &mut self,
        bytes: &[u8],
        trail: &Arc<Trail>,
        start: &Start,
        shared: &mut Option<Arc<[u8]>>,
        of: Option<Of>,
        place: (usize, u64),
    ) -> Option<usize> {
        let at = start.at;
        let packed = matches!(start.wrapping, Wrapping::Packed(_));
        if !packed && !self.allowance(trail).work(2048) {
            self.gap(Reason::Work, trail, at);
            return None;
        }
        let from = at + start.skip;
        let input = bytes.get(from..).unwrap_or_default();
        let trial = input.get(..start.trial(input)).unwrap_or(input);
        let mut first = Vec::new();
        let mut inflater = Inflater::new(start.wrapping);
        // Such a stream says what it is, and gives nothing before its end.
        let taken = if packed {
            Taken { input: 0, state: State::Open, paused: false }
        } else {
            inflater.read(trial, TRIAL_BYTES, &mut first)
        };
        let unfinished = trial.len() < input.len() && taken.input >= trial.len();
        // What is tried and not followed is work as well.
        let idle =
            usize::try_from(inflater.idle.saturating_sub(64).saturating_mul(IDLE_COST)).unwrap_or(usize::MAX);
        #[cfg(test)]
        self.count(inflater.taken.saturating_add(2048));
        if !self.allowance(trail).work(idle) {
            self.gap(Reason::Work, trail, at);
            return None;
        }
        // A picture that an escape by chance took apart is whole in the bytes as they stand.
        if inflater.torn && trail.is_patched() {
            return Some(from);
        }
        // Behind a member of gzip another one may follow, so that it is never over.
        let whole = taken.state == State::Over || inflater.members > 0;
        // Few bytes out of what ends early are what chance gives; a stream that goes on in the next window may have given few.
        let goes_on = of.is_some_and(|of| !of.last) && taken.input >= input.len();
        if packed {
            let open =
                self.flows.values().filter(|flow| matches!(flow.wrapping, Wrapping::Packed(_)) && !flow.over);
            if open.count() >= PACKED_OPEN_MAX {
                self.gaps.add(Reason::Streams, start.step.container(), trail.offset(at));
                return None;
            }
        } else if taken.state == State::Open && inflater.members == 0 && (taken.paused || unfinished) {
            // So much without fault is no chance, however little it gives.
        } else if first.is_empty()
            || (first.len() < TRIAL_MIN && !whole && !goes_on && input.len() > TRIAL_MIN)
        {
            return None;
        }
        if trail.depth >= self.core.budgets.depth_max {
            self.gap(Reason::Depth, trail, at);
            return None;
        }
        if self.streams >= self.core.budgets.streams_max {
            self.gap(Reason::Streams, trail, at);
            return None;
        }
        if shared.is_none() && self.live.saturating_add(bytes.len()) > self.core.budgets.live_bytes_max {
            self.gap(Reason::Memory, trail, at);
            return None;
        }
        self.streams += 1;
        let within = of.filter(|of| !of.last).map(|of| (of.stream, of.end));
        let inner = trail.child(start.step, Map::Whole(at..bytes.len()));
        // Chance makes a zlib header and a block of fixed codes, but no codes of its own.
        let sure = start.wrapping != Wrapping::Zlib
            || at == 0
            || input.get(2).is_some_and(|byte| (byte >> 1) & 3 == 2);
        let id = self.open(start.wrapping, inner, within, of.is_none() && sure);
        let input = self.share(bytes, shared);
        self.tasks.push_back(Task::Feed { flow: id, input, at: from, last: within.is_none(), place });
        Some(if whole { from + taken.input } else { from })
    }

    /// Counts what streams cost.
    #[cfg(test)]
    pub(super) fn count(&mut self, bytes: u64) {
        self.effort = self.effort.saturating_add(bytes);
    }

    pub(super) fn open(
        &mut self,
        wrapping: Wrapping,
        trail: Arc<Trail>,
        within: Option<(usize, u64)>,
        whole: bool,
    ) -> usize {
        let id = self.flow_next;
        self.flow_next += 1;
        if let Some((stream, _)) = within {
            self.within.insert((stream, id));
        }
        self.flows.insert(
            id,
            Flow {
                wrapping,
                inflater: None,
                windower: Windower::new(INNER_STRIDE),
                trail,
                fed: within.map_or(0, |within| within.1),
                over: false,
                whole,
            },
        );
        id
    }

    /// Inflates until a window is whole or the input is used up.
    pub(super) fn feed(
        &mut self,
        id: usize,
        input: Arc<[u8]>,
        at: usize,
        last: bool,
        place: (usize, u64),
        goes_on: &dyn Fn() -> bool,
    ) {
        let Some(mut flow) = self.flows.remove(&id) else {
            self.release(input);
            return;
        };
        let here = |at: usize| (place.0, place.1.saturating_add(u64::try_from(at).unwrap_or(u64::MAX)));
        // A member of a row that is read already, from its first byte on.
        if flow.wrapping == Wrapping::Gzip && flow.inflater.is_none() && self.members.contains(&here(at)) {
            self.release(input);
            return;
        }
        let mut at = at;
        let mut stop = flow.over;
        let (wrapping, step) = (flow.wrapping, flow.trail.step);
        let mut inflater = flow.inflater.take().unwrap_or_else(|| Box::new(Inflater::new(wrapping)));
        inflater.ended = last;
        while !stop && flow.windower.room() > 0 {
            if !goes_on() {
                self.gap(Reason::Stopped, &flow.trail, 0);
                (flow.over, stop) = (true, true);
                break;
            }
            let room = flow.windower.room().min(64 << 10);
            let spent = (inflater.idle, inflater.members);
            let before = flow.windower.buffer().len();
            let taken = inflater.read(input.get(at..).unwrap_or_default(), room, flow.windower.buffer());
            at += taken.input;
            let given = flow.windower.buffer().len() - before;
            flow.over = taken.state == State::Over;
            let starved = (given < room && at >= input.len()) || (given == 0 && taken.input == 0);
            stop = flow.over || (starved && !taken.paused);
            let members = inflater.members - spent.1;
            if members > 0 {
                self.members.insert(here(at));
            }
            let beside = (inflater.idle - spent.0)
                .saturating_mul(IDLE_COST)
                .saturating_add(u64::from(members) * MEMBER_COST);
            let beside = usize::try_from(beside).unwrap_or(usize::MAX);
            #[cfg(test)]
            self.count(u64::try_from(taken.input).unwrap_or(u64::MAX).saturating_add(MEMBER_COST));
            // Rows of one colour make deflate's own limit an ordinary case.
            let ratio_max =
                if wrapping == Wrapping::Png { u32::MAX } else { self.core.budgets.inflate_ratio_max };
            let limit = inflater.taken.saturating_mul(u64::from(ratio_max));
            // Four bytes of zstd amid others may be chance.
            let chance = step == Step::Packed(Packing::Zstd)
                && inflater.given == 0
                && matches!(&flow.trail.map, Map::Whole(range) if range.start > 0);
            if inflater.broken && !chance && !flow.trail.is_patched() {
                self.gap(Reason::UnreadCompression, &flow.trail, 0);
                (flow.over, stop) = (true, true);
            } else if inflater.too_long {
                self.gap(Reason::Memory, &flow.trail, 0);
                (flow.over, stop) = (true, true);
            } else if inflater.crowded {
                self.gap(Reason::Streams, &flow.trail, 0);
                (flow.over, stop) = (true, true);
            } else if inflater.given > limit.max(1 << 20) {
                self.gap(Reason::Ratio, &flow.trail, 0);
                (flow.over, stop) = (true, true);
            } else if !self.allowance(&flow.trail).work(given.saturating_add(beside)) {
                self.gap(Reason::Work, &flow.trail, 0);
                (flow.over, stop) = (true, true);
            }
        }
        let ends = stop && (flow.over || last);
        if stop
            && last
            && !flow.over
            && flow.whole
            && inflater.given >= 512
            && flow.trail.ends_with_a_window()
        {
            self.gap(Reason::EncodedStream, &flow.trail, 0);
        }
        flow.inflater = Some(inflater);
        if ends || !stop {
            let (bytes, window) = flow.windower.take(ends);
            let trail = flow.trail.window(window);
            self.live += bytes.len();
            flow.windower.advance(bytes.clone());
            if !stop {
                self.tasks.push_front(Task::Feed { flow: id, input: Arc::clone(&input), at, last, place });
            }
            self.tasks.push_front(Task::Look(Node { bytes, trail, window: Some((id, ends)) }));
        }
        self.release(input);
        // Streams within it are given its last window before it is forgotten: they know it by its number only.
        if ends {
            return;
        }
        // Waiting for the next window costs memory until then.
        let waiting = || self.flows.values().filter(|flow| flow.inflater.is_some()).count();
        if stop && waiting() >= self.core.budgets.streams_open_max {
            self.gap(Reason::Streams, &flow.trail, 0);
            return;
        }
        self.flows.insert(id, flow);
    }
}
