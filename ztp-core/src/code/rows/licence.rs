//! Codes about envelopes and whom they come from.

use super::rows;

rows! {
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
    313 licence_chain_length Licence: "there are more or fewer certificates than signatures",
        "carry the envelope again from its source; each signature needs its own certificate";
    314 licence_certificate_other_key Licence: "a certificate is for another key than the one that signed",
        "put the certificate of the signing key beside its signature";
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
    335 licence_root_missing Licence: "the envelope does not bring the root that its payload asks for",
        "carry the envelope again from its source; roots were taken out";
    336 licence_revocation_missing Licence: "the envelope does not bring the revocation list that its payload asks for",
        "carry the envelope again from its source; the list was taken out";
}
