//! Words of licences and vaults.

use super::words;

words! { FILES, "what became of an envelope":
    "accepted", "taken in, recorded in the sealed log, moved to accepted/",
        "nothing";
    "already_ingested", "these bytes were taken in before: nothing was recorded again, and no note is minted twice",
        "nothing; `ztp licence seen` names the record that took them in";
    "refused", "a check does not hold: recorded, and moved to rejected/",
        "read the check that failed, and what to do about its code";
    "waiting", "not a whole document yet, or changed a moment ago: left where it is",
        "run again when the copy has ended; a file that stays so was cut off on its way";
    "stuck", "it cannot be moved out of the incoming directory",
        "look at the permissions and the kind of the file";
    "valid", "every check of the envelope holds at the time it was judged at",
        "nothing";
}

words! { CHECKS, "check of an envelope":
    "size", "the file is within the limit of the trust document", "ask the issuer for the file again";
    "canonical_form", "every byte of the file is that of its canonical form, so that nobody edited or pretty-printed it", "carry the file again as the issuer gave it";
    "envelope_schema", "the file has the members of an envelope and no other", "check that it is an envelope, signed";
    "signature_list", "the signatures are well-formed, in order, and by different keys", "ask the issuer for the file again";
    "key_pinned", "the signing key is one that the trust document names", "check which issuer you trust; a key comes on a path of its own";
    "key_not_revoked", "the signing key is not on the revocation list of the trust document", "ask the issuer for an envelope by another key";
    "key_window", "the signing key is within its own validity", "compare the clock; ask the issuer";
    "signature", "the signature holds over the exact bytes of the payload", "carry the file again; if it stays, it was changed on the way";
    "threshold", "as many keys signed as the trust document asks for", "ask the issuer for the missing signatures";
    "payload_schema", "the payload has the members of a licence and no other, each within its bounds", "ask the issuer";
    "revocation_list", "the revocation list of the envelope is not older than the one known, and does not contradict it", "ask the issuer for the newest list";
    "key_not_revoked_by_envelope", "the signing key is not on the revocation list of the envelope itself", "ask the issuer for an envelope by another key";
    "key_product", "the signing key may license the product", "ask the issuer";
    "key_mint_limit", "the notes minted are within the limit of the signing key", "ask the issuer";
    "issued_at", "the licence was not issued in the future", "compare the clock";
    "not_before", "the validity of the licence has begun", "wait, or compare the clock";
    "not_after", "the validity of the licence has not ended", "ask the issuer for a new one";
    "bench", "the licence is for this bench", "check --bench; ask the issuer";
    "chain", "the envelope carries roots, certificates and revocation list in their shape, a certificate for each signature", "ask the issuer for the file again";
    "root_chain", "the roots of the envelope lead from the pinned one to the newest, each vouched for by the one before", "ask the issuer for every root in between";
    "root_current", "the newest root is valid now, and not older than one seen", "ask the issuer for the newest root";
    "revocation_current", "the newest revocation list is signed by the root, and not older than one seen", "ask the issuer for the newest list";
    "certificate", "the signing key has a certificate that the newest root signed", "ask the issuer";
    "certificate_not_revoked", "the newest revocation list revokes neither the certificate nor its key", "ask the issuer for an envelope by another key";
    "certificate_window", "the certificate is valid now", "compare the clock; ask the issuer";
    "chain_complete", "root and revocation list are as new as the licence asks for", "ask the issuer for the newest ones";
    "certificate_issued", "the licence was issued while the certificate was valid", "ask the issuer";
    "certificate_product", "the certificate covers the product", "ask the issuer";
    "certificate_mint", "the certificate covers the notes minted", "ask the issuer";
}

words! { VAULT, "status of a vault":
    "anchored", "the history holds, and a fact outside the copied state covers part of it",
        "read up to which transaction it is covered";
    "unanchored", "the history holds, and nothing shows that it is the newest: an older copy would look the same",
        "give what was kept elsewhere: --receipts, --cosigned with --witness, or the TPM";
    "broken", "the history does not hold",
        "treat it as an incident: copy vault and log as they are";
    "consistent", "the request agrees with the receipts that the issuer held before",
        "keep its receipts as the newest";
    "nothing_held", "the issuer held no receipt of the device, so that nothing was compared", "give the receipts or the history that you hold with --held";
    "unlinked", "receipts are missing between those held and the request, so that what lies between cannot be judged",
        "ask the bench for the receipts that are missing";
}

words! { TIERS, "tier of a vault":
    "T0", "nothing outside the copied state: a whole copy put back would not show", "give receipts, a witness or a TPM";
    "T1", "the machine's TPM counts, so that an older copy on this machine shows", "remember that it is the machine's own word";
    "T2", "a witness cosigned, so that an older copy shows up to the last cosignature", "have it cosigned often";
    "T3", "the issuer holds receipts, so that an older copy shows up to the last receipt", "hand the receipts over often";
}

words! { RESTS, "what a vault's verdict rests on":
    "hash_chain_and_seals", "the sealed log under the vault verifies", "bring its first key or a head as for `audit verify`";
    "replay", "every transaction was computed again from the log, and states what the computation gives", "nothing";
    "device_signatures", "the device's key signed each receipt", "pin that key with --device-key";
    "pinned_device_key", "the device key is the one you gave", "nothing";
    "device_key", "the device key is the one you gave", "nothing";
    "issuer_signatures", "the issuer's signatures on the notes were verified again", "nothing";
    "tpm", "a TPM's memory agrees", "nothing";
    "witness", "a witness' cosignature agrees", "nothing";
    "issuer_receipts", "receipts from outside the copy agree", "nothing";
    "receipts_held_by_the_issuer", "receipts that the issuer held before agree; with none held there was nothing to compare", "keep the newest receipts";
}

words! { EVIDENCE, "how a fact stands to a vault":
    "in_step", "the anchor holds exactly this history", "nothing";
    "counter_pending", "the last transaction is in the anchor, its counter is not raised yet: a crash between the two", "the next transaction mends it";
    "transaction_pending", "the anchor lacks exactly the last transaction: a crash between the two", "the next transaction mends it";
    "contained", "what was brought is part of this history", "nothing";
    "behind", "the anchor lacks more than the last transaction: it is another one, or was put back", "treat it as an incident";
}

words! { UNCHECKED, "not checked in a vault":
    "device_key_not_pinned", "whose vault it is: give the device's public key with --device-key", "get the key over a way that does not lead through the bench";
    "issuer_signatures_not_verified", "whether the issuer signed the notes: give --trust", "give the trust document";
    "no_seal_verifies", "what a seal would vouch for: no seal of the vault's log verifies, so that it rests on the chain alone", "ask why the bench seals no vault";
    "no_tpm", "a TPM's memory (T1)", "bind the vault to a TPM, if the machine has one";
    "no_witness", "a witness' cosignature (T2): give --cosigned and --witness", "bring what the witness cosigned";
    "no_issuer_receipts", "receipts that the issuer holds (T3): give --receipts", "`ztp vault history DIR --json` makes them, for the issuer to hold";
    "transactions_after_covered_seq", "whether later transactions than those covered were taken back", "bring newer receipts";
    "anchor_can_be_copied_with_the_disk", "a rollback of disk and anchor together: the anchor is no hardware", "bind to a hardware TPM";
    "bound_anchor_not_given", "the anchor that the vault is bound to: it was not given", "give it";
    "vault_is_bound_to_no_anchor", "the anchor given: the vault is bound to none", "bind it with `ztp vault reanchor`";
    "transactions_after_the_request", "what the bench spent after it made the request", "reconcile again with the next request";
    "no_receipts_held_before", "anything: no receipts were held before, so nothing was compared", "give what you hold with --held";
}

words! { WARNINGS, "warning of a vault":
    "exhausted", "nothing can be spent now", "request notes";
    "runway_short", "at the present rate the notes end within the days of warning", "request notes";
    "all_expire", "all notes expire within the days of warning", "request notes that are valid for longer";
    "will_expire_unspent", "some notes will expire before they are spent", "spend those first, or request fewer";
}
