//! Codes about roots, certificates and revocation lists.

use super::rows;

rows! {
    // Roots, certificates and revocation lists, 400 to 449.
    400 custody_too_large Custody: "a root, certificate or revocation list exceeds the size limit",
        "check that it is the right file";
    401 custody_schema_name Custody: "the document is of another format or version",
        "check that it is the right file, and that this build is as new as the issuer's";
    402 custody_identifier Custody: "a name is not of the form [A-Za-z0-9][A-Za-z0-9._-]{0,63}",
        "correct the name and sign again";
    403 custody_range Custody: "an integer is outside the range of its member",
        "correct the number";
    404 custody_list_length Custody: "a list holds too few or too many items",
        "correct the list";
    405 custody_list_order Custody: "the items of a list do not ascend",
        "sort the list";
    406 custody_list_repeated Custody: "an item of a list is there twice",
        "remove one of the two";
    407 custody_window_reversed Custody: "a validity ends before it begins",
        "correct not_before, not_after or issued_at";
    408 custody_usage_unknown Custody: "a certificate names a usage that this build does not know",
        "use a build as new as the issuer's, or correct the usage";
    409 custody_key_suite Custody: "the suite named beside a key is not the key's",
        "refuse the document; compare the key with its source";
    410 custody_key_id Custody: "the key id named beside a key is not the key's",
        "refuse the document; compare the key with its source";
    411 custody_root_threshold Custody: "a root asks for more signatures than it has keys",
        "lower the threshold or add keys";
    412 custody_root_shared_key Custody: "two keys of a root are one key or share a half",
        "give every holder a key of their own";
    413 custody_key_counted_twice Custody: "a key signed twice",
        "remove the second signature; each key counts once";
    414 custody_signer_unknown Custody: "a signature is by a key that is no key of the root",
        "refuse the document; after a rotation, have it signed by the keys of the newest root";
    415 custody_too_few_signatures Custody: "fewer root keys signed than the root asks for",
        "have the missing holders sign";
    416 custody_root_old_threshold Custody: "too few keys of the root before signed its successor",
        "refuse the root; it was not agreed by the holders of the root you trust";
    417 custody_root_new_threshold Custody: "too few of the root's own keys signed it",
        "have the missing holders sign";
    418 custody_root_version Custody: "a root does not follow the one before by exactly one",
        "bring every root in between";
    419 custody_root_expired Custody: "the validity of the newest root is over",
        "ask the issuer for the next root; check the clock of the bench";
    420 custody_root_rollback Custody: "the newest root is older than one seen already",
        "ask the issuer for a current envelope; an old one may be replayed";
    421 custody_root_conflict Custody: "two roots have the same version",
        "ask the issuer; one of the two is not theirs";
    422 custody_certificate_not_yet_valid Custody: "the validity of a certificate has not begun",
        "check the clock, or wait";
    423 custody_certificate_expired Custody: "the validity of a certificate is over",
        "ask the issuer for an envelope signed by a current key";
    424 custody_certificate_revoked Custody: "the certificate or its key is revoked",
        "ask the issuer for an envelope signed by a current key";
    425 custody_certificate_usage Custody: "the certificate does not allow to mint notes",
        "ask the issuer; the key may be misused";
    426 custody_certificate_product Custody: "the certificate does not cover the product",
        "check that the envelope is for this product";
    427 custody_certificate_class Custody: "the certificate does not cover a class of notes",
        "ask the issuer; the key may be misused";
    428 custody_certificate_class_limit Custody: "more notes of a class are minted than the certificate covers",
        "ask the issuer; the key may be misused";
    429 custody_certificate_total_limit Custody: "more notes in all are minted than the certificate covers",
        "ask the issuer; the key may be misused";
    430 custody_certificate_issued_outside Custody: "something was issued while the certificate was not valid",
        "ask the issuer; the time of issue or the key is wrong";
    431 custody_certificate_of_root_key Custody: "a certificate is for a key of the root itself",
        "certify a key that is not the root's";
    432 custody_revocation_rollback Custody: "the revocation list is older than one seen already",
        "ask the issuer for a current envelope; an old one may be replayed";
    433 custody_revocation_conflict Custody: "two revocation lists have the same version",
        "ask the issuer; one of the two is not theirs";
    434 custody_revocation_shrunk Custody: "a later revocation list lacks what an earlier one revoked",
        "ask the issuer; what was revoked never comes back";
    435 custody_transcript_step Custody: "a step of a ceremony's transcript is not what must stand there",
        "do not rely on the transcript; a step was changed, removed or added";
    436 custody_transcript_unsigned Custody: "a key signed the document, but not the account of how it was made",
        "ask its holder why";
    437 custody_transcript_document Custody: "the document is not the one whose making is recorded",
        "give the document that the ceremony made";
    438 custody_transcript_key_missing Custody: "a key of the root was not shown at the ceremony",
        "ask how it came into the root";
    439 custody_transcript_key_outside Custody: "a key of a ceremony is not one that never left its token",
        "do not rely on the key; for development, allow it and say so";
}
