//! Words of sealed logs.

use super::words;

words! { STATUSES, "status of a log":
    "intact", "everything that was checked holds, and rests on what was asked for or on something outside the copy",
        "read what was not checked, and keep the head that is named under `keep this`";
    "unanchored", "everything that was checked holds, but nothing outside the copy vouches for it: whoever made the copy could have made all of it",
        "give the key the log started with (--vkey) or a checkpoint you kept (--head)";
    "below_required", "everything that was checked holds, but does not rest on what --require asked for",
        "give what is missing: --vkey for pinned-key, --head for auditor-head; for sealed-within, ask why the bench stopped sealing";
    "broken", "a record, link, seal or checkpoint does not hold",
        "treat it as an incident: copy the whole directory as it is, note who had access, escalate; a break is never repaired";
    "truncated", "the log ends before a point that its own checkpoints show it had reached",
        "copy again with `ztp audit copy`, in case it was copied while it was written; if it stays, treat it as an incident";
    "forked", "the log holds together but is not the one whose checkpoint you kept, or the vault is not the one that a fact outside has seen",
        "treat it as an incident: your checkpoint or receipt and a copy of the whole directory are the evidence";
    "rolled_back", "it holds together but ends before what you kept or what a fact outside has seen: an older copy was put back",
        "treat it as an incident: what you kept and a copy of the whole directory are the evidence";
}

words! { ANCHORS, "what a verdict rests on":
    "evolved_key", "each seal is signed by a key that was erased afterwards, so that who takes the bench today cannot sign the past; the keys stand in the copy, so that this alone does not show that the copy is the log",
        "bring something from outside: --vkey or --head";
    "pinned_key", "its first key came from outside, so that it is this log, from its first seal on, and no other made in its place",
        "keep the head as well: a key does not show that the end of the log was cut off";
    "auditor_head", "it was kept outside, so that nothing under it was changed since",
        "keep the newest head after each visit";
    "sealed_within", "the last seal is at most as old as was asked for, by the clock of who verifies",
        "ask why the bench stopped sealing";
}

words! { BESIDE, "what lies beside a log":
    "no_part_of_log", "no part of a log has this name; it was not read", "look who put it there";
    "no_segment", "checkpoints of a segment that is not there, none of them whole", "keep the directory as it is; the writer refuses the log until they are explained";
    "torn_checkpoint", "behind its last checkpoint stands a part of one, and no seal waits for it: the writer refuses the log until that is explained", "keep the directory as it is; an honest crash leaves one only where a seal waits for it";
    "unrecorded", "no record of the log says that it was set aside", "look who put it there";
    "recovery_unfinished", "what a recovery that was cut off leaves; the writer's next opening ends it", "open the log with the writer, and verify again";
    "recovered_missing", "a record says that it was set aside here, and it is not there", "ask who took it away; it is what the writer took as torn";
    "recovered_differs", "a record says what was set aside here, and it holds something else", "treat it as an incident: what was set aside was changed";
    "wrong_type", "a directory, link, pipe or device where the writer keeps a file of its own: the writer refuses the log until it is gone", "look who put it there; no crash and no writer leaves one";
    "lock_holds_bytes", "the writer's lock, which nobody writes to, holds bytes", "look who put them there";
}

words! { CLOCK_STEPS, "step of a log's clock":
    "dated_back", "a record is dated earlier than the one before it", "ask who set the clock; records that are dated by whoever made them may stand in another order";
    "wall_moved", "between two seals of one boot the wall clock moved against the clock that cannot be set", "ask who set the clock, and why; times before and after do not compare";
    "monotonic_back", "the clock that cannot be set is behind what an earlier seal of the same boot says", "ask how: a seal was written by hand, or on another machine";
}

words! { BREAKS, "break of a log":
    "hash_mismatch", "a record's bytes do not have the hash that the record states: its content was changed",
        "compare the record with what another witness holds; keep the directory as it is";
    "prev_hash_mismatch", "a record's hash is not what the next record says it was: one of the two was changed or replaced",
        "keep the directory as it is; the record is named by seq, file and offset";
    "seq_gap", "a record states another number than its place has: records were taken out, put in or moved",
        "keep the directory as it is; ask for another copy";
    "not_canonical", "a line is not in canonical form, so that it is not what the writer wrote",
        "look at the line at the offset that is named; an editor or a transfer may have changed it";
    "malformed_record", "a line is canonical JSON but not a record",
        "look at the line at the offset that is named";
    "torn_line", "a line has no line feed although more of the log follows",
        "keep the directory as it is; a writer that was killed leaves one at the end only, and mends it";
    "missing_segment", "a file of the log is missing",
        "ask for a whole copy, made with `ztp audit copy`";
    "segment_length", "a file of the log holds fewer or more records than its place allows, or has a name that none has",
        "ask for a whole copy, made with `ztp audit copy`";
    "bad_genesis", "the first record does not open a log, or such a record stands elsewhere",
        "keep the directory as it is; a log may have been put together from two";
    "bad_seal", "a seal or its checkpoint is malformed, or its signature does not verify",
        "keep the directory as it is; what lies after the last seal that verifies rests on nothing";
    "missing_seal", "a seal has no checkpoint although the log goes on, or a checkpoint has no seal",
        "ask for a whole copy, made with `ztp audit copy`";
    "key_chain", "the key of an epoch is not the one that the epoch before announced",
        "keep the directory as it is: the log goes on in another hand from there";
    "checkpoint_root", "a checkpoint's root is not that of the records that it covers",
        "keep the directory as it is; the records were exchanged under a seal";
    "notes_length", "the checkpoints of a file are more bytes than those of any log",
        "keep the directory as it is; what is beyond was not read";
    "missing_records", "the log ends before a size that one of its checkpoints states: records at the end were cut off",
        "copy again with `ztp audit copy`; if it stays, treat it as an incident";
    "tail_exceeds_policy", "more records stand without a seal than the log's own policy allows",
        "ask why the bench stopped sealing; records without a seal can be rewritten by whoever holds the bench";
    "head_root", "at the size of the checkpoint you kept the log has another root: it is another history",
        "keep your checkpoint and a copy of the whole directory; together they are the evidence";
    "head_beyond_log", "the log ends before the checkpoint you kept",
        "keep your checkpoint and a copy of the whole directory; together they are the evidence";
}

words! { UNCHECKED, "not checked in a log":
    "first_key_not_pinned", "who started the log: give its first key with --vkey",
        "get the first key from who set up the bench, over a way that does not lead through it";
    "no_head_kept_by_auditor", "whether an older copy was put back: give the checkpoint you kept with --head",
        "keep the head of each visit, and bring it the next time";
    "head_root_after_break", "the checkpoint you kept: a break lies before it",
        "look at the break first";
    "head_content_after_break", "the content under the checkpoint you kept: the stated hashes lead to it, but a record under it is not what its hash states",
        "look at the break first";
    "head_checkpoint_missing", "why the checkpoint you hold is missing here: the records under it are there, the host's copy of it is not",
        "ask for a whole copy; what you hold suffices for the verdict";
    "seals_without_checkpoints", "the seals at the end: their checkpoints are not there",
        "copy again with `ztp audit copy`; if it stays, treat it as an incident";
    "checkpoint_roots_after_break", "the roots of checkpoints after the first break",
        "look at the break first";
    "content_before_head", "the content of records below --head: their stated hashes were held against that checkpoint (--content-from-head)",
        "verify with --full";
    "first_key_sealed_nothing", "the key you gave: no seal verifies under it yet, and record 0 is anyone's to copy",
        "seal the log, or give a checkpoint you kept with --head";
    "recovered_files", "the files in recovered/: there are more than any log's",
        "look who put them there";
    "epoch_of_key", "whether the record lies in the epoch of that key: a key vouches only for the records of its own epoch",
        "`ztp audit head LOG --seq N` prints the key of the epoch that covers a record";
    "tail_older_than_policy", "why the tail is older than the log's policy allows: no seal came in time",
        "ask why the bench stopped sealing";
    "seal_dated_after_now", "the time of the last seal: it is dated after the time given",
        "compare the clocks of the bench and of this machine";
    "tail_dated_after_now", "the time of records in the tail: they are dated after the time given",
        "compare the clocks of the bench and of this machine";
}
