/* ztp.h: the C interface of ZTP (Zero-Trust-on-Premises). Generated; do not edit.
 *
 * Calls      Every operation returns a ZtpStatus: 0 (ZTP_STATUS_OK) only if what was asked holds. A negative verdict is
 *            never 0. There is no thread-local error, no global state and no callback.
 * Inputs     (const uint8_t *data, size_t len); never NUL-terminated, may hold NUL bytes. data may be NULL when len is 0.
 *            Nothing passed in is kept after the call. Text (paths, names, options) is UTF-8.
 * Results    ZtpBytes *out is set to {NULL, 0} before any work, whatever it held: free it before using it again. On status
 *            0 it has the operation's document or stays empty. On any other status it has either a failure document
 *            {"code","message","offset"?,"schema":"ztp.error/1"} or the negative verdict; its member "schema" tells which.
 *            Release it with ztp_bytes_free, which zeroes it. out may be NULL when only the status is wanted.
 * Handles    Opaque; made by _new or _open, released once by _free. NULL is ignored by _free and refused by the others
 *            with ZTP_STATUS_POINTER_NULL. const T * may be used from any thread; T * only by one, with no call running.
 * Threads    ztp_audit_verify uses a pool of threads that the process has once. A process that forks must not verify in the
 *            child if it verified before the fork.
 * Faults     ZTP_STATUS_INTERNAL means a fault in the library; nothing was decided. A handle it happened on returns
 *            ZTP_STATUS_HANDLE_POISONED from then on.
 * Numbers    A status number or name is never given another meaning. New ones may come: treat unknown ones as failures.
 * Linking    pkg-config --cflags --libs ztp
 */


#ifndef ZTP_H
#define ZTP_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__) || defined(__clang__)
#define ZTP_MUST_USE __attribute__((warn_unused_result))
#else
#define ZTP_MUST_USE
#endif


// The ABI that this header describes; compare with `ztp_abi_version()` when the library is loaded at run time.
#define ZTP_ABI_VERSION 1

// An open audit log: holds the directory's writer lock until it is freed. Opaque.
//
// Any thread may call any function but `ztp_audit_log_free` at any time; a call while another is running on the same log
// returns `ZTP_STATUS_BUSY` at once and has done nothing.
typedef struct ZtpAuditLog ZtpAuditLog;

// The side channel of a long operation: another thread reads its progress and cancels it. Opaque.
//
// One job serves one operation. Every function but `ztp_job_free` may be called from any thread while the operation runs.
typedef struct ZtpJob ZtpJob;

// Bytes that the library allocated and the caller owns.
//
// Never NUL-terminated; may hold NUL bytes. Release with `ztp_bytes_free`.
typedef struct {
    // First byte, or NULL when `len` is 0.
    uint8_t *data;
    // Number of bytes.
    size_t len;
} ZtpBytes;

// 0 when what was asked holds; otherwise the number of a code, one of the `ZTP_STATUS_` constants or a newer one.
typedef uint32_t ZtpStatus;

// It holds.
#define ZTP_STATUS_OK 0

// the input is empty: give one JSON document.
#define ZTP_STATUS_CANONICAL_EMPTY 100

// the document exceeds the size limit: split it, or raise the limit.
#define ZTP_STATUS_CANONICAL_TOO_LARGE 101

// arrays and objects are nested too deeply: flatten the document.
#define ZTP_STATUS_CANONICAL_TOO_DEEP 102

// the input starts with a byte order mark: save it as UTF-8 without one.
#define ZTP_STATUS_CANONICAL_BYTE_ORDER_MARK 103

// the input is UTF-16 or UTF-32 text: save it as UTF-8.
#define ZTP_STATUS_CANONICAL_UTF16 104

// the input ends inside the document: fetch the whole document again.
#define ZTP_STATUS_CANONICAL_UNEXPECTED_END 105

// a byte that JSON does not allow here: correct the syntax.
#define ZTP_STATUS_CANONICAL_UNEXPECTED_BYTE 106

// bytes follow the end of the document: give one document only.
#define ZTP_STATUS_CANONICAL_TRAILING_BYTES 107

// a string is not valid UTF-8: encode the text as UTF-8.
#define ZTP_STATUS_CANONICAL_INVALID_UTF8 108

// a raw control character in a string: write it as an escape.
#define ZTP_STATUS_CANONICAL_CONTROL_CHARACTER 109

// an escape that JSON does not know: correct the escape.
#define ZTP_STATUS_CANONICAL_INVALID_ESCAPE 110

// an escape for half of a surrogate pair: write the whole pair.
#define ZTP_STATUS_CANONICAL_LONE_SURROGATE 111

// an object has two members of the same name: keep one of them.
#define ZTP_STATUS_CANONICAL_DUPLICATE_MEMBER 112

// a number with a fraction: use an integer, or a string.
#define ZTP_STATUS_CANONICAL_FRACTION 113

// a number with an exponent: write the integer in full, or use a string.
#define ZTP_STATUS_CANONICAL_EXPONENT 114

// an integer with a leading zero: remove the zero.
#define ZTP_STATUS_CANONICAL_LEADING_ZERO 115

// a zero with a minus sign: write 0.
#define ZTP_STATUS_CANONICAL_NEGATIVE_ZERO 116

// an integer beyond 2^53 - 1: use a string for it.
#define ZTP_STATUS_CANONICAL_INTEGER_OUT_OF_RANGE 117

// white space that the canonical form does not have: fetch the document again, or encode it.
#define ZTP_STATUS_CANONICAL_WHITE_SPACE 120

// a member is out of order: fetch the document again, or encode it.
#define ZTP_STATUS_CANONICAL_UNSORTED_MEMBER 121

// an escape that is not the canonical one: fetch the document again, or encode it.
#define ZTP_STATUS_CANONICAL_ESCAPE_SPELLING 122

// a character that the canonical form escapes: fetch the document again, or encode it.
#define ZTP_STATUS_CANONICAL_UNESCAPED_CHARACTER 123

// a hexadecimal text has the wrong number of digits: give exactly two digits for each byte.
#define ZTP_STATUS_HEX_LENGTH 140

// a character is not one of 0-9 and a-f: write hexadecimal in lower case, without spaces or prefix.
#define ZTP_STATUS_HEX_CHARACTER 141

// the length of a base64 text is not a multiple of four: write base64 with its padding.
#define ZTP_STATUS_BASE64_LENGTH 142

// a character is outside the standard base64 alphabet: use the alphabet with + and /, without white space.
#define ZTP_STATUS_BASE64_CHARACTER 143

// base64 padding is not in its only allowed place: put one or two = at the very end, and only there.
#define ZTP_STATUS_BASE64_PADDING 144

// the unused bits of the last base64 character are not zero: encode the bytes again; another text for the same bytes is not accepted.
#define ZTP_STATUS_BASE64_TRAILING_BITS 145

// the PEM text lacks a well-formed BEGIN line, body or END line: give the file exactly as the key tool wrote it.
#define ZTP_STATUS_PEM_FRAMING 146

// the PEM block is of another kind than the one expected: give a PRIVATE KEY block (PKCS#8, not encrypted) to sign and a PUBLIC KEY block to verify.
#define ZTP_STATUS_PEM_LABEL 147

// the PEM text holds more than one block: give one key in one file.
#define ZTP_STATUS_PEM_SEVERAL_BLOCKS 148

// there is text before or after the PEM block: remove everything outside the BEGIN and END lines.
#define ZTP_STATUS_PEM_OUTSIDE_TEXT 149

// the key is not the DER structure that RFC 8410 defines: export the key again as PKCS#8 or SubjectPublicKeyInfo.
#define ZTP_STATUS_KEY_DER_MALFORMED 150

// the key is of another algorithm than Ed25519: give an Ed25519 key (OID 1.3.101.112).
#define ZTP_STATUS_KEY_ALGORITHM 151

// bytes follow the DER structure of the key: export the key again; nothing may follow it.
#define ZTP_STATUS_KEY_DER_TRAILING_BYTES 152

// the public half stored with a private key is not the one that belongs to it: do not use this key file; generate or export the key again.
#define ZTP_STATUS_KEY_PAIR_MISMATCH 153

// a public key has the wrong number of bytes: give the 32 bytes of an Ed25519 public key.
#define ZTP_STATUS_PUBLIC_KEY_LENGTH 154

// the y coordinate of a public key is not reduced modulo p: refuse the key; no key generator makes one like it.
#define ZTP_STATUS_PUBLIC_KEY_NOT_CANONICAL 155

// a public key is one of the 14 low-order encodings: refuse the key; signatures under it prove nothing.
#define ZTP_STATUS_PUBLIC_KEY_LOW_ORDER 156

// a public key is not a point of the curve: check that the key was copied whole.
#define ZTP_STATUS_PUBLIC_KEY_NOT_ON_CURVE 157

// the signature suite is not one this build knows: use ed25519.
#define ZTP_STATUS_SIGNATURE_SUITE_UNKNOWN 160

// a signature has the wrong number of bytes: give the 64 bytes of an Ed25519 signature.
#define ZTP_STATUS_SIGNATURE_LENGTH 161

// the scalar S of a signature is not below the group order L: refuse the signature; it was altered after signing.
#define ZTP_STATUS_SIGNATURE_SCALAR_RANGE 162

// the y coordinate of a signature's point R is not reduced modulo p: refuse the signature; no signer makes one like it.
#define ZTP_STATUS_SIGNATURE_POINT_NOT_CANONICAL 163

// a signature's point R is one of the 14 low-order encodings: refuse the signature; no signer makes one like it.
#define ZTP_STATUS_SIGNATURE_POINT_LOW_ORDER 164

// the signature is not one by this key over these bytes: check that key, message and signature belong together and that nothing was edited.
#define ZTP_STATUS_SIGNATURE_MISMATCH 165

// a signing purpose is empty, longer than 40 bytes or has a character outside a-z 0-9 . / -: use one of the purposes in docs/formats/signatures.md.
#define ZTP_STATUS_SIGNATURE_PURPOSE 166

// the signing device or service did not sign: look at the message of the signer and try again.
#define ZTP_STATUS_SIGNATURE_SIGNER_FAILED 167

// what the signer returned does not verify under its own public key: do not use the signature; check the signer for a fault or a wrong mechanism.
#define ZTP_STATUS_SIGNATURE_SELF_CHECK 168

// a verifier key is not of the form name+key id+base64: copy the whole line, as docs/formats/signatures.md shows it.
#define ZTP_STATUS_VKEY_FORMAT 170

// a key name is empty, longer than 255 bytes or holds white space, a control character or a plus: use a name such as example.com/bench-7.
#define ZTP_STATUS_VKEY_NAME 171

// a verifier key is of another type than Ed25519 (0x01): give the log's Ed25519 verifier key, not a cosigner's or a key of another algorithm.
#define ZTP_STATUS_VKEY_KEY_TYPE 172

// the key id in a verifier key is not the one of its name and key: copy the verifier key again from its source; a character was changed.
#define ZTP_STATUS_VKEY_KEY_ID_MISMATCH 173

// a timestamp is not 24 characters long: write YYYY-MM-DDTHH:MM:SS.mmmZ, in UTC with milliseconds.
#define ZTP_STATUS_TIMESTAMP_LENGTH 180

// a character of a timestamp is not the digit or separator of its place: write YYYY-MM-DDTHH:MM:SS.mmmZ, in UTC with milliseconds.
#define ZTP_STATUS_TIMESTAMP_CHARACTER 181

// a month, day, hour, minute or second does not exist: give a time of the Gregorian calendar; a leap second is written as second 59.
#define ZTP_STATUS_TIMESTAMP_FIELD_RANGE 182

// a time lies outside the years 0000 to 9999: give milliseconds since 1970-01-01T00:00:00Z, not seconds or nanoseconds.
#define ZTP_STATUS_TIMESTAMP_OUT_OF_RANGE 183

// an event class is empty or longer than 64 bytes: use one of the classes of the vocabulary or a shorter name.
#define ZTP_STATUS_EVENT_CLASS_LENGTH 184

// an event class is not made of words [a-z][a-z0-9-]* joined by dots: use lower-case words joined by dots, such as admission.decision.
#define ZTP_STATUS_EVENT_CLASS_CHARACTER 185

// the classes log and log.* are written by the log itself: use another event class.
#define ZTP_STATUS_EVENT_CLASS_RESERVED 186

// the payload of an event is not a JSON object: wrap the value in an object with a named member.
#define ZTP_STATUS_EVENT_PAYLOAD_NOT_OBJECT 187

// a member of an event's payload has a value that its class does not allow: give a value that the message allows, or another class of event.
#define ZTP_STATUS_EVENT_PAYLOAD_VALUE 188

// a document or member that must be an object is something else: give an object with the members that the format lists.
#define ZTP_STATUS_SCHEMA_NOT_OBJECT 190

// a member that the format requires is missing: add the member; the path names it.
#define ZTP_STATUS_SCHEMA_MISSING_MEMBER 191

// a member is not one that the format knows: remove the member, or use software that knows this version of the format.
#define ZTP_STATUS_SCHEMA_UNKNOWN_MEMBER 192

// a member has a value of another type than the format says: give a value of the type that the message names.
#define ZTP_STATUS_SCHEMA_WRONG_TYPE 193

// the name of a member differs from a known one in upper and lower case only: write the name in lower case, and only once.
#define ZTP_STATUS_SCHEMA_CASE_VARIANT 194

// the name of a member is not of the form [a-z][a-z0-9_]{0,63}: remove the member; no format of ZTP has one of that name.
#define ZTP_STATUS_SCHEMA_MEMBER_NAME 195

// a record, link, seal or checkpoint of the log does not hold: treat it as an incident: keep the log and the bench as they are, and escalate; nothing is repaired.
#define ZTP_STATUS_AUDIT_BROKEN 200

// the log ends before a point that its own checkpoints show it had reached: treat it as an incident: records were removed; keep the log and the bench as they are.
#define ZTP_STATUS_AUDIT_TRUNCATED 201

// the log holds together but is not the one whose head the auditor kept: treat it as an incident: history was rewritten; keep the head and the log, together they are the evidence.
#define ZTP_STATUS_AUDIT_FORKED 202

// the log holds together but ends before the head the auditor kept: treat it as an incident: an older copy was put back; keep the head and the log.
#define ZTP_STATUS_AUDIT_ROLLED_BACK 203

// the log holds, but the verdict does not rest on the anchor that was asked for: give the key or head that the anchor needs, or seal the log and verify again.
#define ZTP_STATUS_ANCHOR_BELOW_REQUIRED 204

// the head to compare with is not a signed checkpoint: give the note as it was kept, signature line included.
#define ZTP_STATUS_HEAD_UNUSABLE 205

// the directory already holds a log: open that log, or choose an empty directory.
#define ZTP_STATUS_LOG_EXISTS 220

// the directory holds no log: check the path; if a log was there, treat it as an incident.
#define ZTP_STATUS_LOG_NOT_FOUND 221

// another process writes to the log: stop that process, or send the records through it.
#define ZTP_STATUS_LOG_LOCKED 222

// the writer's evolved key is gone: verify and keep the log, and open a new one: without the key it cannot be continued.
#define ZTP_STATUS_STATE_MISSING 223

// the writer's state does not read back as written: verify and keep the log, and open a new one: an old copy of the state is used up.
#define ZTP_STATUS_STATE_DAMAGED 224

// the log ends before the last seal that the writer's state knows: treat it as an incident: sealed records are missing.
#define ZTP_STATUS_LOG_TRUNCATED 225

// the log was sealed after the writer's state was written: treat it as an incident: an old state was put back.
#define ZTP_STATUS_STATE_ROLLED_BACK 226

// a record or checkpoint does not read back as written: verify the log: the verdict says what and where; nothing was changed.
#define ZTP_STATUS_LOG_DAMAGED 227

// a record could not be made of an event: correct the event that the message names; nothing of its batch was written.
#define ZTP_STATUS_EVENT_REFUSED 228

// the origin of a log is not a C2SP key name: use a name without white space and plus sign, such as bench-01.example/audit.
#define ZTP_STATUS_ORIGIN_INVALID 229

// the system gave no randomness for a key: check the system's random device.
#define ZTP_STATUS_ENTROPY_UNAVAILABLE 230

// an earlier write or sync failed, and this writer takes no more: close the log and open it again: what was acknowledged is there.
#define ZTP_STATUS_WRITER_POISONED 231

// a part of the log is a link, pipe, device or directory where a regular file must be: look who put it there; links below a log are never followed.
#define ZTP_STATUS_WRONG_FILE_TYPE 232

// the operating system refused to read or write a part of the log: look at the message: permissions, free space, or the medium.
#define ZTP_STATUS_IO_ERROR 233

// the record or checkpoint asked for is not in the log: ask for one that is; the message says how many records there are.
#define ZTP_STATUS_OUT_OF_RANGE 234

// no seal covers the record yet: seal the log, then ask again.
#define ZTP_STATUS_NOT_SEALED 235

// a line is not a record of the log in canonical form: give the line as it stands in the log.
#define ZTP_STATUS_RECORD_MALFORMED 236

// a record's bytes do not have the hash that the record states: give the line as it stands in the log; if it is that, treat it as an incident.
#define ZTP_STATUS_RECORD_HASH_MISMATCH 237

// a proof is for another place in the log than the record states: ask for the proof of this record.
#define ZTP_STATUS_PROOF_OTHER_RECORD 238

// a tree would have 2^63 leaves or more: check the size that was given; no log is that long.
#define ZTP_STATUS_TREE_TOO_LARGE 260

// a subtree was put where no subtree of its width can start: append the parts that are aligned there.
#define ZTP_STATUS_TREE_SUBTREE_MISALIGNED 261

// the stored nodes of a tree do not fit its stored size: read the state again from its source; size and nodes belong together.
#define ZTP_STATUS_TREE_FRONTIER_SHAPE 262

// leaves were asked for that the block at hand does not hold: give the blocks in order and without a gap.
#define ZTP_STATUS_TREE_OUTSIDE_BLOCK 263

// the checkpoint covers fewer records than the proof claims to be about: use a later checkpoint of the same log.
#define ZTP_STATUS_PROOF_INDEX_OUT_OF_RANGE 264

// the checkpoint given as the newer one is smaller than the older one: give the older one first; if the order was right the log was rolled back, treat it as an incident.
#define ZTP_STATUS_PROOF_SIZES_OUT_OF_ORDER 265

// a consistency proof from a tree without leaves proves nothing: start from a checkpoint that covers at least one record.
#define ZTP_STATUS_PROOF_FROM_EMPTY_TREE 266

// the path does not have the length that these sizes need: get the proof again; it was cut or belongs to another checkpoint.
#define ZTP_STATUS_PROOF_PATH_LENGTH 267

// record and path do not lead to the root that the checkpoint states: check that record, proof and checkpoint belong together; if they do, treat it as an incident.
#define ZTP_STATUS_PROOF_ROOT_MISMATCH 268

// the path does not lead to the root of the older checkpoint: check that the proof starts at this checkpoint; if it does, history was rewritten, treat it as an incident.
#define ZTP_STATUS_PROOF_OLD_ROOT_MISMATCH 269

// the path does not lead to the root of the newer checkpoint: check that the proof ends at this checkpoint; if it does, history was rewritten, treat it as an incident.
#define ZTP_STATUS_PROOF_NEW_ROOT_MISMATCH 270

// a proof was to be made from more or fewer leaves than its tree has: give each leaf of the tree once, in order.
#define ZTP_STATUS_PROOF_LEAF_COUNT 271

// a signed note is larger than 1,000,000 bytes: refuse the note.
#define ZTP_STATUS_NOTE_TOO_LARGE 272

// a signed note is not UTF-8: get the note again; it was damaged or is another kind of file.
#define ZTP_STATUS_NOTE_NOT_UTF8 273

// a signed note holds a control character other than the line feed: get the note again; line ends may have been converted in transit.
#define ZTP_STATUS_NOTE_CONTROL_CHARACTER 274

// no empty line stands between the text of a note and its signatures: get the note again; it is not whole.
#define ZTP_STATUS_NOTE_SEPARATOR_MISSING 275

// the text to be signed does not end in a line feed: add a line feed.
#define ZTP_STATUS_NOTE_TEXT_UNTERMINATED 276

// a line where a signature must be is none, or there is no signature: get the note again, with its last line feed.
#define ZTP_STATUS_NOTE_SIGNATURE_LINE 277

// the key name of a signature is not one a key can have: refuse the note.
#define ZTP_STATUS_NOTE_KEY_NAME 278

// a signature of a note is not strict base64 of a key id and a signature: get the note again; it was changed after signing.
#define ZTP_STATUS_NOTE_SIGNATURE_ENCODING 279

// a note has more than 100 signatures: refuse the note, or remove signatures that nobody needs.
#define ZTP_STATUS_NOTE_TOO_MANY_SIGNATURES 280

// a signature that names a known key is not by that key over this text: refuse the note; text, signature or key was changed.
#define ZTP_STATUS_NOTE_SIGNATURE_INVALID 281

// no signature of the note is by a known key: check that the verifier key is the one of this log and this epoch.
#define ZTP_STATUS_NOTE_UNVERIFIED 282

// two different known keys have the same name and key id: remove the key that does not belong there.
#define ZTP_STATUS_NOTE_AMBIGUOUS_KEY 283

// a checkpoint has fewer than its three lines: get the checkpoint again; it is not whole.
#define ZTP_STATUS_CHECKPOINT_TOO_FEW_LINES 284

// the origin of a checkpoint is empty or holds a control character: refuse the checkpoint.
#define ZTP_STATUS_CHECKPOINT_ORIGIN 285

// the size of a checkpoint is not a decimal number below 2^63 without leading zeros: refuse the checkpoint.
#define ZTP_STATUS_CHECKPOINT_SIZE 286

// the root of a checkpoint is not the strict base64 of 32 bytes: refuse the checkpoint.
#define ZTP_STATUS_CHECKPOINT_ROOT_ENCODING 287

// a checkpoint of a tree without leaves states another root than the one of that tree: refuse the checkpoint.
#define ZTP_STATUS_CHECKPOINT_EMPTY_TREE_ROOT 288

// a checkpoint has lines after its root: ask for a checkpoint of three lines; no proof covers what stands in others.
#define ZTP_STATUS_CHECKPOINT_EXTENSION_LINE 289

// a checkpoint is not signed by a known key that is named like its origin: give the verifier key of the log that the checkpoint is from.
#define ZTP_STATUS_CHECKPOINT_KEY_NAME 290

// a proof file is larger than 1 MiB: refuse the file.
#define ZTP_STATUS_PROOF_FILE_TOO_LARGE 291

// a file does not begin as a C2SP tlog-proof does: give the .tlog-proof file as it was exported.
#define ZTP_STATUS_PROOF_FILE_HEADER 292

// the extra line of a proof file is not strict base64: get the proof again; it was changed.
#define ZTP_STATUS_PROOF_FILE_EXTRA 293

// the index or the older size of a proof file is missing or malformed: get the proof again; it was changed or is another kind of proof.
#define ZTP_STATUS_PROOF_FILE_NUMBER 294

// a line of the path in a proof file is not the strict base64 of 32 bytes: get the proof again; it was changed.
#define ZTP_STATUS_PROOF_FILE_PATH_LINE 295

// a proof file has more than 63 hashes in its path: refuse the file.
#define ZTP_STATUS_PROOF_FILE_PATH_TOO_LONG 296

// a proof file ends before its checkpoint: get the proof again; it is not whole.
#define ZTP_STATUS_PROOF_FILE_NO_CHECKPOINT 297

// a consistency proof starts elsewhere than at the older checkpoint it is held against: ask for the proof from the checkpoint that you kept.
#define ZTP_STATUS_PROOF_FILE_OTHER_CHECKPOINT 298

// the envelope exceeds the size limit: check that it is the right file, or raise envelope_bytes_max in the trust document.
#define ZTP_STATUS_LICENCE_TOO_LARGE 300

// the document is of another format or version: check that it is the right file, and that this build is as new as the issuer's.
#define ZTP_STATUS_LICENCE_SCHEMA_NAME 301

// a name is not of the form [A-Za-z0-9][A-Za-z0-9._-]{0,63}: correct the name and sign again.
#define ZTP_STATUS_LICENCE_IDENTIFIER 302

// a text is empty, longer than 200 characters or holds control characters: correct the text and sign again.
#define ZTP_STATUS_LICENCE_FREE_TEXT 303

// an integer is outside the range of its member: correct the number.
#define ZTP_STATUS_LICENCE_RANGE 304

// a list holds too few or too many items: correct the list.
#define ZTP_STATUS_LICENCE_LIST_LENGTH 305

// the items of a list do not ascend: sort the list.
#define ZTP_STATUS_LICENCE_LIST_ORDER 306

// an item of a list is there twice, or a key signed twice: remove one of the two.
#define ZTP_STATUS_LICENCE_LIST_REPEATED 307

// a validity ends before it begins: correct not_before or not_after.
#define ZTP_STATUS_LICENCE_WINDOW_REVERSED 308

// the notes of one class add up to more than 2^53 - 1: mint less, or in a larger unit.
#define ZTP_STATUS_LICENCE_MINT_TOTAL 309

// the bench binding is neither any nor bench: use one of the two.
#define ZTP_STATUS_LICENCE_BINDING 310

// a key id in the trust document is not the one of its public key: compare the key with its source before trusting it.
#define ZTP_STATUS_LICENCE_TRUST_KEY_ID 311

// more signatures are asked for than keys are pinned: pin more keys or lower the threshold.
#define ZTP_STATUS_LICENCE_TRUST_THRESHOLD 312

// the envelope is signed by a key that is not pinned: check who signed; pin the key only after comparing its key id with the issuer's.
#define ZTP_STATUS_LICENCE_KEY_UNPINNED 320

// the envelope is signed by a revoked key: ask the issuer for an envelope signed by a current key.
#define ZTP_STATUS_LICENCE_KEY_REVOKED 321

// the validity of the signing key has not begun: check the clock, or wait.
#define ZTP_STATUS_LICENCE_KEY_NOT_YET_VALID 322

// the validity of the signing key is over: ask the issuer for an envelope signed by a current key.
#define ZTP_STATUS_LICENCE_KEY_EXPIRED 323

// fewer trusted keys signed than are required: have the missing keys sign.
#define ZTP_STATUS_LICENCE_TOO_FEW_SIGNATURES 324

// the signing key may not license this product: check that the envelope is for this product.
#define ZTP_STATUS_LICENCE_OTHER_PRODUCT 325

// the envelope mints more than the signing key may: ask the issuer; the key may be misused.
#define ZTP_STATUS_LICENCE_KEY_MINT_LIMIT 326

// the revocation list is older than one seen already: ask the issuer for a current envelope; an old one may be replayed.
#define ZTP_STATUS_LICENCE_REVOCATION_ROLLBACK 327

// two revocation lists have the same version: ask the issuer; one of the two is not theirs.
#define ZTP_STATUS_LICENCE_REVOCATION_CONFLICT 328

// the licence was issued in the future: check the clock of the bench.
#define ZTP_STATUS_LICENCE_ISSUED_IN_FUTURE 330

// the validity of the licence has not begun: check the clock, or wait.
#define ZTP_STATUS_LICENCE_NOT_YET_VALID 331

// the validity of the licence is over: ask the issuer for a new envelope.
#define ZTP_STATUS_LICENCE_EXPIRED 332

// the licence is for another bench: use the envelope made for this bench.
#define ZTP_STATUS_LICENCE_OTHER_BENCH 333

// the licence is for one bench, and this bench was not named: give the id of this bench.
#define ZTP_STATUS_LICENCE_BENCH_NOT_GIVEN 334

// a record does not follow the one before it: give every record of the log, in order.
#define ZTP_STATUS_ANOMALY_SEQUENCE 700

// a snapshot is not a state of the detectors: replay the log from an earlier snapshot or from its start.
#define ZTP_STATUS_ANOMALY_SNAPSHOT_MALFORMED 701

// a snapshot was taken over another log: find out where it comes from; replay this log from its start.
#define ZTP_STATUS_ANOMALY_SNAPSHOT_OTHER_CHAIN 702

// the records call for an alert that the log does not have: find out why the detectors did not run, or who held the alert back.
#define ZTP_STATUS_ANOMALY_ALERT_MISSING 710

// the log has an alert that the records do not call for: find out who wrote it.
#define ZTP_STATUS_ANOMALY_ALERT_EXTRA 711

// an alert in the log says other numbers than the records do: compare the two; the records are the truth.
#define ZTP_STATUS_ANOMALY_ALERT_ALTERED 712

// a snapshot in the log is not the state that the records lead to: do not restore from it; replay the log from its start.
#define ZTP_STATUS_ANOMALY_STATE_DIFFERS 713

// an alert stands in the log before the records that call for it, or before an earlier one: find out who wrote it.
#define ZTP_STATUS_ANOMALY_ALERT_OUT_OF_ORDER 714

// a change of settings does not start from those in force: make the change again from the settings that the report names.
#define ZTP_STATUS_ANOMALY_SETTINGS_OLD_HASH 720

// the settings in a change do not have the hash that it names: make the change again with the command.
#define ZTP_STATUS_ANOMALY_SETTINGS_NEW_HASH 721

// a change of settings could not be read: make the change again with the command.
#define ZTP_STATUS_ANOMALY_SETTINGS_PAYLOAD 722

// an approval of a change is not a signature by an approver: have two approvers sign the change, or wait for 24 hours.
#define ZTP_STATUS_ANOMALY_SETTINGS_APPROVAL 723

// a detector fired within the window of the report: look at each alert; ztp anomaly explain shows the numbers behind it.
#define ZTP_STATUS_ANOMALY_FIRED 730

// the log that the detectors were run over does not verify: see the log's own verdict; alerts over a log that does not hold prove nothing.
#define ZTP_STATUS_ANOMALY_LOG_NOT_INTACT 731

// a decision is in the admission stream and not in the sealed log: treat it as suppression: keep both streams, and ask who could stop a record on its way to the log.
#define ZTP_STATUS_CORRELATION_MISSING_IN_SEALED 750

// a decision is in the sealed log and not in the admission stream: treat it as a forged record or a cut admission stream: keep both, and compare with the cluster's own audit.
#define ZTP_STATUS_CORRELATION_MISSING_IN_ADMISSION 751

// a review was sealed with another content than it was decided with: compare the two members by member; keep both streams as evidence.
#define ZTP_STATUS_CORRELATION_ALTERED 752

// a review is in one stream twice, with different contents: treat it as tampering: the webhook answers a repeated review as it did before.
#define ZTP_STATUS_CORRELATION_DUPLICATE_CONFLICTING 753

// a line or record cannot be read, and may hide a decision: verify the log; look at the line that the finding names.
#define ZTP_STATUS_CORRELATION_UNREADABLE_ENTRY 754

// more entries without a partner than the bound holds: the oldest were judged early: compare a shorter period, or raise waiting_max.
#define ZTP_STATUS_CORRELATION_BOUND_REACHED 755

// a decision and its record are further apart in time than the threshold: look at the clocks of both hosts, then at what delayed the record.
#define ZTP_STATUS_CORRELATION_DRIFT 756

// decisions were sealed in another order than they were made: look at the records that the finding names; a queue delays, it does not reorder.
#define ZTP_STATUS_CORRELATION_ORDER_INVERSION 757

// the clocks of the two streams differ in the median by more than the limit: set the clocks; the raw drift stands until then.
#define ZTP_STATUS_CORRELATION_CLOCK_SKEW 758

// a wall clock was set while its host was up: ask who set it, and why; times before and after do not compare.
#define ZTP_STATUS_CORRELATION_CLOCK_STEP 759

// the sealed log was silent for longer than two of its heartbeats: ask what stopped the writer; nothing can be said of decisions in the gap.
#define ZTP_STATUS_CORRELATION_WITNESS_GAP 760

// a sealed decision is older than what the admission ring still holds: compare with the file of all decisions instead of the ring.
#define ZTP_STATUS_CORRELATION_RING_EVICTED 761

// a review is in one stream twice, with the same content: check that the webhook was called again; a copy changes nothing that was decided.
#define ZTP_STATUS_CORRELATION_DUPLICATE_IDENTICAL 762

// the first line of an admission stream names a schema and does not describe the stream: check that it is an admission stream of a version this build reads.
#define ZTP_STATUS_CORRELATION_STREAM_HEADER 765

// the sealed log that was compared does not verify: see the log's own verdict; a comparison with a log that does not hold proves nothing.
#define ZTP_STATUS_CORRELATION_LOG_NOT_INTACT 766

// a settings file exceeds the size limit: split it, or remove what is not needed.
#define ZTP_STATUS_CONFIG_TOO_LARGE 780

// a settings file is not UTF-8: save it as UTF-8.
#define ZTP_STATUS_CONFIG_NOT_UTF8 781

// a settings file holds a byte order mark, a control character or one that reorders text: remove the character, or write it as an escape in double quotes.
#define ZTP_STATUS_CONFIG_CHARACTER 782

// a settings file is not YAML: correct the line that the message names.
#define ZTP_STATUS_CONFIG_SYNTAX 783

// a settings file holds a second document: keep one document in a file.
#define ZTP_STATUS_CONFIG_SEVERAL_DOCUMENTS 784

// a settings file holds nothing: write the settings, or remove the file.
#define ZTP_STATUS_CONFIG_EMPTY 785

// a settings file uses an anchor or an alias: write the value out where it is used.
#define ZTP_STATUS_CONFIG_ANCHOR 786

// a settings file uses a tag: remove the tag; types follow from the format.
#define ZTP_STATUS_CONFIG_TAG 787

// a number is not a decimal integer of at most 2^53 - 1, or has two readings: write a decimal integer without leading zeros, or put the text in quotes.
#define ZTP_STATUS_CONFIG_NUMBER 788

// a key of a mapping is not a text: put the key in quotes.
#define ZTP_STATUS_CONFIG_KEY 789

// a mapping has a key twice: keep one of them.
#define ZTP_STATUS_CONFIG_DUPLICATE_KEY 790

// mappings and sequences are nested too deeply: flatten the file.
#define ZTP_STATUS_CONFIG_TOO_DEEP 791

// a file is none of those that tune the detectors: name it denial-flood.yaml, break-glass.yaml, business-hours.yaml or tier-b-reference.yaml.
#define ZTP_STATUS_SETTINGS_FILE 792

// a threshold is outside the range that the code allows: choose a value within; no file can switch a detector off.
#define ZTP_STATUS_SETTINGS_RANGE 793

// the bundled time zone database has no zone of this name: use a name of the IANA database, such as Europe/Lisbon.
#define ZTP_STATUS_SETTINGS_TIME_ZONE 794

// a text is no time of day, or business would be open for more than 16 hours: write a time such as 08:00, in quotes.
#define ZTP_STATUS_SETTINGS_CLOCK_TIME 795

// a text is no date: write a date such as 2026-12-25, or 12-25 for every year.
#define ZTP_STATUS_SETTINGS_DATE 796

// a text is no weekday, or the list names none or all seven: name one to six of mon, tue, wed, thu, fri, sat and sun.
#define ZTP_STATUS_SETTINGS_WEEKDAY 797

// a list is too long or holds an item twice: shorten it, or remove one of the two.
#define ZTP_STATUS_SETTINGS_LIST 798

// the library failed inside; nothing was decided about the input: report it with the version and the size of the input.
#define ZTP_STATUS_INTERNAL 900

// the handle is in use by another call, which is not disturbed: wait for the other call, or open one handle per thread.
#define ZTP_STATUS_BUSY 901

// the caller cancelled before there was a verdict: run it again to get a verdict; what was examined says nothing of the rest.
#define ZTP_STATUS_CANCELLED 902

// a pointer is null although its length is not zero, or a handle or result pointer is null: pass the address of the bytes, the handle or the variable for the result.
#define ZTP_STATUS_POINTER_NULL 903

// a length is larger than any object in memory can be: pass the number of bytes at the pointer.
#define ZTP_STATUS_LENGTH_OUT_OF_RANGE 904

// a directory path is empty, is not UTF-8 or holds a NUL byte: pass the path of a directory as UTF-8.
#define ZTP_STATUS_PATH_INVALID 905

// an argument that is text is not UTF-8: pass it as UTF-8.
#define ZTP_STATUS_TEXT_NOT_UTF8 906

// a key seed is not 32 bytes long: pass 32 bytes, or none to draw a seed from the operating system.
#define ZTP_STATUS_SEED_LENGTH_INVALID 907

// an earlier call on the handle failed inside and left it in an unknown state: free the handle and open the log again.
#define ZTP_STATUS_HANDLE_POISONED 908

// a number among the options is outside its range: pass a number in the range that the message names.
#define ZTP_STATUS_OPTION_OUT_OF_RANGE 909

// a word among the options is not one that the option knows: use the words that the message lists.
#define ZTP_STATUS_OPTION_WORD_UNKNOWN 910

// the command line is not one the command accepts: run the command with --help.
#define ZTP_STATUS_USAGE_INVALID 950

// a point in time on the command line cannot be read: write 7d, 24h, a date such as 2026-05-01, or a timestamp such as 2026-05-01T08:00:00Z.
#define ZTP_STATUS_TIME_INVALID 951

// a file named on the command line does not exist: check the path.
#define ZTP_STATUS_FILE_MISSING 952

// a file named on the command line, or standard input, cannot be read: check its kind and permissions, and the medium it is on.
#define ZTP_STATUS_FILE_UNREADABLE 953

// a file named on the command line, or standard input, is larger than the command reads: check that it is the right file.
#define ZTP_STATUS_FILE_TOO_LARGE 954

// a file that must be new exists already; it was left as it is: choose another name, or move the old file away.
#define ZTP_STATUS_FILE_EXISTS 955

// a file cannot be written: check directory, permissions and free space.
#define ZTP_STATUS_FILE_UNWRITABLE 956

// standard output took no more before the result was written: check free space where the output goes; the exit status stands for the failure to write, not for the verdict.
#define ZTP_STATUS_OUTPUT_FAILED 957

// the operating system refused something that every run needs: look at the message; check limits on processes, threads and memory.
#define ZTP_STATUS_SYSTEM_REFUSED 958

// a step of the demonstration did not end as it must: keep the directory and report it; this is a fault of ZTP or of the storage under it.
#define ZTP_STATUS_DEMO_UNEXPECTED 959

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Overwrites the bytes with zeros, releases them and sets `*bytes` to `{NULL, 0}`, so that a second call does nothing.
//
// `bytes` may be NULL. `*bytes` is what a call of this library stored there, or `{NULL, 0}`.
//
// `bytes` is null or points to a `ZtpBytes` that no other thread uses, filled by this library or empty.
void ztp_bytes_free(ZtpBytes *bytes);

// The ABI version of the library that is loaded.
ZTP_MUST_USE uint32_t ztp_abi_version(void);

// The name of a status: `ok`, a code's name such as `audit_broken`, or `unregistered`. NUL-terminated; static, not to be
// freed.
ZTP_MUST_USE
const char *ztp_status_name(ZtpStatus status);

// Stores the versions of library and ABI in `*out` (`ztp.version/1`).
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE ZtpStatus ztp_version(ZtpBytes *out);

// Stores every registered code with its number, meaning and what to do about it in `*out` (`ztp.error-codes/1`).
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_error_codes(ZtpBytes *out);

// Stores the canonical bytes (profile zcj-1) of a JSON document in `*out`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE ZtpStatus ztp_canonical_encode(const uint8_t *input, size_t input_len, ZtpBytes *out);

// Checks that bytes are in canonical form (profile zcj-1). `*out` stays empty when they are; otherwise the failure
// document has the offset of the first byte that differs.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_canonical_check(const uint8_t *input,
                              size_t input_len,
                              ZtpBytes *out);

// Verifies a bare signature over `message`. `suite` is the suite's name, such as `ed25519`; key and signature are raw bytes.
// `*out` stays empty when the signature holds.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_signature_verify(const uint8_t *suite,
                               size_t suite_len,
                               const uint8_t *public_key,
                               size_t public_key_len,
                               const uint8_t *message,
                               size_t message_len,
                               const uint8_t *signature,
                               size_t signature_len,
                               ZtpBytes *out);

// Makes a signing key from a seed of 32 bytes, or from the operating system's randomness when `seed_len` is 0, and stores
// it with its public forms in `*out` (`ztp.keys/1`). The document holds the private key: free it soon; freeing zeroes it.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_keys_generate(const uint8_t *seed,
                            size_t seed_len,
                            const uint8_t *name,
                            size_t name_len,
                            ZtpBytes *out);

// Stores the hash and sequence number of one record line (with or without its line feed) in `*out`
// (`ztp.audit.record-hash/1`). A line whose own hash is another one is refused.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE ZtpStatus ztp_record_hash(const uint8_t *line, size_t line_len, ZtpBytes *out);

// Makes an audit log in the directory `dir` (UTF-8). `options` is JSON: `origin`, and optionally `heartbeat_ms`,
// `interval_ms`, `records_max`. `now_ms` is the time of the first record in milliseconds since 1970-01-01T00:00:00Z.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_audit_init(const uint8_t *dir,
                         size_t dir_len,
                         const uint8_t *options,
                         size_t options_len,
                         int64_t now_ms,
                         ZtpBytes *out);

// Appends events to the log in `dir`, durably, as one batch: one JSON object `{"event_class","payload","timestamp"?}` a
// line. Events without a timestamp get `now_ms`. Stores the last sequence number and hash in `*out`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_audit_append(const uint8_t *dir,
                           size_t dir_len,
                           const uint8_t *events,
                           size_t events_len,
                           int64_t now_ms,
                           ZtpBytes *out);

// Seals the log in `dir` now and stores the new head in `*out` (`ztp.audit.head/1`).
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE ZtpStatus ztp_audit_seal(const uint8_t *dir, size_t dir_len, int64_t now_ms, ZtpBytes *out);

// Stores the last checkpoint of the log in `dir` in `*out` (`ztp.audit.head/1`). Nothing is verified.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE ZtpStatus ztp_audit_head(const uint8_t *dir, size_t dir_len, ZtpBytes *out);

// Verifies the log in `dir` and stores the verdict in `*out` (`ztp.audit.verdict/1`), also when it is negative. `options` is
// JSON, empty for none: `breaks_max` (breaks listed at most), `head` (a signed checkpoint the auditor kept), `require` (anchors
// that the verdict must rest on: `auditor_head`, `evolved_key`, `pinned_key`), `since` (content is checked of records from this
// time on), `vkey` (the first epoch's key as the auditor knows it). A log that holds without a required anchor returns
// `ZTP_STATUS_ANCHOR_BELOW_REQUIRED`. `job` may be NULL; otherwise other threads may follow and cancel the run through it.
//
// Pointers are as the head of ztp.h says; `job` is null or came from `ztp_job_new` and is not freed during the call.
ZTP_MUST_USE
ZtpStatus ztp_audit_verify(const uint8_t *dir,
                           size_t dir_len,
                           const uint8_t *options,
                           size_t options_len,
                           const ZtpJob *job,
                           ZtpBytes *out);

// Makes an inclusion proof for the record that `options` (JSON, `seq`) names in the log in `dir`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_audit_prove(const uint8_t *dir,
                          size_t dir_len,
                          const uint8_t *options,
                          size_t options_len,
                          ZtpBytes *out);

// Proves that the log in `dir` extends the older head that `options` (JSON, `old_size`) names.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_audit_prove_consistency(const uint8_t *dir,
                                      size_t dir_len,
                                      const uint8_t *options,
                                      size_t options_len,
                                      ZtpBytes *out);

// Checks an inclusion proof of `record` against the key `vkey` (C2SP), without the log.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_audit_check_proof(const uint8_t *proof,
                                size_t proof_len,
                                const uint8_t *record,
                                size_t record_len,
                                const uint8_t *vkey,
                                size_t vkey_len,
                                ZtpBytes *out);

// Checks a consistency proof between an older checkpoint and the newer one in the proof, without the log.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_audit_check_consistency(const uint8_t *proof,
                                      size_t proof_len,
                                      const uint8_t *old_checkpoint,
                                      size_t old_checkpoint_len,
                                      const uint8_t *vkey_old,
                                      size_t vkey_old_len,
                                      const uint8_t *vkey_new,
                                      size_t vkey_new_len,
                                      ZtpBytes *out);

// Makes a job. Release it with `ztp_job_free`, not before its operation has returned.
ZTP_MUST_USE ZtpJob *ztp_job_new(void);

// Asks the job's operation to end; it then returns `ZTP_STATUS_CANCELLED`. NULL is ignored.
//
// `job` is null or came from `ztp_job_new` and is not freed.
void ztp_job_cancel(const ZtpJob *job);

// Stores how many bytes the job's operation has examined and how many there are (0 until known). Each pointer may be NULL.
//
// `job` is null or came from `ztp_job_new` and is not freed; the other pointers are null or writable.
void ztp_job_progress(const ZtpJob *job,
                      uint64_t *done_bytes,
                      uint64_t *total_bytes);

// Releases a job. NULL is ignored.
//
// `job` is null or came from `ztp_job_new`, is freed once, and no operation uses it any more.
void ztp_job_free(ZtpJob *job);

// Opens the log in `dir` for writing and stores the handle in `*log`, or NULL there when the status is not 0. After a crash
// this is where the torn tail is set aside and recorded, with the time `now_ms`.
//
// Pointers are as the head of ztp.h says; `log` is writable.
ZTP_MUST_USE
ZtpStatus ztp_audit_log_open(const uint8_t *dir,
                             size_t dir_len,
                             int64_t now_ms,
                             ZtpAuditLog **log,
                             ZtpBytes *out);

// Appends events as `ztp_audit_append` does.
//
// Pointers are as the head of ztp.h says; `log` came from `ztp_audit_log_open` and is not freed during the call.
ZTP_MUST_USE
ZtpStatus ztp_audit_log_append(const ZtpAuditLog *log,
                               const uint8_t *events,
                               size_t events_len,
                               int64_t now_ms,
                               ZtpBytes *out);

// Seals the log now and stores the new head in `*out` (`ztp.audit.head/1`).
//
// Pointers are as the head of ztp.h says; `log` came from `ztp_audit_log_open` and is not freed during the call.
ZTP_MUST_USE
ZtpStatus ztp_audit_log_seal(const ZtpAuditLog *log,
                             int64_t now_ms,
                             ZtpBytes *out);

// Seals if the log's policy says that a seal is due at `now_ms`. Call it about once a second; `*out` says whether it sealed
// (`ztp.audit.tick/1`).
//
// Pointers are as the head of ztp.h says; `log` came from `ztp_audit_log_open` and is not freed during the call.
ZTP_MUST_USE
ZtpStatus ztp_audit_log_tick(const ZtpAuditLog *log,
                             int64_t now_ms,
                             ZtpBytes *out);

// Stores the last checkpoint in `*out` (`ztp.audit.head/1`).
//
// Pointers are as the head of ztp.h says; `log` came from `ztp_audit_log_open` and is not freed during the call.
ZTP_MUST_USE
ZtpStatus ztp_audit_log_head(const ZtpAuditLog *log,
                             ZtpBytes *out);

// Closes the log and releases the writer lock. NULL is ignored. Nothing is sealed: call `ztp_audit_log_seal` first if the
// tail is to be anchored.
//
// `log` is null or came from `ztp_audit_log_open`, is freed once, and no call uses it any more.
void ztp_audit_log_free(ZtpAuditLog *log);

// Compares the admission stream in the file `admission` (a UTF-8 path) with the sealed log in `dir`, which is
// verified first, and stores the report in `*out` (`ztp.correlation.report/1`), also when it holds findings.
// `options` is JSON, empty for none: the window `since` and `until`; the limits `grace_ms`, `heartbeat_ms`,
// `order_tolerance_ms`, `skew_ms`, `step_ms`, `threshold_ms`; the bounds `findings_max`, `remembered_max`,
// `waiting_max`; `pending` (uids of an earlier report); `head` and `vkey` as for `ztp_audit_verify`. `job` as for
// `ztp_audit_verify`.
//
// Pointers are as the head of ztp.h says; `job` is null or came from `ztp_job_new` and is not freed during the call.
ZTP_MUST_USE
ZtpStatus ztp_correlate(const uint8_t *dir,
                        size_t dir_len,
                        const uint8_t *admission,
                        size_t admission_len,
                        const uint8_t *options,
                        size_t options_len,
                        const ZtpJob *job,
                        ZtpBytes *out);

// Compares an admission stream with the records of a log, both as lines, and stores the report in `*out`
// (`ztp.correlation.report/1`). The log's seals are not looked at. `options` as for `ztp_correlate`, without `head`
// and `vkey`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_correlate_streams(const uint8_t *admission,
                                size_t admission_len,
                                const uint8_t *sealed,
                                size_t sealed_len,
                                const uint8_t *options,
                                size_t options_len,
                                ZtpBytes *out);

// Stores the events `correlation.finding` of a report's findings (`ztp.correlation.report/1`) in `*out`, one a line as `ztp_audit_append`
// takes them.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_correlate_events(const uint8_t *report,
                               size_t report_len,
                               ZtpBytes *out);

// Runs the detectors over the log in `dir` and stores what each found in `*out` (`ztp.anomaly.report/1`). `options`
// is JSON, empty for none: the window `since` and `until`, and `settings` (an object of the settings files' texts by
// name). `job` as for `ztp_audit_verify`.
//
// Pointers are as the head of ztp.h says; `job` is null or came from `ztp_job_new` and is not freed during the call.
ZTP_MUST_USE
ZtpStatus ztp_anomaly_report(const uint8_t *dir,
                             size_t dir_len,
                             const uint8_t *options,
                             size_t options_len,
                             const ZtpJob *job,
                             ZtpBytes *out);

// Runs the detectors over the log in `dir` and compares what they give with what is sealed (`ztp.anomaly.replay/1`).
// `options` as for `ztp_anomaly_report`, without a window. `job` as for `ztp_audit_verify`.
//
// Pointers are as the head of ztp.h says; `job` is null or came from `ztp_job_new` and is not freed during the call.
ZTP_MUST_USE
ZtpStatus ztp_anomaly_replay(const uint8_t *dir,
                             size_t dir_len,
                             const uint8_t *options,
                             size_t options_len,
                             const ZtpJob *job,
                             ZtpBytes *out);

// Says why a detector fired or did not, with the numbers (`ztp.anomaly.explanation/1`). `options` is JSON: `seq` or
// `time`, optionally `detector`, `key` and `settings`. `job` as for `ztp_audit_verify`.
//
// Pointers are as the head of ztp.h says; `job` is null or came from `ztp_job_new` and is not freed during the call.
ZTP_MUST_USE
ZtpStatus ztp_anomaly_explain(const uint8_t *dir,
                              size_t dir_len,
                              const uint8_t *options,
                              size_t options_len,
                              const ZtpJob *job,
                              ZtpBytes *out);

// Runs the detectors over the log in `dir` and stores the events that they give and that are not sealed yet in `*out`, one a line as
// `ztp_audit_append` takes them. `options` as for `ztp_anomaly_replay`. `job` as for `ztp_audit_verify`.
//
// Pointers are as the head of ztp.h says; `job` is null or came from `ztp_job_new` and is not freed during the call.
ZTP_MUST_USE
ZtpStatus ztp_anomaly_pending(const uint8_t *dir,
                              size_t dir_len,
                              const uint8_t *options,
                              size_t options_len,
                              const ZtpJob *job,
                              ZtpBytes *out);

// Runs the detectors over the records of a log, handed over as lines, and stores what they give in `*out`
// (`ztp.anomaly.fold/1`). `options` as for `ztp_anomaly_replay`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_anomaly_fold(const uint8_t *records,
                           size_t records_len,
                           const uint8_t *options,
                           size_t options_len,
                           ZtpBytes *out);

// Signs a licence payload with a private key (PKCS#8 PEM) and stores the envelope file's bytes in `*out`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_licence_sign(const uint8_t *payload,
                           size_t payload_len,
                           const uint8_t *key_pem,
                           size_t key_pem_len,
                           ZtpBytes *out);

// Verifies a licence envelope against trusted keys, a time (milliseconds since 1970-01-01T00:00:00Z) and a bench identity.
// Stores the verdict with every check's result in `*out`, also when it is negative.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_licence_verify(const uint8_t *envelope,
                             size_t envelope_len,
                             const uint8_t *trust,
                             size_t trust_len,
                             int64_t now_ms,
                             const uint8_t *bench_id,
                             size_t bench_id_len,
                             ZtpBytes *out);

// Stores what a licence envelope says in `*out`. Nothing is verified: the document says so.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE ZtpStatus ztp_licence_inspect(const uint8_t *envelope, size_t envelope_len, ZtpBytes *out);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* ZTP_H */
