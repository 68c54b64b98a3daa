//! Words of the egress monitor.

use super::words;

words! { VERDICTS, "verdict of the egress monitor":
    "clean", "nothing was found, and everything was looked at", "nothing";
    "blocked", "a finding asks for it, or not everything could be looked at: the request was not sent", "read the findings";
}

words! { RULES, "rule of the egress monitor":
    "pem-material", "private keys and other key material, by structure, whole or in part", "take the key out, and replace it: it was on its way";
    "k8s-service-account-token", "tokens of Kubernetes service accounts, whole, in parts or as claims", "take the token out, and revoke it";
    "ca-material", "certificates, keys and names of the configured certification authorities", "take it out";
    "sealed-audit-fragment", "records of the sealed audit log and hashes of its chain", "send logs to the auditor by `ztp audit copy`, not through the monitor";
    "isk-fingerprint", "keys and fingerprints of the issuer signing keys, in every spelling", "take it out";
    "registered-secret", "a registered secret, or a fragment of one", "take it out, and replace the secret";
}

words! { REASONS, "not looked at by the egress monitor":
    "depth", "more decoders one inside the other than are followed", "unpack it before it is sent, or except it by a signed allow-list";
    "nodes", "more decoded pieces than are followed", "send smaller pieces";
    "work", "more bytes to decode than are allowed for this many bytes", "send it in a container that is known, or in smaller pieces";
    "memory", "more decoded bytes at once than are held", "send smaller pieces";
    "ratio", "a compressed stream that grows out of proportion", "unpack it before it is sent";
    "streams", "more compressed streams or archive entries than are opened", "send fewer at once";
    "anchors", "more places that look like something than are looked at", "send smaller pieces";
    "patterns", "the customer's patterns used up their work", "make the pattern begin with fixed text";
    "unread_compression", "a compression that is not read here, such as 7z or RAR, or a stream that is broken", "use one that is read: gzip, zip, xz, bzip2, zstd, brotli";
    "encrypted_entry", "an archive entry under a password", "send it without, or except it by a signed allow-list";
    "encoded_stream", "an encoded text that holds a compressed stream goes on beyond what is held", "send it unencoded";
    "parts", "a multipart body of more parts than are told apart", "send fewer parts";
    "head", "a head that is larger than is looked at", "send a smaller one";
    "stopped", "whoever asked for the scan stopped it before its end", "scan again";
    "memories", "the memory of earlier requests is full, so that this one was not joined to its predecessors", "nothing, unless it stays";
}

words! { SEVERITIES, "severity or action":
    "info", "worth a record, and no more", "nothing";
    "notice", "worth a record, and no more", "nothing";
    "low", "worth a look when there is time", "look";
    "medium", "worth a look soon", "look";
    "warning", "worth a look soon", "look";
    "high", "worth a look now", "look now";
    "critical", "somebody must look now", "look now, and keep everything as it is";
    "record", "the rule records what it finds and lets it pass", "nothing";
    "record-and-alert", "the rule records what it finds, says so, and lets it pass", "look at the record";
    "block", "the rule refuses the request where the monitor enforces", "take out what was found";
    "observe", "findings are recorded, requests go out", "switch to enforce when the findings are understood";
    "enforce", "a request that a rule wants blocked, or that could not be looked at to its end, is refused", "nothing";
}
