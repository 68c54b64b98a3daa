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
 * Signing    What an issuer signs (licences, roots, certificates, revocation lists) is only in a library built with the feature
 *            `signer`, and declared here when ZTP_SIGNER is defined. A bench's library does not have these functions.
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

// Rules for what leaves the bench, and what the requests so far sent. Opaque.
//
// Any thread may call any function but `ztp_dlp_scanner_free` at any time; scans run side by side.
typedef struct ZtpDlpScanner ZtpDlpScanner;

// One request whose body comes in pieces. Opaque. It may outlive its scanner.
//
// Any thread may call any function but `ztp_dlp_stream_free` at any time; a call while another is running on the same stream
// returns `ZTP_STATUS_BUSY` at once and has done nothing.
typedef struct ZtpDlpStream ZtpDlpStream;

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

// the key is not the DER structure of its algorithm: export the key again as PKCS#8 or SubjectPublicKeyInfo.
#define ZTP_STATUS_KEY_DER_MALFORMED 150

// the key is of another algorithm than expected here: give a key of the suite that is asked for; docs/formats/signatures.md lists them.
#define ZTP_STATUS_KEY_ALGORITHM 151

// bytes follow the DER structure of the key: export the key again; nothing may follow it.
#define ZTP_STATUS_KEY_DER_TRAILING_BYTES 152

// the public half stored with a private key is not the one that belongs to it: do not use this key file; generate or export the key again.
#define ZTP_STATUS_KEY_PAIR_MISMATCH 153

// a public key has the wrong number of bytes: give the key of the suite, whole.
#define ZTP_STATUS_PUBLIC_KEY_LENGTH 154

// the y coordinate of a public key is not reduced modulo p: refuse the key; no key generator makes one like it.
#define ZTP_STATUS_PUBLIC_KEY_NOT_CANONICAL 155

// a public key is one of the 14 low-order encodings: refuse the key; signatures under it prove nothing.
#define ZTP_STATUS_PUBLIC_KEY_LOW_ORDER 156

// a public key is not a point of the curve: check that the key was copied whole.
#define ZTP_STATUS_PUBLIC_KEY_NOT_ON_CURVE 157

// an RSA modulus is even or does not have exactly 4096 bits: give an RSA key of 4096 bits.
#define ZTP_STATUS_PUBLIC_KEY_RSA_MODULUS 158

// an RSA exponent is another than 65537: give an RSA key with the exponent 65537.
#define ZTP_STATUS_PUBLIC_KEY_RSA_EXPONENT 159

// the signature suite is not one this build knows: use ed25519, mldsa65-ed25519 or rsa4096-pss-sha384.
#define ZTP_STATUS_SIGNATURE_SUITE_UNKNOWN 160

// a signature has the wrong number of bytes: give the signature of the key's suite, whole.
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

// the signature is one of Ed25519ph, which signs a digest: have the signing service sign the message itself (pure Ed25519).
#define ZTP_STATUS_SIGNATURE_PREHASHED 169

// a verifier key is not of the form name+key id+base64: copy the whole line, as docs/formats/signatures.md shows it.
#define ZTP_STATUS_VKEY_FORMAT 170

// a key name is empty, longer than 255 bytes or holds white space, a control character or a plus: use a name such as example.com/bench-7.
#define ZTP_STATUS_VKEY_NAME 171

// a verifier key is of another type than Ed25519 (0x01): give the log's Ed25519 verifier key, not a cosigner's or a key of another algorithm.
#define ZTP_STATUS_VKEY_KEY_TYPE 172

// the key id in a verifier key is not the one of its name and key: copy the verifier key again from its source; a character was changed.
#define ZTP_STATUS_VKEY_KEY_ID_MISMATCH 173

// a composite signature has the length of one of its halves: refuse the signature; a half was stripped.
#define ZTP_STATUS_SIGNATURE_HALF_MISSING 174

// the halves of a composite signature stand in the wrong order: write the ML-DSA half first.
#define ZTP_STATUS_SIGNATURE_HALVES_SWAPPED 175

// the ML-DSA half of a composite signature does not hold, the Ed25519 half does: refuse the signature; the halves do not come from one signing.
#define ZTP_STATUS_SIGNATURE_MLDSA_MISMATCH 176

// the Ed25519 half of a composite signature does not hold, the ML-DSA half does: refuse the signature; the halves do not come from one signing.
#define ZTP_STATUS_SIGNATURE_ED25519_MISMATCH 177

// an RSASSA-PSS signature has a salt of another length than 48 bytes: set the salt length of the signing token to that of SHA-384.
#define ZTP_STATUS_SIGNATURE_SALT_LENGTH 178

// an RSA signature is not below the modulus: refuse the signature; it was altered after signing.
#define ZTP_STATUS_SIGNATURE_REPRESENTATIVE_RANGE 179

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

// the log holds, but nothing outside the copy vouches for it: whoever made the copy could have made all of it: give the first key or a head that you kept outside the bench, or require nothing on purpose.
#define ZTP_STATUS_AUDIT_UNANCHORED 206

// the head to compare with is of a log of another name: give the head of this log; if it should be this log, what stands in its place is another: treat it as an incident.
#define ZTP_STATUS_HEAD_OTHER_LOG 207

// the key to compare with is of a log of another name: give the first key of this log; if it should be this log, what stands in its place is another: treat it as an incident.
#define ZTP_STATUS_KEY_OTHER_LOG 208

// the checkpoints of a segment are more bytes than any log's can be: verify the log: the verdict names the file; nothing after the limit was read.
#define ZTP_STATUS_NOTES_TOO_LONG 209

// an option of a verification was given without another that it needs: give the option that the message names too.
#define ZTP_STATUS_VERIFY_OPTION_MISSING 210

// the directory already holds a log: open that log, or choose an empty directory.
#define ZTP_STATUS_LOG_EXISTS 220

// the directory holds no log: check the path; if a log was there, treat it as an incident.
#define ZTP_STATUS_LOG_NOT_FOUND 221

// another process writes to the log: stop that process, send the records through it, or say how long to wait for it (--wait, wait_ms).
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

// another process wrote to the log although this one holds its lock: find out who removed the lock; nothing of the batch was acknowledged; run audit verify.
#define ZTP_STATUS_WRITER_OVERTAKEN 239

// the line feeds of a head, key, proof or record were made carriage return and line feed: take the file again as it was, in a transfer that leaves bytes alone.
#define ZTP_STATUS_LINE_ENDS_CONVERTED 240

// a byte order mark was put before a head, key, proof or record: remove its first three bytes, or take the file again as it was.
#define ZTP_STATUS_BYTE_ORDER_MARK 241

// the making of the log was cut off before its first record: run init again: it clears what was begun, and makes the log.
#define ZTP_STATUS_LOG_UNFINISHED 246

// a file of the log is larger than any such file is: look who wrote to it; nothing was changed.
#define ZTP_STATUS_LOG_FILE_TOO_LARGE 247

// one more checkpoint would make a notes file larger than a verifier reads: look who wrote to the file: the log's own checkpoints never reach that size.
#define ZTP_STATUS_NOTES_FULL 248

// the place for a copy of a log is a log of its own, lies inside the log, or holds something else: choose a new directory, or a copy that was made earlier.
#define ZTP_STATUS_COPY_DESTINATION 249

// another process copies to the same place: wait for it to end, then run the copy again.
#define ZTP_STATUS_COPY_BUSY 250

// what was copied earlier is not what the log holds now: treat it as an incident unless the copy was changed: keep the log and the copy, and verify both.
#define ZTP_STATUS_COPY_DIFFERS 251

// the copy to be brought up to date does not hold the checkpoint that was given: copy to a new directory without it, and verify the new copy with that checkpoint.
#define ZTP_STATUS_COPY_HEAD 252

// a signal ended the appending before the input did: what was acknowledged is in the log; give the input again from the line that the message names.
#define ZTP_STATUS_APPEND_STOPPED 253

// another process uses the vault: wait for it to end, or say with --wait how long to wait; nothing was spent or taken in.
#define ZTP_STATUS_VAULT_LOCKED 254

// a part of the log was replaced while it was written to: find out who put another file or directory there; what was acknowledged before is in the one that was moved away.
#define ZTP_STATUS_LOG_REPLACED 255

// a class that a reader of the log gives weight to was not named among those to be written: let the part of ztp that answers for it write it, or name the class to write it all the same.
#define ZTP_STATUS_EVENT_CLASS_WEIGHED 256

// the system's randomness gave a key that this log had before: look whether this machine is a copy of another or was set back; give it randomness of its own, then seal again.
#define ZTP_STATUS_KEY_REPEATED 257

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

// the key that signed a proof's checkpoint cannot have signed one of this size: refuse the proof; `ztp audit head --seq` on the log prints the key of the epoch that covers the record.
#define ZTP_STATUS_PROOF_KEY_EPOCH 299

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

// there are more or fewer certificates than signatures: carry the envelope again from its source; each signature needs its own certificate.
#define ZTP_STATUS_LICENCE_CHAIN_LENGTH 313

// a certificate is for another key than the one that signed: put the certificate of the signing key beside its signature.
#define ZTP_STATUS_LICENCE_CERTIFICATE_OTHER_KEY 314

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

// the envelope does not bring the root that its payload asks for: carry the envelope again from its source; roots were taken out.
#define ZTP_STATUS_LICENCE_ROOT_MISSING 335

// the envelope does not bring the revocation list that its payload asks for: carry the envelope again from its source; the list was taken out.
#define ZTP_STATUS_LICENCE_REVOCATION_MISSING 336

// a root, certificate or revocation list exceeds the size limit: check that it is the right file.
#define ZTP_STATUS_CUSTODY_TOO_LARGE 400

// the document is of another format or version: check that it is the right file, and that this build is as new as the issuer's.
#define ZTP_STATUS_CUSTODY_SCHEMA_NAME 401

// a name is not of the form [A-Za-z0-9][A-Za-z0-9._-]{0,63}: correct the name and sign again.
#define ZTP_STATUS_CUSTODY_IDENTIFIER 402

// an integer is outside the range of its member: correct the number.
#define ZTP_STATUS_CUSTODY_RANGE 403

// a list holds too few or too many items: correct the list.
#define ZTP_STATUS_CUSTODY_LIST_LENGTH 404

// the items of a list do not ascend: sort the list.
#define ZTP_STATUS_CUSTODY_LIST_ORDER 405

// an item of a list is there twice: remove one of the two.
#define ZTP_STATUS_CUSTODY_LIST_REPEATED 406

// a validity ends before it begins: correct not_before, not_after or issued_at.
#define ZTP_STATUS_CUSTODY_WINDOW_REVERSED 407

// a certificate names a usage that this build does not know: use a build as new as the issuer's, or correct the usage.
#define ZTP_STATUS_CUSTODY_USAGE_UNKNOWN 408

// the suite named beside a key is not the key's: refuse the document; compare the key with its source.
#define ZTP_STATUS_CUSTODY_KEY_SUITE 409

// the key id named beside a key is not the key's: refuse the document; compare the key with its source.
#define ZTP_STATUS_CUSTODY_KEY_ID 410

// a root asks for more signatures than it has keys: lower the threshold or add keys.
#define ZTP_STATUS_CUSTODY_ROOT_THRESHOLD 411

// two keys of a root are one key or share a half: give every holder a key of their own.
#define ZTP_STATUS_CUSTODY_ROOT_SHARED_KEY 412

// a key signed twice: remove the second signature; each key counts once.
#define ZTP_STATUS_CUSTODY_KEY_COUNTED_TWICE 413

// a signature is by a key that is no key of the root: refuse the document; after a rotation, have it signed by the keys of the newest root.
#define ZTP_STATUS_CUSTODY_SIGNER_UNKNOWN 414

// fewer root keys signed than the root asks for: have the missing holders sign.
#define ZTP_STATUS_CUSTODY_TOO_FEW_SIGNATURES 415

// too few keys of the root before signed its successor: refuse the root; it was not agreed by the holders of the root you trust.
#define ZTP_STATUS_CUSTODY_ROOT_OLD_THRESHOLD 416

// too few of the root's own keys signed it: have the missing holders sign.
#define ZTP_STATUS_CUSTODY_ROOT_NEW_THRESHOLD 417

// a root does not follow the one before by exactly one: bring every root in between.
#define ZTP_STATUS_CUSTODY_ROOT_VERSION 418

// the validity of the newest root is over: ask the issuer for the next root; check the clock of the bench.
#define ZTP_STATUS_CUSTODY_ROOT_EXPIRED 419

// the newest root is older than one seen already: ask the issuer for a current envelope; an old one may be replayed.
#define ZTP_STATUS_CUSTODY_ROOT_ROLLBACK 420

// two roots have the same version: ask the issuer; one of the two is not theirs.
#define ZTP_STATUS_CUSTODY_ROOT_CONFLICT 421

// the validity of a certificate has not begun: check the clock, or wait.
#define ZTP_STATUS_CUSTODY_CERTIFICATE_NOT_YET_VALID 422

// the validity of a certificate is over: ask the issuer for an envelope signed by a current key.
#define ZTP_STATUS_CUSTODY_CERTIFICATE_EXPIRED 423

// the certificate or its key is revoked: ask the issuer for an envelope signed by a current key.
#define ZTP_STATUS_CUSTODY_CERTIFICATE_REVOKED 424

// the certificate does not allow to mint notes: ask the issuer; the key may be misused.
#define ZTP_STATUS_CUSTODY_CERTIFICATE_USAGE 425

// the certificate does not cover the product: check that the envelope is for this product.
#define ZTP_STATUS_CUSTODY_CERTIFICATE_PRODUCT 426

// the certificate does not cover a class of notes: ask the issuer; the key may be misused.
#define ZTP_STATUS_CUSTODY_CERTIFICATE_CLASS 427

// more notes of a class are minted than the certificate covers: ask the issuer; the key may be misused.
#define ZTP_STATUS_CUSTODY_CERTIFICATE_CLASS_LIMIT 428

// more notes in all are minted than the certificate covers: ask the issuer; the key may be misused.
#define ZTP_STATUS_CUSTODY_CERTIFICATE_TOTAL_LIMIT 429

// something was issued while the certificate was not valid: ask the issuer; the time of issue or the key is wrong.
#define ZTP_STATUS_CUSTODY_CERTIFICATE_ISSUED_OUTSIDE 430

// a certificate is for a key of the root itself: certify a key that is not the root's.
#define ZTP_STATUS_CUSTODY_CERTIFICATE_OF_ROOT_KEY 431

// the revocation list is older than one seen already: ask the issuer for a current envelope; an old one may be replayed.
#define ZTP_STATUS_CUSTODY_REVOCATION_ROLLBACK 432

// two revocation lists have the same version: ask the issuer; one of the two is not theirs.
#define ZTP_STATUS_CUSTODY_REVOCATION_CONFLICT 433

// a later revocation list lacks what an earlier one revoked: ask the issuer; what was revoked never comes back.
#define ZTP_STATUS_CUSTODY_REVOCATION_SHRUNK 434

// a step of a ceremony's transcript is not what must stand there: do not rely on the transcript; a step was changed, removed or added.
#define ZTP_STATUS_CUSTODY_TRANSCRIPT_STEP 435

// a key signed the document, but not the account of how it was made: ask its holder why.
#define ZTP_STATUS_CUSTODY_TRANSCRIPT_UNSIGNED 436

// the document is not the one whose making is recorded: give the document that the ceremony made.
#define ZTP_STATUS_CUSTODY_TRANSCRIPT_DOCUMENT 437

// a key of the root was not shown at the ceremony: ask how it came into the root.
#define ZTP_STATUS_CUSTODY_TRANSCRIPT_KEY_MISSING 438

// a key of a ceremony is not one that never left its token: do not rely on the key; for development, allow it and say so.
#define ZTP_STATUS_CUSTODY_TRANSCRIPT_KEY_OUTSIDE 439

// the text is not a pkcs11: URI: write the key as RFC 7512 says, such as pkcs11:token=T;object=K?module-path=/usr/lib/….
#define ZTP_STATUS_TOKEN_URI_SCHEME 450

// a pkcs11: URI has a character that must be percent-encoded: write it as % and two hexadecimal digits.
#define ZTP_STATUS_TOKEN_URI_CHARACTER 451

// an attribute of a pkcs11: URI has no value: write name=value.
#define ZTP_STATUS_TOKEN_URI_VALUE 452

// a pkcs11: URI has an attribute that is not understood: remove it; it could be the one that tells two keys apart.
#define ZTP_STATUS_TOKEN_URI_UNKNOWN 453

// an attribute of a pkcs11: URI is there twice: remove one of the two.
#define ZTP_STATUS_TOKEN_URI_REPEATED 454

// an attribute of a pkcs11: URI has a value that is not of its kind: correct the value; the message names what it must be.
#define ZTP_STATUS_TOKEN_URI_CONTENT 455

// a pkcs11: URI lacks what is needed to find a key: add the attribute that the message names.
#define ZTP_STATUS_TOKEN_URI_MISSING 456

// the PKCS#11 module cannot be loaded: check module-path and that the library is for this machine.
#define ZTP_STATUS_TOKEN_MODULE 457

// no token fits the URI: check that the token is there and what it is called.
#define ZTP_STATUS_TOKEN_MISSING 458

// several tokens fit the URI: name one by its serial number.
#define ZTP_STATUS_TOKEN_AMBIGUOUS 459

// the PIN cannot be read: check pin-source: one line in a file of its own.
#define ZTP_STATUS_TOKEN_PIN_SOURCE 460

// others than its owner can read the PIN's file: make it readable by its owner only (chmod 600).
#define ZTP_STATUS_TOKEN_PIN_EXPOSED 461

// the token refused the PIN: correct the PIN before trying again; tokens lock after a few wrong ones.
#define ZTP_STATUS_TOKEN_PIN_WRONG 462

// the PIN of the token is locked: have the security officer set a new PIN.
#define ZTP_STATUS_TOKEN_PIN_LOCKED 463

// one more wrong PIN would lock the token: log in by the token's own tool first, which resets the count.
#define ZTP_STATUS_TOKEN_PIN_FINAL_TRY 464

// no private key fits the URI: check object and id; the message names the keys that are there.
#define ZTP_STATUS_TOKEN_KEY_MISSING 465

// several keys fit the URI: name one by its id.
#define ZTP_STATUS_TOKEN_KEY_AMBIGUOUS 466

// the token has a key of this name or id already: choose another name; keys are never replaced.
#define ZTP_STATUS_TOKEN_KEY_EXISTS 467

// the key is of no suite: make an Ed25519 or RSA-4096 key in the token.
#define ZTP_STATUS_TOKEN_KEY_TYPE 468

// the key may not sign: make a key with CKA_SIGN.
#define ZTP_STATUS_TOKEN_KEY_NOT_FOR_SIGNING 469

// the key is extractable or was once: make a key in the token that never was.
#define ZTP_STATUS_TOKEN_KEY_EXTRACTABLE 470

// the key is not sensitive or was not always: make a key in the token that always was.
#define ZTP_STATUS_TOKEN_KEY_NOT_SENSITIVE 471

// the key was not made in the token: make a key in the token; for development only, allow it with x-ztp-allow=imported.
#define ZTP_STATUS_TOKEN_KEY_NOT_LOCAL 472

// the token does not tell an attribute of the key: use a token that does; what cannot be checked is not assumed.
#define ZTP_STATUS_TOKEN_ATTRIBUTE_MISSING 473

// the token's public key is in no form that is known: report the token's model; its CKA_EC_POINT is neither raw nor OCTET STRING nor BIT STRING.
#define ZTP_STATUS_TOKEN_EC_POINT 474

// the token's signature over a known message does not hold: do not use the token; it ignores parameters or signs something else.
#define ZTP_STATUS_TOKEN_SELF_TEST 475

// after a lost session the URI leads to another key: find out who changed the token; nothing was signed.
#define ZTP_STATUS_TOKEN_KEY_CHANGED 476

// the session with the token was lost, and a new one did not help: check the connection to the token and start again.
#define ZTP_STATUS_TOKEN_SESSION_LOST 477

// a call of the token failed: look up what the token said in its manual.
#define ZTP_STATUS_TOKEN_CALL_FAILED 478

// an envelope has the id of one taken in before, with other bytes: ask the issuer which of the two is theirs; an id is used once.
#define ZTP_STATUS_INGEST_ENVELOPE_ID_REUSED 480

// an envelope does not follow the last one taken in for its licence: take in the envelopes in the issuer's order, or ask the issuer for one that follows the last.
#define ZTP_STATUS_INGEST_PREVIOUS_MISMATCH 481

// a link, pipe, device or directory lies where an envelope should: find out who put it there; copy the envelope itself.
#define ZTP_STATUS_INGEST_NOT_A_FILE 482

// a file is larger than any envelope: check that it is the right file.
#define ZTP_STATUS_INGEST_FILE_TOO_LARGE 483

// the ingest directory or its incoming directory is not there: make it, or give the directory that holds incoming/.
#define ZTP_STATUS_INGEST_DIRECTORY_MISSING 484

// a directory of the ingest is a link, or anybody may write to it: make it a directory that only its owner and group may write to.
#define ZTP_STATUS_INGEST_DIRECTORY_UNSAFE 485

// another process takes envelopes in from the directory: wait for it.
#define ZTP_STATUS_INGEST_LOCKED 486

// a record of the log does not hold, so what the bench has seen is not known: run ztp audit verify and treat it as an incident; nothing is taken in until the log holds.
#define ZTP_STATUS_INGEST_LOG_BROKEN 487

// a document of what a bench has seen contradicts itself: write it anew from the bench's log.
#define ZTP_STATUS_INGEST_SEEN_MALFORMED 488

// a record of the log claims what its signed documents do not prove: find out who wrote it; it changes nothing.
#define ZTP_STATUS_INGEST_RECORD_UNPROVEN 489

// the log names another vault for the notes of the envelope: give the vault that the log names; if it is lost, ask the issuer for a new envelope.
#define ZTP_STATUS_INGEST_OTHER_VAULT 490

// the clock is behind the latest time that the log attests: correct the clock of the bench; if the log was ahead, ask the issuer for an envelope with a clock statement.
#define ZTP_STATUS_CLOCK_BEHIND_LOG 491

// a file cannot be moved out of the incoming directory: see the message beside the file; correct the mount or its permissions and run again.
#define ZTP_STATUS_INGEST_STUCK 492

// the log that was read for what a bench has seen does not verify: see the log's own verdict: what a broken or shortened log does not show may have been taken in all the same.
#define ZTP_STATUS_INGEST_LOG_NOT_INTACT 493

// what a spend consumes and gives back is not what its inputs hold: make amount plus change equal to the sum of the inputs.
#define ZTP_STATUS_VAULT_CONSERVATION 500

// the amounts of one class would exceed 2^53 - 1: spend before minting more, or mint in a larger unit.
#define ZTP_STATUS_VAULT_TOTAL_EXCEEDED 501

// a note to be created exists already or existed once: ask the issuer; an envelope may have been minted twice under different names.
#define ZTP_STATUS_VAULT_NOTE_EXISTS 502

// an input was spent already: look the earlier spend up with vault history; choose other notes.
#define ZTP_STATUS_VAULT_INPUT_SPENT 503

// an input was never created in this vault: check the note id, and that the envelope which mints it was taken in.
#define ZTP_STATUS_VAULT_INPUT_UNKNOWN 504

// a spend names no input: name the notes to spend.
#define ZTP_STATUS_VAULT_INPUTS_EMPTY 505

// the inputs of a spend do not ascend: sort the inputs.
#define ZTP_STATUS_VAULT_INPUTS_ORDER 506

// an input of a spend is named twice: name each note once.
#define ZTP_STATUS_VAULT_INPUTS_REPEATED 507

// an amount is zero or larger than 2^53 - 1: give a positive amount.
#define ZTP_STATUS_VAULT_AMOUNT_ZERO 508

// an input is of another class than the spend: spend the notes of each class by themselves.
#define ZTP_STATUS_VAULT_CLASS_MIXED 509

// the validity of an input has not begun: check the clock, or wait.
#define ZTP_STATUS_VAULT_NOTE_NOT_YET_VALID 510

// the validity of an input is over: choose other notes; ask the issuer for new ones before they expire.
#define ZTP_STATUS_VAULT_NOTE_EXPIRED 511

// the spendable notes of the class do not reach the amount: ask the issuer for notes with vault request.
#define ZTP_STATUS_VAULT_INSUFFICIENT 512

// the request id was used for another request: use a new request id for a new request.
#define ZTP_STATUS_VAULT_REQUEST_REUSED 513

// the clock is behind a time that the vault has seen: correct the clock of the bench; the vault never goes back.
#define ZTP_STATUS_VAULT_CLOCK_BEHIND 514

// the envelope that mints was not accepted by the verifier: run licence verify to see which check fails.
#define ZTP_STATUS_VAULT_ENVELOPE_NOT_ACCEPTED 515

// another envelope of the same id was minted already: ask the issuer; an envelope id is used once.
#define ZTP_STATUS_VAULT_ENVELOPE_REUSED 516

// an envelope that mints is not bound to one bench: ask the issuer for an envelope that names this bench; another bench could mint the same notes.
#define ZTP_STATUS_VAULT_ENVELOPE_UNBOUND 517

// the envelope mints for another bench: use the envelope made for this bench.
#define ZTP_STATUS_VAULT_OTHER_BENCH 518

// the envelope answers a request that this vault did not make: treat it as an incident: the vault was rolled back or replaced since the request, or the file is another bench's.
#define ZTP_STATUS_VAULT_HEAD_MISMATCH 519

// the envelope mints no notes: check that it is the right file.
#define ZTP_STATUS_VAULT_MINT_EMPTY 520

// a list of a transaction is too long: split the spend.
#define ZTP_STATUS_VAULT_LIST_LENGTH 521

// the signing key is not the device key of this vault: use the device key the vault was made with.
#define ZTP_STATUS_VAULT_OTHER_DEVICE 522

// the machine was restored from a snapshot or cloned since the last transaction: find out why, then record it with vault reanchor; reconcile with the issuer.
#define ZTP_STATUS_VAULT_GENERATION_CHANGED 523

// a purpose, reason or id is empty, too long or holds characters that are not allowed: correct the text.
#define ZTP_STATUS_VAULT_TEXT 524

// there is no vault in the directory: make one with vault init, or check the path; if a vault was there, treat it as an incident.
#define ZTP_STATUS_VAULT_NOT_FOUND 530

// the log holds a vault already: open it, or choose an empty directory.
#define ZTP_STATUS_VAULT_EXISTS 531

// a part of the store is a link or can be written by everyone: make the directory and its files writable for their owner alone; find out who changed them.
#define ZTP_STATUS_VAULT_STORE_UNSAFE 532

// a record of the vault's log does not hold: run audit verify and treat it as an incident.
#define ZTP_STATUS_VAULT_LOG_BROKEN 533

// a record or document of the vault does not have the form it must have: check that it is the right file; for a log, treat it as an incident.
#define ZTP_STATUS_VAULT_RECORD_MALFORMED 534

// a record states another outcome than the replay of the log gives: treat it as an incident: somebody wrote records that the vault did not make.
#define ZTP_STATUS_VAULT_REPLAY_DIFFERS 535

// the vault moved on since the caller looked: read the status again and decide anew.
#define ZTP_STATUS_VAULT_STALE 536

// nothing outside the copied state shows that this is the newest state: give an anchor: a TPM, a witness' cosignature, or the issuer's reconciliation.
#define ZTP_STATUS_VAULT_UNANCHORED 540

// an outside anchor has seen transactions that this vault does not have: treat it as an incident: an older copy was put back; keep both as evidence.
#define ZTP_STATUS_VAULT_ROLLED_BACK 541

// an outside anchor has seen another history than this vault's: treat it as an incident: two histories exist; ask the issuer to reconcile.
#define ZTP_STATUS_VAULT_FORKED 542

// the anchor lacks more than the one transaction that a crash can leave: treat it as an incident: the vault was used without its anchor, or the anchor was made anew.
#define ZTP_STATUS_VAULT_ANCHOR_BEHIND 543

// the vault is bound to an anchor that was not given: give the anchor, or record its loss with vault reanchor.
#define ZTP_STATUS_VAULT_ANCHOR_MISSING 544

// the anchor given is not the one the vault is bound to: give the right anchor, or record the change with vault reanchor.
#define ZTP_STATUS_VAULT_ANCHOR_OTHER 545

// the anchor could not be read or advanced: check the device; nothing was acknowledged.
#define ZTP_STATUS_VAULT_ANCHOR_FAILED 546

// the witness' evidence cannot be used: check the file and the witness' verifier key.
#define ZTP_STATUS_VAULT_WITNESS_UNUSABLE 547

// receipts are missing between what the issuer holds and what the bench sent: ask the bench for the missing receipts; without them nothing is known of that time.
#define ZTP_STATUS_VAULT_UNLINKED 548

// a receipt's head does not follow from what it states: refuse it: it was not made by a vault.
#define ZTP_STATUS_VAULT_RECEIPT_INCONSISTENT 560

// the receipts are of different vaults: compare receipts of one vault.
#define ZTP_STATUS_VAULT_RECEIPT_OTHER_VAULT 561

// the two receipts do not contradict each other: nothing is proved; compare other receipts.
#define ZTP_STATUS_VAULT_NO_FORK 562

// what is asked of a vault is not of the form that it must have: correct the argument that the message names.
#define ZTP_STATUS_VAULT_REQUEST_MALFORMED 563

// what was brought to hold a vault against cannot be used: give the file as it was kept: a receipt, a history (`ztp vault history DIR --json`) or a request of this device.
#define ZTP_STATUS_VAULT_EVIDENCE_UNUSABLE 564

// the issuer holds no receipt of the device, so that nothing was compared: give the receipts or the history that you hold; for a first request there is none: verify its signature and keep it.
#define ZTP_STATUS_VAULT_NOTHING_HELD 565

// a request was stopped: it carries a secret whose rule asks for it, or was not scanned to its end: look at the findings; a gap is named by its reason.
#define ZTP_STATUS_DLP_BLOCKED 600

// a request or file carries something that a rule finds: look at the findings: rule, surface, offsets and decode path say where.
#define ZTP_STATUS_DLP_FINDING 601

// nothing was found, but a part was not looked at: look at the reason: decode the part by other means, or raise the budget.
#define ZTP_STATUS_DLP_SCAN_INCOMPLETE 602

// the registry and the rules ask for more than one pass can look for: register fewer values.
#define ZTP_STATUS_DLP_TOO_MANY_ANCHORS 603

// a budget is zero or larger than memory is bounded by: set it within the range of the message.
#define ZTP_STATUS_DLP_BUDGET 604

// the document is not a coverage ledger: find out who changed it; begin with an empty one only after that.
#define ZTP_STATUS_DLP_LEDGER 605

// a certification authority is not one whole certificate in DER: give the authority's own certificate, decoded from PEM.
#define ZTP_STATUS_DLP_REGISTRY_AUTHORITY 634

// an issuer key is not an Ed25519 key: give 32 raw bytes, or a SubjectPublicKeyInfo.
#define ZTP_STATUS_DLP_REGISTRY_ISSUER_KEY 635

// a value to look for is too short or too long: give 8 to 65536 bytes; shorter ones are found everywhere.
#define ZTP_STATUS_DLP_REGISTRY_LENGTH 636

// a value to look for repeats so few bytes that it is found everywhere: give a value that differs from padding.
#define ZTP_STATUS_DLP_REGISTRY_UNIFORM 637

// the registry has no room for another entry of this kind: remove entries that are no longer in use.
#define ZTP_STATUS_DLP_REGISTRY_TOO_MANY 638

// a stored fingerprint does not have the form of one: make it again from the secret, under the same key.
#define ZTP_STATUS_DLP_REGISTRY_FINGERPRINT 639

// the document of rules is not a list: begin each rule with a dash at the left margin.
#define ZTP_STATUS_DLP_RULES_NOT_LIST 640

// there are more than 500 rules: join rules with alternatives, or remove some.
#define ZTP_STATUS_DLP_RULES_TOO_MANY 641

// the name of a rule is not of its form, or belongs to a built-in rule: use 1 to 64 of a-z, 0-9 and -, and a name of your own.
#define ZTP_STATUS_DLP_RULE_NAME 642

// two rules have the same name: give each rule a name of its own, so that findings tell them apart.
#define ZTP_STATUS_DLP_RULE_NAME_TWICE 643

// a rule does not say in exactly one way what it matches: give one of pattern, literal and exact.
#define ZTP_STATUS_DLP_RULE_MATCHER 644

// the action of a rule is not one: use record, record-and-alert or block.
#define ZTP_STATUS_DLP_RULE_ACTION 645

// a surface of a rule is not one: use method, host, path, query, header, cookie, body, part, trailer or bytes.
#define ZTP_STATUS_DLP_RULE_SURFACE 646

// a text of a rule is empty or too long, or a list has too many items: keep patterns within 512 bytes, examples within 4096, and 32 examples of each kind.
#define ZTP_STATUS_DLP_RULE_LENGTH 647

// a pattern is not a regular expression of the supported syntax: look at the message; look-around and back-references are not supported.
#define ZTP_STATUS_DLP_RULE_PATTERN 648

// a pattern nests too deeply or compiles to too much: lower the counts in braces, or split the rule.
#define ZTP_STATUS_DLP_RULE_PATTERN_TOO_LARGE 649

// a pattern matches the empty text, and so everywhere: replace * by +, and remove parts that may all be absent.
#define ZTP_STATUS_DLP_RULE_MATCHES_EMPTY 650

// a pattern has no text of three bytes that is part of every match: add one, or say expensive: true and pay for a search in every byte.
#define ZTP_STATUS_DLP_RULE_NO_LITERAL 651

// a rule does not match one of its examples: correct the rule or the example.
#define ZTP_STATUS_DLP_RULE_EXAMPLE_MISSED 652

// a rule matches one of its negative examples: make the rule narrower, or correct the example.
#define ZTP_STATUS_DLP_RULE_NEGATIVE_EXAMPLE_MATCHED 653

// a rule has no examples, so nothing shows that it matches what it is for: add examples with at least one text that it must find.
#define ZTP_STATUS_DLP_RULE_UNPROVEN 654

// a rule asks to block and has no examples: add examples, or let it record until it is proven.
#define ZTP_STATUS_DLP_RULE_BLOCK_UNPROVEN 655

// an entry of the allow-list is not of its form: correct the member that the message names, and have the list signed again.
#define ZTP_STATUS_DLP_ALLOW_ENTRY 656

// the allow-list is older than one that was in force: get the newest list from whoever signs it.
#define ZTP_STATUS_DLP_ALLOW_ROLLED_BACK 657

// the sealed log did not take the record of a request: look at the cause; in enforce mode nothing was sent, in observe mode the request went out unrecorded.
#define ZTP_STATUS_DLP_NOT_RECORDED 660

// a body is larger than what is held for a verdict in enforce mode: nothing was sent: send less, or raise the limit.
#define ZTP_STATUS_DLP_BODY_TOO_LARGE 661

// the configuration is of another format or version: check that it is the right file, and that this build is as new as its author's.
#define ZTP_STATUS_DLP_CONFIG_SCHEMA_NAME 662

// a value in the configuration is not of the form of its member: correct the member that the message names.
#define ZTP_STATUS_DLP_CONFIG_VALUE 663

// the stream has given its report already: begin a stream for each request.
#define ZTP_STATUS_DLP_STREAM_ENDED 664

// a request would go over the wire as something else than what was judged, or is none that HTTP allows: nothing was sent: name the host that is dialled, state the body's length or none, and spell headers as HTTP does.
#define ZTP_STATUS_DLP_REQUEST_FORM 665

// a server switched protocols in enforce mode, where nothing leaves that nobody looked at: the connection was closed: use requests, or allow the upgrade and let the log say that nobody looks at it.
#define ZTP_STATUS_DLP_UPGRADE_REFUSED 666

// a server switched protocols: what is written to that connection is not looked at: read it as a channel that nobody watches.
#define ZTP_STATUS_DLP_UPGRADE_UNJUDGED 667

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

// records came too late, or could not be read, to be judged at the time they happened: see how many and of when; try them on their own with ztp anomaly try, and find out why they came late.
#define ZTP_STATUS_ANOMALY_INCOMPLETE 732

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

// nothing of a stream could be read as what it should be: nothing was compared: see the reason; give the stream as lines of JSON in UTF-8, not compressed, with timestamps as the log has them.
#define ZTP_STATUS_CORRELATION_STREAM_UNREADABLE 764

// the first line of an admission stream names a schema and does not describe the stream: check that it is an admission stream of a version this build reads.
#define ZTP_STATUS_CORRELATION_STREAM_HEADER 765

// the sealed log that was compared does not verify: see the log's own verdict; a comparison with a log that does not hold proves nothing.
#define ZTP_STATUS_CORRELATION_LOG_NOT_INTACT 766

// a decision is dated later than the clock of whoever compares: look at the clocks of both hosts; what is dated ahead is pending for as long as it likes, and is no decision of today.
#define ZTP_STATUS_CORRELATION_DATED_AHEAD 767

// no decision of one stream met its partner in the other: nothing was compared: check that both are of the same bench and time; an empty stream agrees with everything.
#define ZTP_STATUS_CORRELATION_NOTHING_COMPARED 768

// a settings file exceeds the size limit: split it, or remove what is not needed.
#define ZTP_STATUS_CONFIG_TOO_LARGE 780

// a settings file is not UTF-8: save it as UTF-8.
#define ZTP_STATUS_CONFIG_NOT_UTF8 781

// a settings file holds a byte order mark, a control character or one that reorders text: save the file as UTF-8 without a mark; remove the character, or write it as an escape in double quotes.
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

// a number is not a decimal integer of at most 2^53 - 1, or has two readings: write a number as plain decimal digits, such as 50; where a text is wanted, put it in quotes.
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

// the library was built without what the call needs: use a build with the feature that the message names.
#define ZTP_STATUS_FEATURE_MISSING 911

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
// line. Events without a timestamp get `now_ms`. `options` is JSON, or empty: `allow_classes`, the classes below `anomaly.`, `licence.`
// and `vault.` that the caller means to write, and `strict`, which refuses a payload that is none of its class. Stores the last sequence number and hash in `*out`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_audit_append(const uint8_t *dir,
                           size_t dir_len,
                           const uint8_t *events,
                           size_t events_len,
                           const uint8_t *options,
                           size_t options_len,
                           int64_t now_ms,
                           ZtpBytes *out);

// Seals the log in `dir` now and stores the new head in `*out` (`ztp.audit.head/1`). `options` is JSON or empty: `wait_ms`, how long to
// wait for another process that writes to the log.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_audit_seal(const uint8_t *dir,
                         size_t dir_len,
                         const uint8_t *options,
                         size_t options_len,
                         int64_t now_ms,
                         ZtpBytes *out);

// Stores the last checkpoint of the log in `dir` in `*out` (`ztp.audit.head/1`). Nothing is verified.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE ZtpStatus ztp_audit_head(const uint8_t *dir, size_t dir_len, ZtpBytes *out);

// Verifies the log in `dir` and stores the verdict in `*out` (`ztp.audit.verdict/1`), also when it is negative. `options` is
// JSON, empty for none: `breaks_max` (breaks listed at most), `content_from_head` (leave the content of records below the head to
// it), `head` (a signed checkpoint the auditor kept), `now` (a time that ages are held against), `require` (what the verdict must
// rest on: `auditor_head`, `evolved_key`, `pinned_key`, or `sealed_within` with `sealed_within_ms`), `since` (a time from which on
// is reported; everything is checked), `vkey` (the first epoch's key as the auditor knows it). A log that holds without something
// required returns `ZTP_STATUS_ANCHOR_BELOW_REQUIRED`; without `require`, one that nothing outside the copy vouches for returns
// `ZTP_STATUS_AUDIT_UNANCHORED`; an empty `require` asks for nothing. `job` may be NULL; otherwise other threads may follow and cancel the run through it.
//
// Pointers are as the head of ztp.h says; `job` is null or came from `ztp_job_new` and is not freed during the call.
ZTP_MUST_USE
ZtpStatus ztp_audit_verify(const uint8_t *dir,
                           size_t dir_len,
                           const uint8_t *options,
                           size_t options_len,
                           const ZtpJob *job,
                           ZtpBytes *out);

// Copies the log in `from` to the directory `to`, consistently although it is written to meanwhile, verifies the copy, and stores what was
// copied, and the verdict, in `*out` (`ztp.audit.copied/1`). A copy that is there is held against the log and gone on with. `options` is
// JSON, empty for none: those of `ztp_audit_verify`, for the copy, and `from_head` (a signed checkpoint kept from the copy made earlier in
// `to`: the log's records below it are then not read again). The status is that of the verdict. `job` as for `ztp_audit_verify`.
//
// Pointers are as the head of ztp.h says; `job` is null or came from `ztp_job_new` and is not freed during the call.
ZTP_MUST_USE
ZtpStatus ztp_audit_copy(const uint8_t *from,
                         size_t from_len,
                         const uint8_t *to,
                         size_t to_len,
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

// Checks an inclusion proof of `record` against the key `vkey` (C2SP), without the log; or, with JSON `{"head","consistency"?}` in the
// key's place, against a checkpoint that the caller kept and what joins it to the proof's own.
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
// this is where the torn tail is set aside and recorded, with the time `now_ms`. `options` is JSON or empty: `wait_ms`, how long to wait
// for another process that writes to the log.
//
// Pointers are as the head of ztp.h says; `log` is writable.
ZTP_MUST_USE
ZtpStatus ztp_audit_log_open(const uint8_t *dir,
                             size_t dir_len,
                             const uint8_t *options,
                             size_t options_len,
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
                               const uint8_t *options,
                               size_t options_len,
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

#if defined(ZTP_SIGNER)
// Stores the public half of a key (PEM, or a `pkcs11:` URI where the build has PKCS#11) in `*out`: `ztp.keys.public/1`
// with key id, suite and both spellings.
//
// Only in a library built with the feature `signer`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_keys_public(const uint8_t *key,
                          size_t key_len,
                          ZtpBytes *out);
#endif

// Verifies a root, certificate or revocation list against a root (empty: `document` is a first root, taken by its own
// word) and the newest revocation list seen (may be empty). Stores what was verified (`ztp.custody.verdict/1`) in `*out`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_custody_verify(const uint8_t *document,
                             size_t document_len,
                             const uint8_t *root,
                             size_t root_len,
                             const uint8_t *seen,
                             size_t seen_len,
                             int64_t now_ms,
                             ZtpBytes *out);

#if defined(ZTP_SIGNER)
// Signs a root, certificate or revocation list (its payload, any spelling) with a key (PKCS#8 PEM, or a `pkcs11:` URI) and
// stores the signed document in `*out`.
//
// Only in a library built with the feature `signer`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_custody_sign(const uint8_t *payload,
                           size_t payload_len,
                           const uint8_t *key,
                           size_t key_len,
                           ZtpBytes *out);
#endif

#if defined(ZTP_SIGNER)
// Adds the signature of another key to a signed root, certificate or revocation list and stores the document in `*out`.
//
// Only in a library built with the feature `signer`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_custody_cosign(const uint8_t *document,
                             size_t document_len,
                             const uint8_t *key,
                             size_t key_len,
                             ZtpBytes *out);
#endif

// Checks the transcript of a ceremony against the document that it says was made. `options` is JSON or empty:
// `outside_allowed`, a boolean. Stores who took part and whether each key is in custody (`ztp.custody.ceremony/1`) in
// `*out`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_custody_transcript(const uint8_t *transcript,
                                 size_t transcript_len,
                                 const uint8_t *document,
                                 size_t document_len,
                                 const uint8_t *options,
                                 size_t options_len,
                                 ZtpBytes *out);

#if defined(ZTP_SIGNER)
// Signs a licence payload (`ztp.licence/1`) with a key (PKCS#8 PEM, or a `pkcs11:` URI where the build has PKCS#11) and stores
// the envelope file's bytes in `*out`.
//
// Only in a library built with the feature `signer`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_licence_sign(const uint8_t *payload,
                           size_t payload_len,
                           const uint8_t *key,
                           size_t key_len,
                           ZtpBytes *out);
#endif

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

#if defined(ZTP_SIGNER)
// Signs a licence payload (`ztp.licence/2`) with a key (PKCS#8 PEM, or a `pkcs11:` URI) and puts certificate, revocation
// list and roots beside it (`chain`: JSON `{"certificate","revocation","roots"}`). Stores the envelope file's bytes in
// `*out`.
//
// Only in a library built with the feature `signer`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_licence_sign_chained(const uint8_t *payload,
                                   size_t payload_len,
                                   const uint8_t *key,
                                   size_t key_len,
                                   const uint8_t *chain,
                                   size_t chain_len,
                                   ZtpBytes *out);
#endif

// Stores what the bench of a sealed log has seen in `*out`, as far as the envelopes in the log prove it from a trust document on:
// `ztp.licence.seen/1`, with the log's own verdict in it. `options` is JSON, empty for none: `bench`, and `head`, `now`, `require`,
// `sealed_within_ms` and `vkey` as for `ztp_audit_verify`. A log that does not hold is `ZTP_INGEST_LOG_NOT_INTACT`; records that claim what
// is not proved are findings (`ZTP_INGEST_RECORD_UNPROVEN`); what nothing outside vouches for is `ZTP_AUDIT_UNANCHORED`. `job` as for
// `ztp_audit_verify`.
//
// Pointers are as the head of ztp.h says; `job` is null or came from `ztp_job_new` and is not freed during the call.
ZTP_MUST_USE
ZtpStatus ztp_licence_seen(const uint8_t *dir,
                           size_t dir_len,
                           const uint8_t *trust,
                           size_t trust_len,
                           const uint8_t *options,
                           size_t options_len,
                           const ZtpJob *job,
                           ZtpBytes *out);

// Decides about an envelope as an ingest would, against what the bench has seen (`ztp.licence.seen/1`; empty for nothing
// yet), and records nothing. Stores the decision (`ztp.licence.decision/1`) in `*out`, also when it is a refusal.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_licence_decide(const uint8_t *envelope,
                             size_t envelope_len,
                             const uint8_t *trust,
                             size_t trust_len,
                             const uint8_t *seen,
                             size_t seen_len,
                             int64_t now_ms,
                             const uint8_t *bench_id,
                             size_t bench_id_len,
                             ZtpBytes *out);

// Takes in what lies in `dir/incoming` and records every decision in a sealed log. `options` is JSON: `log`, and
// optionally `bench`, `quiet_ms`, and `vault` with `device_key`. Stores the report (`ztp.licence.ingest-run/1`) in `*out`;
// if a file was refused, the status is its code.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_licence_ingest(const uint8_t *dir,
                             size_t dir_len,
                             const uint8_t *trust,
                             size_t trust_len,
                             const uint8_t *options,
                             size_t options_len,
                             int64_t now_ms,
                             ZtpBytes *out);

// Decides about one envelope that is no file of an incoming directory, and records the decision in a sealed log. Stores
// `ztp.licence.ingest/1` in `*out`, also when it is a refusal.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_licence_ingest_envelope(const uint8_t *envelope,
                                      size_t envelope_len,
                                      const uint8_t *file,
                                      size_t file_len,
                                      const uint8_t *trust,
                                      size_t trust_len,
                                      const uint8_t *options,
                                      size_t options_len,
                                      int64_t now_ms,
                                      ZtpBytes *out);

// Verifies a vault and stores the verdict in `*out`, also when it is negative. `options` is JSON or empty: `device_key` (its public
// half, PEM), `trust`, `vkey`, `head`, `witness`, `anchor_file`, `receipts`, `require`. `job` may be NULL; otherwise other threads may
// follow and cancel the run through it.
//
// Pointers are as the head of ztp.h says; `job` is null or came from `ztp_job_new` and is not freed during the call.
ZTP_MUST_USE
ZtpStatus ztp_vault_verify(const uint8_t *dir,
                           size_t dir_len,
                           const uint8_t *options,
                           size_t options_len,
                           const ZtpJob *job,
                           ZtpBytes *out);

// Makes a vault in a new or empty directory: a sealed log whose first record names the bench and the device key. `options`
// is JSON: `bench_id`, and optionally `origin`, `generation` and the seal policy. Stores the receipt
// (`ztp.vault.receipt/1`) in `*out`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_vault_init(const uint8_t *dir,
                         size_t dir_len,
                         const uint8_t *options,
                         size_t options_len,
                         const uint8_t *key,
                         size_t key_len,
                         int64_t now_ms,
                         ZtpBytes *out);

// Stores what is in a vault in `*out`: notes and runway per class (`ztp.vault.status/1`). `options` is JSON: `warn_days`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_vault_status(const uint8_t *dir,
                           size_t dir_len,
                           const uint8_t *options,
                           size_t options_len,
                           int64_t now_ms,
                           ZtpBytes *out);

// Verifies an envelope and mints its notes into a vault; the same envelope again gives the same receipt. Stores the
// receipt in `*out`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_vault_mint(const uint8_t *dir,
                         size_t dir_len,
                         const uint8_t *envelope,
                         size_t envelope_len,
                         const uint8_t *trust,
                         size_t trust_len,
                         const uint8_t *options,
                         size_t options_len,
                         const uint8_t *key,
                         size_t key_len,
                         int64_t now_ms,
                         ZtpBytes *out);

// Spends notes of a vault, durably; the same request again gives the same receipt. `request` is JSON: `request_id`,
// `class`, `amount`, `purpose`. Stores the receipt in `*out`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_vault_spend(const uint8_t *dir,
                          size_t dir_len,
                          const uint8_t *request,
                          size_t request_len,
                          const uint8_t *options,
                          size_t options_len,
                          const uint8_t *key,
                          size_t key_len,
                          int64_t now_ms,
                          ZtpBytes *out);

// Stores the transactions of a vault in `*out`. `options` is JSON: `from`, `limit`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_vault_history(const uint8_t *dir,
                            size_t dir_len,
                            const uint8_t *options,
                            size_t options_len,
                            ZtpBytes *out);

// Makes a proof of two receipts of one device key that contradict each other, which anybody can check. Stores the proof in
// `*out`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_vault_verify_fork(const uint8_t *first,
                                size_t first_len,
                                const uint8_t *second,
                                size_t second_len,
                                const uint8_t *device_key,
                                size_t device_key_len,
                                ZtpBytes *out);

// Checks a proof that a device key signed two receipts that contradict each other. Stores the proof in `*out`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_vault_check_fork(const uint8_t *proof,
                               size_t proof_len,
                               const uint8_t *device_key,
                               size_t device_key_len,
                               ZtpBytes *out);

// Records that the bench asks its issuer for notes. Stores the file for the issuer in `*out`. `options` is JSON:
// `request_id`, and optionally `from` and `quote`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_vault_request(const uint8_t *dir,
                            size_t dir_len,
                            const uint8_t *options,
                            size_t options_len,
                            const uint8_t *key,
                            size_t key_len,
                            int64_t now_ms,
                            ZtpBytes *out);

// Compares the receipts in a request with those the issuer holds. Stores the result in `*out`, also when they contradict
// each other.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_vault_reconcile(const uint8_t *held,
                              size_t held_len,
                              const uint8_t *request,
                              size_t request_len,
                              const uint8_t *device_key,
                              size_t device_key_len,
                              ZtpBytes *out);

// Binds a vault to an anchor, releases it, or accepts a new generation of its machine, and records that. `options` is
// JSON: `change`, `reason`. Stores the receipt in `*out`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_vault_reanchor(const uint8_t *dir,
                             size_t dir_len,
                             const uint8_t *options,
                             size_t options_len,
                             const uint8_t *key,
                             size_t key_len,
                             int64_t now_ms,
                             ZtpBytes *out);

// Runs a script of transactions on a vault in memory. Stores what each did in `*out`; the status is the last refusal's
// code.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_vault_simulate(const uint8_t *script,
                             size_t script_len,
                             ZtpBytes *out);

// Scans one request, or bytes that are none, with rules of its own; a program that scans several opens a scanner, which also
// remembers what was sent before.
//
// `config` is a `ztp.dlp.config/1` document. `request` is JSON (`ztp_dlp_scanner_scan`), or empty when `body` is not a request
// but, for instance, a file. Stores the report (`ztp.dlp.report/1`) in `*out`, also when something was found: the status is 0 only
// when nothing was and everything was looked at. No part of a secret is in it.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_dlp_scan(const uint8_t *config,
                       size_t config_len,
                       const uint8_t *request,
                       size_t request_len,
                       const uint8_t *body,
                       size_t body_len,
                       int64_t now_ms,
                       ZtpBytes *out);

// Stores the rules that a configuration puts in force in `*out` (`ztp.dlp.rules/1`), with the hash that reports name them by.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_dlp_rules(const uint8_t *config,
                        size_t config_len,
                        ZtpBytes *out);

// Checks a file of customer rules, YAML, with the examples in it, and stores what it holds in `*out` (`ztp.dlp.rules-check/1`). A
// file that is refused gives a failure that names line and column.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_dlp_test(const uint8_t *rules,
                       size_t rules_len,
                       ZtpBytes *out);

#if defined(ZTP_SIGNER)
// Signs an allow-list of what a scan of files found (`ztp.dlp.scan/1`), each for its file, and stores it in `*out`
// (`ztp.dlp.allow-list/1`): the baseline of later scans. `terms` is JSON, `{"expires","issued_at","ticket","version"}`; `key` an
// Ed25519 key (PKCS#8 PEM, or a `pkcs11:` URI).
//
// Only in a library built with the feature `signer`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_dlp_baseline(const uint8_t *found,
                           size_t found_len,
                           const uint8_t *terms,
                           size_t terms_len,
                           const uint8_t *key,
                           size_t key_len,
                           ZtpBytes *out);
#endif

// Makes a scanner of a configuration (`ztp.dlp.config/1`) and stores the handle in `*scanner`, or NULL there when the status is not 0.
//
// Pointers are as the head of ztp.h says; `scanner` is writable.
ZTP_MUST_USE
ZtpStatus ztp_dlp_scanner_open(const uint8_t *config,
                               size_t config_len,
                               ZtpDlpScanner **scanner,
                               ZtpBytes *out);

// Scans a whole request and stores the report in `*out` (`ztp.dlp.report/1`), with the events for the sealed log; the status is 0
// only when nothing was found and everything was looked at.
//
// `request` is JSON: "url", and optionally "headers" (a list of [name, value]), "hop" (redirects followed so far), "id" (the same
// for all hops of a call), "method", "principal" (who sends) and "via" (the proxy that is dialled in place of the URL's host).
//
// Pointers are as the head of ztp.h says; `scanner` came from `ztp_dlp_scanner_open` and is not freed during the call.
ZTP_MUST_USE
ZtpStatus ztp_dlp_scanner_scan(const ZtpDlpScanner *scanner,
                               const uint8_t *request,
                               size_t request_len,
                               const uint8_t *body,
                               size_t body_len,
                               int64_t now_ms,
                               ZtpBytes *out);

// Begins a request whose body comes in pieces. Stores the handle in `*stream`, or NULL there when the status is not 0, and in `*out` what
// is known before the body (`ztp.dlp.begun/1`): the mode in force for this request, and the event that says it begins.
//
// Pointers are as the head of ztp.h says; `scanner` came from `ztp_dlp_scanner_open` and is not freed during the call; `stream` is
// writable.
ZTP_MUST_USE
ZtpStatus ztp_dlp_scanner_begin(const ZtpDlpScanner *scanner,
                                const uint8_t *request,
                                size_t request_len,
                                int64_t now_ms,
                                ZtpDlpStream **stream,
                                ZtpBytes *out);

// Puts the rules of another configuration in force, for requests that begin from now on. Stores the hashes of both and the event for
// the sealed log in `*out` (`ztp.dlp.reloaded/1`). A configuration that is refused changes nothing.
//
// Pointers are as the head of ztp.h says; `scanner` came from `ztp_dlp_scanner_open` and is not freed during the call.
ZTP_MUST_USE
ZtpStatus ztp_dlp_scanner_reload(const ZtpDlpScanner *scanner,
                                 const uint8_t *config,
                                 size_t config_len,
                                 int64_t now_ms,
                                 ZtpBytes *out);

// Stores the rules in force in `*out` (`ztp.dlp.rules/1`).
//
// Pointers are as the head of ztp.h says; `scanner` came from `ztp_dlp_scanner_open` and is not freed during the call.
ZTP_MUST_USE
ZtpStatus ztp_dlp_scanner_rules(const ZtpDlpScanner *scanner,
                                ZtpBytes *out);

// Stores how much of which secret each principal has sent in `*out` (`ztp.dlp.ledger/1`), as tags: keep it, and give it to the scanner
// after a restart as its configuration's member "ledger".
//
// Pointers are as the head of ztp.h says; `scanner` came from `ztp_dlp_scanner_open` and is not freed during the call.
ZTP_MUST_USE
ZtpStatus ztp_dlp_scanner_ledger(const ZtpDlpScanner *scanner,
                                 ZtpBytes *out);

// Frees a scanner. NULL is ignored. What it remembered of the requests so far is erased with it, once its streams are freed too.
//
// `scanner` is null or came from `ztp_dlp_scanner_open`, is freed once, and no call uses it any more.
void ztp_dlp_scanner_free(ZtpDlpScanner *scanner);

// Scans the next piece of the body.
//
// Pointers are as the head of ztp.h says; `stream` came from `ztp_dlp_scanner_begin` and is not freed during the call.
ZTP_MUST_USE
ZtpStatus ztp_dlp_stream_update(const ZtpDlpStream *stream,
                                const uint8_t *chunk,
                                size_t chunk_len,
                                ZtpBytes *out);

// Ends the request and stores the report in `*out`, as `ztp_dlp_scanner_scan` does. `end` is JSON, or empty: "cut" (true when the
// body ended before its end) and "trailers" (a list of [name, value]).
//
// Pointers are as the head of ztp.h says; `stream` came from `ztp_dlp_scanner_begin` and is not freed during the call.
ZTP_MUST_USE
ZtpStatus ztp_dlp_stream_finish(const ZtpDlpStream *stream,
                                const uint8_t *end,
                                size_t end_len,
                                int64_t now_ms,
                                ZtpBytes *out);

// Frees a stream, with or without a report. NULL is ignored.
//
// `stream` is null or came from `ztp_dlp_scanner_begin`, is freed once, and no call uses it any more.
void ztp_dlp_stream_free(ZtpDlpStream *stream);

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
// `ztp_audit_append` takes them as one batch; behind them is the detectors' state (`anomaly.snapshot`) if it is due. `options` as for
// `ztp_anomaly_replay` without `head` and `vkey`, and with `snapshot` (due, always, never), `snapshot_every` (records of others; 1000) and
// `resume` ({"chain_hash","seq","state_hash"} of a snapshot that an earlier call gave, kept where the bench cannot write). `job` as for
// `ztp_audit_verify`.
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

// Tries settings on events handed over as lines, each with its timestamp, which no log need hold, and stores what the detectors
// would have said in `*out` (`ztp.anomaly.trial/1`), beside what other thresholds would have said. `options` as for
// `ztp_anomaly_fold`.
//
// Pointers are as the head of ztp.h says.
ZTP_MUST_USE
ZtpStatus ztp_anomaly_try(const uint8_t *events,
                          size_t events_len,
                          const uint8_t *options,
                          size_t options_len,
                          ZtpBytes *out);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* ZTP_H */
