//! Codes about the sealed log, its store and its proofs.

use super::rows;

rows! {
    // Verdicts over an audit log, 200 to 219.
    200 audit_broken Audit: "a record, link, seal or checkpoint of the log does not hold",
        "treat it as an incident: keep the log and the bench as they are, and escalate; nothing is repaired";
    201 audit_truncated Audit: "the log ends before a point that its own checkpoints show it had reached",
        "treat it as an incident: records were removed; keep the log and the bench as they are";
    202 audit_forked Audit: "the log holds together but is not the one whose head the auditor kept",
        "treat it as an incident: history was rewritten; keep the head and the log, together they are the evidence";
    203 audit_rolled_back Audit: "the log holds together but ends before the head the auditor kept",
        "treat it as an incident: an older copy was put back; keep the head and the log";
    204 anchor_below_required Audit: "the log holds, but the verdict does not rest on the anchor that was asked for",
        "give the key or head that the anchor needs, or seal the log and verify again";
    205 head_unusable Audit: "the head to compare with is not a signed checkpoint",
        "give the note as it was kept, signature line included";
    206 audit_unanchored Audit: "the log holds, but nothing outside the copy vouches for it: whoever made the copy could have made all of it",
        "give the first key or a head that you kept outside the bench, or require nothing on purpose";
    207 head_other_log Audit: "the head to compare with is of a log of another name",
        "give the head of this log; if it should be this log, what stands in its place is another: treat it as an incident";
    208 key_other_log Audit: "the key to compare with is of a log of another name",
        "give the first key of this log; if it should be this log, what stands in its place is another: treat it as an incident";
    209 notes_too_long Audit: "the checkpoints of a segment are more bytes than any log's can be",
        "verify the log: the verdict names the file; nothing after the limit was read";
    210 verify_option_missing Audit: "an option of a verification was given without another that it needs",
        "give the option that the message names too";

    // The store of the audit log, 220 to 259.
    220 log_exists Store: "the directory already holds a log",
        "open that log, or choose an empty directory";
    221 log_not_found Store: "the directory holds no log",
        "check the path; if a log was there, treat it as an incident";
    222 log_locked Store: "another process writes to the log",
        "stop that process, send the records through it, or say how long to wait for it (--wait, wait_ms)";
    223 state_missing Store: "the writer's evolved key is gone",
        "verify and keep the log, and open a new one: without the key it cannot be continued";
    224 state_damaged Store: "the writer's state does not read back as written",
        "verify and keep the log, and open a new one: an old copy of the state is used up";
    225 log_truncated Store: "the log ends before the last seal that the writer's state knows",
        "treat it as an incident: sealed records are missing";
    226 state_rolled_back Store: "the log was sealed after the writer's state was written",
        "treat it as an incident: an old state was put back";
    227 log_damaged Store: "a record or checkpoint does not read back as written",
        "verify the log: the verdict says what and where; nothing was changed";
    228 event_refused Store: "a record could not be made of an event",
        "correct the event that the message names; nothing of its batch was written";
    229 origin_invalid Store: "the origin of a log is not a C2SP key name",
        "use a name without white space and plus sign, such as bench-01.example/audit";
    230 entropy_unavailable Store: "the system gave no randomness for a key",
        "check the system's random device";
    231 writer_poisoned Store: "an earlier write or sync failed, and this writer takes no more",
        "close the log and open it again: what was acknowledged is there";
    232 wrong_file_type Store: "a part of the log is a link, pipe, device or directory where a regular file must be",
        "look who put it there; links below a log are never followed";
    233 io_error Store: "the operating system refused to read or write a part of the log",
        "look at the message: permissions, free space, or the medium";
    234 out_of_range Store: "the record or checkpoint asked for is not in the log",
        "ask for one that is; the message says how many records there are";
    235 not_sealed Store: "no seal covers the record yet",
        "seal the log, then ask again";
    236 record_malformed Store: "a line is not a record of the log in canonical form",
        "give the line as it stands in the log";
    237 record_hash_mismatch Store: "a record's bytes do not have the hash that the record states",
        "give the line as it stands in the log; if it is that, treat it as an incident";
    238 proof_other_record Store: "a proof is for another place in the log than the record states",
        "ask for the proof of this record";
    239 writer_overtaken Store: "another process wrote to the log although this one holds its lock",
        "find out who removed the lock; nothing of the batch was acknowledged; run audit verify";
    // What an editor or a transfer does to a text that is read byte for byte, 240 and 241.
    240 line_ends_converted Store: "the line feeds of a head, key, proof or record were made carriage return and line feed",
        "take the file again as it was, in a transfer that leaves bytes alone";
    241 byte_order_mark Store: "a byte order mark was put before a head, key, proof or record",
        "remove its first three bytes, or take the file again as it was";

    // Signed notes, checkpoints and proofs, 260 to 299.
    246 log_unfinished Store: "the making of the log was cut off before its first record",
        "run init again: it clears what was begun, and makes the log";
    247 log_file_too_large Store: "a file of the log is larger than any such file is",
        "look who wrote to it; nothing was changed";
    248 notes_full Store: "one more checkpoint would make a notes file larger than a verifier reads",
        "look who wrote to the file: the log's own checkpoints never reach that size";
    249 copy_destination Store: "the place for a copy of a log is a log of its own, lies inside the log, or holds something else",
        "choose a new directory, or a copy that was made earlier";
    250 copy_busy Store: "another process copies to the same place",
        "wait for it to end, then run the copy again";
    251 copy_differs Store: "what was copied earlier is not what the log holds now",
        "treat it as an incident unless the copy was changed: keep the log and the copy, and verify both";
    252 copy_head Store: "the copy to be brought up to date does not hold the checkpoint that was given",
        "copy to a new directory without it, and verify the new copy with that checkpoint";
    253 append_stopped Store: "a signal ended the appending before the input did",
        "what was acknowledged is in the log; give the input again from the line that the message names";
    254 vault_locked Store: "another process uses the vault",
        "wait for it to end, or say with --wait how long to wait; nothing was spent or taken in";

    255 log_replaced Store: "a part of the log was replaced while it was written to",
        "find out who put another file or directory there; what was acknowledged before is in the one that was moved away";
    256 event_class_weighed Store: "a class that a reader of the log gives weight to was not named among those to be written",
        "let the part of ztp that answers for it write it, or name the class to write it all the same";
    257 key_repeated Store: "the system's randomness gave a key that this log had before",
        "look whether this machine is a copy of another or was set back; give it randomness of its own, then seal again";
    260 tree_too_large Proof: "a tree would have 2^63 leaves or more",
        "check the size that was given; no log is that long";
    261 tree_subtree_misaligned Proof: "a subtree was put where no subtree of its width can start",
        "append the parts that are aligned there";
    262 tree_frontier_shape Proof: "the stored nodes of a tree do not fit its stored size",
        "read the state again from its source; size and nodes belong together";
    263 tree_outside_block Proof: "leaves were asked for that the block at hand does not hold",
        "give the blocks in order and without a gap";
    264 proof_index_out_of_range Proof: "the checkpoint covers fewer records than the proof claims to be about",
        "use a later checkpoint of the same log";
    265 proof_sizes_out_of_order Proof: "the checkpoint given as the newer one is smaller than the older one",
        "give the older one first; if the order was right the log was rolled back, treat it as an incident";
    266 proof_from_empty_tree Proof: "a consistency proof from a tree without leaves proves nothing",
        "start from a checkpoint that covers at least one record";
    267 proof_path_length Proof: "the path does not have the length that these sizes need",
        "get the proof again; it was cut or belongs to another checkpoint";
    268 proof_root_mismatch Proof: "record and path do not lead to the root that the checkpoint states",
        "check that record, proof and checkpoint belong together; if they do, treat it as an incident";
    269 proof_old_root_mismatch Proof: "the path does not lead to the root of the older checkpoint",
        "check that the proof starts at this checkpoint; if it does, history was rewritten, treat it as an incident";
    270 proof_new_root_mismatch Proof: "the path does not lead to the root of the newer checkpoint",
        "check that the proof ends at this checkpoint; if it does, history was rewritten, treat it as an incident";
    271 proof_leaf_count Proof: "a proof was to be made from more or fewer leaves than its tree has",
        "give each leaf of the tree once, in order";
    272 note_too_large Proof: "a signed note is larger than 1,000,000 bytes",
        "refuse the note";
    273 note_not_utf8 Proof: "a signed note is not UTF-8",
        "get the note again; it was damaged or is another kind of file";
    274 note_control_character Proof: "a signed note holds a control character other than the line feed",
        "get the note again; line ends may have been converted in transit";
    275 note_separator_missing Proof: "no empty line stands between the text of a note and its signatures",
        "get the note again; it is not whole";
    276 note_text_unterminated Proof: "the text to be signed does not end in a line feed",
        "add a line feed";
    277 note_signature_line Proof: "a line where a signature must be is none, or there is no signature",
        "get the note again, with its last line feed";
    278 note_key_name Proof: "the key name of a signature is not one a key can have",
        "refuse the note";
    279 note_signature_encoding Proof: "a signature of a note is not strict base64 of a key id and a signature",
        "get the note again; it was changed after signing";
    280 note_too_many_signatures Proof: "a note has more than 100 signatures",
        "refuse the note, or remove signatures that nobody needs";
    281 note_signature_invalid Proof: "a signature that names a known key is not by that key over this text",
        "refuse the note; text, signature or key was changed";
    282 note_unverified Proof: "no signature of the note is by a known key",
        "check that the verifier key is the one of this log and this epoch";
    283 note_ambiguous_key Proof: "two different known keys have the same name and key id",
        "remove the key that does not belong there";
    284 checkpoint_too_few_lines Proof: "a checkpoint has fewer than its three lines",
        "get the checkpoint again; it is not whole";
    285 checkpoint_origin Proof: "the origin of a checkpoint is empty or holds a control character",
        "refuse the checkpoint";
    286 checkpoint_size Proof: "the size of a checkpoint is not a decimal number below 2^63 without leading zeros",
        "refuse the checkpoint";
    287 checkpoint_root_encoding Proof: "the root of a checkpoint is not the strict base64 of 32 bytes",
        "refuse the checkpoint";
    288 checkpoint_empty_tree_root Proof: "a checkpoint of a tree without leaves states another root than the one of that tree",
        "refuse the checkpoint";
    289 checkpoint_extension_line Proof: "a checkpoint has lines after its root",
        "ask for a checkpoint of three lines; no proof covers what stands in others";
    290 checkpoint_key_name Proof: "a checkpoint is not signed by a known key that is named like its origin",
        "give the verifier key of the log that the checkpoint is from";
    291 proof_file_too_large Proof: "a proof file is larger than 1 MiB",
        "refuse the file";
    292 proof_file_header Proof: "a file does not begin as a C2SP tlog-proof does",
        "give the .tlog-proof file as it was exported";
    293 proof_file_extra Proof: "the extra line of a proof file is not strict base64",
        "get the proof again; it was changed";
    294 proof_file_number Proof: "the index or the older size of a proof file is missing or malformed",
        "get the proof again; it was changed or is another kind of proof";
    295 proof_file_path_line Proof: "a line of the path in a proof file is not the strict base64 of 32 bytes",
        "get the proof again; it was changed";
    296 proof_file_path_too_long Proof: "a proof file has more than 63 hashes in its path",
        "refuse the file";
    297 proof_file_no_checkpoint Proof: "a proof file ends before its checkpoint",
        "get the proof again; it is not whole";
    298 proof_file_other_checkpoint Proof: "a consistency proof starts elsewhere than at the older checkpoint it is held against",
        "ask for the proof from the checkpoint that you kept";
    299 proof_key_epoch Proof: "the key that signed a proof's checkpoint cannot have signed one of this size",
        "refuse the proof; `ztp audit head --seq` on the log prints the key of the epoch that covers the record";
}
