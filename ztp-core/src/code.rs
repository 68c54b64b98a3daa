//! The registry of error codes.
//!
//! Every failure and every negative verdict of ZTP has one row here: a number, which is the status of the C interface,
//! and a name, which is what Rust, C, Go, Node and the command line print. Numbers and names are never reused; a row
//! that is no longer produced stays, so that an old report can still be read. `docs/error-codes.md` is generated from
//! this table.

mod area;
#[cfg(test)]
mod tests;

pub use area::Area;

/// An error or verdict that carries a stable code.
pub trait Coded {
    /// The stable `snake_case` name of the failure; it is present in [`REGISTRY`].
    fn code(&self) -> &'static str;

    /// Byte offset into the input at which the failure was found, where there is one.
    fn offset(&self) -> Option<u64> {
        None
    }
}

impl Coded for std::convert::Infallible {
    fn code(&self) -> &'static str {
        match *self {}
    }
}

/// One row of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The C status; 0 is reserved for success.
    pub number: u32,
    /// The stable name.
    pub name: &'static str,
    /// The subject the code belongs to.
    pub area: Area,
    /// What was found, in one clause.
    pub meaning: &'static str,
    /// What the reader of the message should do.
    pub action: &'static str,
}

/// The row with this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Entry> {
    REGISTRY.iter().find(|entry| entry.name == name)
}

/// The row with this number.
#[must_use]
pub fn by_number(number: u32) -> Option<&'static Entry> {
    REGISTRY.iter().find(|entry| entry.number == number)
}

/// Writes the table below: `number name Area: meaning; action`.
macro_rules! registry {
    ($($number:literal $name:ident $area:ident: $meaning:literal, $action:literal;)*) => {
        &[$(Entry {
            number: $number,
            name: stringify!($name),
            area: Area::$area,
            meaning: $meaning,
            action: $action,
        }),*]
    };
}

/// All codes, in ascending order of number.
pub const REGISTRY: &[Entry] = registry! {
    // Canonical JSON, 100 to 139.
    100 canonical_empty Canonical: "the input is empty",
        "give one JSON document";
    101 canonical_too_large Canonical: "the document exceeds the size limit",
        "split it, or raise the limit";
    102 canonical_too_deep Canonical: "arrays and objects are nested too deeply",
        "flatten the document";
    103 canonical_byte_order_mark Canonical: "the input starts with a byte order mark",
        "save it as UTF-8 without one";
    104 canonical_utf16 Canonical: "the input is UTF-16 or UTF-32 text",
        "save it as UTF-8";
    105 canonical_unexpected_end Canonical: "the input ends inside the document",
        "fetch the whole document again";
    106 canonical_unexpected_byte Canonical: "a byte that JSON does not allow here",
        "correct the syntax";
    107 canonical_trailing_bytes Canonical: "bytes follow the end of the document",
        "give one document only";
    108 canonical_invalid_utf8 Canonical: "a string is not valid UTF-8",
        "encode the text as UTF-8";
    109 canonical_control_character Canonical: "a raw control character in a string",
        "write it as an escape";
    110 canonical_invalid_escape Canonical: "an escape that JSON does not know",
        "correct the escape";
    111 canonical_lone_surrogate Canonical: "an escape for half of a surrogate pair",
        "write the whole pair";
    112 canonical_duplicate_member Canonical: "an object has two members of the same name",
        "keep one of them";
    113 canonical_fraction Canonical: "a number with a fraction",
        "use an integer, or a string";
    114 canonical_exponent Canonical: "a number with an exponent",
        "write the integer in full, or use a string";
    115 canonical_leading_zero Canonical: "an integer with a leading zero",
        "remove the zero";
    116 canonical_negative_zero Canonical: "a zero with a minus sign",
        "write 0";
    117 canonical_integer_out_of_range Canonical: "an integer beyond 2^53 - 1",
        "use a string for it";
    120 canonical_white_space Canonical: "white space that the canonical form does not have",
        "fetch the document again, or encode it";
    121 canonical_unsorted_member Canonical: "a member is out of order",
        "fetch the document again, or encode it";
    122 canonical_escape_spelling Canonical: "an escape that is not the canonical one",
        "fetch the document again, or encode it";
    123 canonical_unescaped_character Canonical: "a character that the canonical form escapes",
        "fetch the document again, or encode it";

    // Hexadecimal, base64, PEM, DER and keys, 140 to 159.
    140 hex_length Encoding: "a hexadecimal text has the wrong number of digits",
        "give exactly two digits for each byte";
    141 hex_character Encoding: "a character is not one of 0-9 and a-f",
        "write hexadecimal in lower case, without spaces or prefix";
    142 base64_length Encoding: "the length of a base64 text is not a multiple of four",
        "write base64 with its padding";
    143 base64_character Encoding: "a character is outside the standard base64 alphabet",
        "use the alphabet with + and /, without white space";
    144 base64_padding Encoding: "base64 padding is not in its only allowed place",
        "put one or two = at the very end, and only there";
    145 base64_trailing_bits Encoding: "the unused bits of the last base64 character are not zero",
        "encode the bytes again; another text for the same bytes is not accepted";
    146 pem_framing Encoding: "the PEM text lacks a well-formed BEGIN line, body or END line",
        "give the file exactly as the key tool wrote it";
    147 pem_label Encoding: "the PEM block is of another kind than the one expected",
        "give a PRIVATE KEY block (PKCS#8, not encrypted) to sign and a PUBLIC KEY block to verify";
    148 pem_several_blocks Encoding: "the PEM text holds more than one block",
        "give one key in one file";
    149 pem_outside_text Encoding: "there is text before or after the PEM block",
        "remove everything outside the BEGIN and END lines";
    150 key_der_malformed Encoding: "the key is not the DER structure that RFC 8410 defines",
        "export the key again as PKCS#8 or SubjectPublicKeyInfo";
    151 key_algorithm Encoding: "the key is of another algorithm than Ed25519",
        "give an Ed25519 key (OID 1.3.101.112)";
    152 key_der_trailing_bytes Encoding: "bytes follow the DER structure of the key",
        "export the key again; nothing may follow it";
    153 key_pair_mismatch Encoding: "the public half stored with a private key is not the one that belongs to it",
        "do not use this key file; generate or export the key again";
    154 public_key_length Encoding: "a public key has the wrong number of bytes",
        "give the 32 bytes of an Ed25519 public key";
    155 public_key_not_canonical Encoding: "the y coordinate of a public key is not reduced modulo p",
        "refuse the key; no key generator makes one like it";
    156 public_key_low_order Encoding: "a public key is one of the 14 low-order encodings",
        "refuse the key; signatures under it prove nothing";
    157 public_key_not_on_curve Encoding: "a public key is not a point of the curve",
        "check that the key was copied whole";

    // Signatures and verifier keys, 160 to 179.
    160 signature_suite_unknown Signature: "the signature suite is not one this build knows",
        "use ed25519";
    161 signature_length Signature: "a signature has the wrong number of bytes",
        "give the 64 bytes of an Ed25519 signature";
    162 signature_scalar_range Signature: "the scalar S of a signature is not below the group order L",
        "refuse the signature; it was altered after signing";
    163 signature_point_not_canonical Signature: "the y coordinate of a signature's point R is not reduced modulo p",
        "refuse the signature; no signer makes one like it";
    164 signature_point_low_order Signature: "a signature's point R is one of the 14 low-order encodings",
        "refuse the signature; no signer makes one like it";
    165 signature_mismatch Signature: "the signature is not one by this key over these bytes",
        "check that key, message and signature belong together and that nothing was edited";
    166 signature_purpose Signature: "a signing purpose is empty, longer than 40 bytes or has a character outside a-z 0-9 . / -",
        "use one of the purposes in docs/formats/signatures.md";
    167 signature_signer_failed Signature: "the signing device or service did not sign",
        "look at the message of the signer and try again";
    168 signature_self_check Signature: "what the signer returned does not verify under its own public key",
        "do not use the signature; check the signer for a fault or a wrong mechanism";
    170 vkey_format Signature: "a verifier key is not of the form name+key id+base64",
        "copy the whole line, as docs/formats/signatures.md shows it";
    171 vkey_name Signature: "a key name is empty, longer than 255 bytes or holds white space, a control character or a plus",
        "use a name such as example.com/bench-7";
    172 vkey_key_type Signature: "a verifier key is of another type than Ed25519 (0x01)",
        "give the log's Ed25519 verifier key, not a cosigner's or a key of another algorithm";
    173 vkey_key_id_mismatch Signature: "the key id in a verifier key is not the one of its name and key",
        "copy the verifier key again from its source; a character was changed";

    // Timestamps and event classes, 180 to 189.
    180 timestamp_length Event: "a timestamp is not 24 characters long",
        "write YYYY-MM-DDTHH:MM:SS.mmmZ, in UTC with milliseconds";
    181 timestamp_character Event: "a character of a timestamp is not the digit or separator of its place",
        "write YYYY-MM-DDTHH:MM:SS.mmmZ, in UTC with milliseconds";
    182 timestamp_field_range Event: "a month, day, hour, minute or second does not exist",
        "give a time of the Gregorian calendar; a leap second is written as second 59";
    183 timestamp_out_of_range Event: "a time lies outside the years 0000 to 9999",
        "give milliseconds since 1970-01-01T00:00:00Z, not seconds or nanoseconds";
    184 event_class_length Event: "an event class is empty or longer than 64 bytes",
        "use one of the classes of the vocabulary or a shorter name";
    185 event_class_character Event: "an event class is not made of words [a-z][a-z0-9-]* joined by dots",
        "use lower-case words joined by dots, such as admission.decision";
    186 event_class_reserved Event: "the classes log and log.* are written by the log itself",
        "use another event class";
    187 event_payload_not_object Event: "the payload of an event is not a JSON object",
        "wrap the value in an object with a named member";

    // Closed schemas, 190 to 199.
    190 schema_not_object Schema: "a document or member that must be an object is something else",
        "give an object with the members that the format lists";
    191 schema_missing_member Schema: "a member that the format requires is missing",
        "add the member; the path names it";
    192 schema_unknown_member Schema: "a member is not one that the format knows",
        "remove the member, or use software that knows this version of the format";
    193 schema_wrong_type Schema: "a member has a value of another type than the format says",
        "give a value of the type that the message names";
    194 schema_case_variant Schema: "the name of a member differs from a known one in upper and lower case only",
        "write the name in lower case, and only once";
    195 schema_member_name Schema: "the name of a member is not of the form [a-z][a-z0-9_]{0,63}",
        "remove the member; no format of ZTP has one of that name";

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

    // The store of the audit log, 220 to 259.
    220 log_exists Store: "the directory already holds a log",
        "open that log, or choose an empty directory";
    221 log_not_found Store: "the directory holds no log",
        "check the path; if a log was there, treat it as an incident";
    222 log_locked Store: "another process writes to the log",
        "stop that process, or send the records through it";
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

    // Signed notes, checkpoints and proofs, 260 to 299.
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

    // Licence envelopes and trust, 300 to 399.
    300 licence_too_large Licence: "the envelope exceeds the size limit",
        "check that it is the right file, or raise envelope_bytes_max in the trust document";
    301 licence_schema_name Licence: "the document is of another format or version",
        "check that it is the right file, and that this build is as new as the issuer's";
    302 licence_identifier Licence: "a name is not of the form [A-Za-z0-9][A-Za-z0-9._-]{0,63}",
        "correct the name and sign again";
    303 licence_free_text Licence: "a text is empty, longer than 200 characters or holds control characters",
        "correct the text and sign again";
    304 licence_range Licence: "an integer is outside the range of its member",
        "correct the number";
    305 licence_list_length Licence: "a list holds too few or too many items",
        "correct the list";
    306 licence_list_order Licence: "the items of a list do not ascend",
        "sort the list";
    307 licence_list_repeated Licence: "an item of a list is there twice, or a key signed twice",
        "remove one of the two";
    308 licence_window_reversed Licence: "a validity ends before it begins",
        "correct not_before or not_after";
    309 licence_mint_total Licence: "the notes of one class add up to more than 2^53 - 1",
        "mint less, or in a larger unit";
    310 licence_binding Licence: "the bench binding is neither any nor bench",
        "use one of the two";
    311 licence_trust_key_id Licence: "a key id in the trust document is not the one of its public key",
        "compare the key with its source before trusting it";
    312 licence_trust_threshold Licence: "more signatures are asked for than keys are pinned",
        "pin more keys or lower the threshold";
    320 licence_key_unpinned Licence: "the envelope is signed by a key that is not pinned",
        "check who signed; pin the key only after comparing its key id with the issuer's";
    321 licence_key_revoked Licence: "the envelope is signed by a revoked key",
        "ask the issuer for an envelope signed by a current key";
    322 licence_key_not_yet_valid Licence: "the validity of the signing key has not begun",
        "check the clock, or wait";
    323 licence_key_expired Licence: "the validity of the signing key is over",
        "ask the issuer for an envelope signed by a current key";
    324 licence_too_few_signatures Licence: "fewer trusted keys signed than are required",
        "have the missing keys sign";
    325 licence_other_product Licence: "the signing key may not license this product",
        "check that the envelope is for this product";
    326 licence_key_mint_limit Licence: "the envelope mints more than the signing key may",
        "ask the issuer; the key may be misused";
    327 licence_revocation_rollback Licence: "the revocation list is older than one seen already",
        "ask the issuer for a current envelope; an old one may be replayed";
    328 licence_revocation_conflict Licence: "two revocation lists have the same version",
        "ask the issuer; one of the two is not theirs";
    330 licence_issued_in_future Licence: "the licence was issued in the future",
        "check the clock of the bench";
    331 licence_not_yet_valid Licence: "the validity of the licence has not begun",
        "check the clock, or wait";
    332 licence_expired Licence: "the validity of the licence is over",
        "ask the issuer for a new envelope";
    333 licence_other_bench Licence: "the licence is for another bench",
        "use the envelope made for this bench";
    334 licence_bench_not_given Licence: "the licence is for one bench, and this bench was not named",
        "give the id of this bench";

    // Use of an interface, 900 and up.
    900 internal Usage: "the library failed inside; nothing was decided about the input",
        "report it with the version and the size of the input";
    901 busy Usage: "the handle is in use by another call, which is not disturbed",
        "wait for the other call, or open one handle per thread";
    902 cancelled Usage: "the caller cancelled before there was a verdict",
        "run it again to get a verdict; what was examined says nothing of the rest";
    903 pointer_null Usage: "a pointer is null although its length is not zero, or a handle or result pointer is null",
        "pass the address of the bytes, the handle or the variable for the result";
    904 length_out_of_range Usage: "a length is larger than any object in memory can be",
        "pass the number of bytes at the pointer";
    905 path_invalid Usage: "a directory path is empty, is not UTF-8 or holds a NUL byte",
        "pass the path of a directory as UTF-8";
    906 text_not_utf8 Usage: "an argument that is text is not UTF-8",
        "pass it as UTF-8";
    907 seed_length_invalid Usage: "a key seed is not 32 bytes long",
        "pass 32 bytes, or none to draw a seed from the operating system";
    908 handle_poisoned Usage: "an earlier call on the handle failed inside and left it in an unknown state",
        "free the handle and open the log again";
    909 option_out_of_range Usage: "a number among the options is outside its range",
        "pass a number in the range that the message names";
    910 option_word_unknown Usage: "a word among the options is not one that the option knows",
        "use the words that the message lists";
    950 usage_invalid Usage: "the command line is not one the command accepts",
        "run the command with --help";
    951 time_invalid Usage: "a point in time on the command line cannot be read",
        "write 7d, 24h, a date such as 2026-05-01, or a timestamp such as 2026-05-01T08:00:00Z";
    952 file_missing Usage: "a file named on the command line does not exist",
        "check the path";
    953 file_unreadable Usage: "a file named on the command line, or standard input, cannot be read",
        "check its kind and permissions, and the medium it is on";
    954 file_too_large Usage: "a file named on the command line, or standard input, is larger than the command reads",
        "check that it is the right file";
    955 file_exists Usage: "a file that must be new exists already; it was left as it is",
        "choose another name, or move the old file away";
    956 file_unwritable Usage: "a file cannot be written",
        "check directory, permissions and free space";
    957 output_failed Usage: "standard output took no more before the result was written",
        "check free space where the output goes; the exit status stands for the failure to write, not for the verdict";
    958 system_refused Usage: "the operating system refused something that every run needs",
        "look at the message; check limits on processes, threads and memory";
    959 demo_unexpected Usage: "a step of the demonstration did not end as it must",
        "keep the directory and report it; this is a fault of ZTP or of the storage under it";

};
