//! Codes about what leaves the bench.

use super::rows;

rows! {
    // Verdicts and the engine, 600 to 633.
    600 dlp_blocked Dlp: "a request was stopped: it carries a secret whose rule asks for it, or was not scanned to its end",
        "look at the findings; a gap is named by its reason";
    601 dlp_finding Dlp: "a request or file carries something that a rule finds",
        "look at the findings: rule, surface, offsets and decode path say where";
    602 dlp_scan_incomplete Dlp: "nothing was found, but a part was not looked at",
        "look at the reason: decode the part by other means, or raise the budget";
    603 dlp_too_many_anchors Dlp: "the registry and the rules ask for more than one pass can look for",
        "register fewer values";
    604 dlp_budget Dlp: "a budget is zero or larger than memory is bounded by",
        "set it within the range of the message";
    605 dlp_ledger Dlp: "the document is not a coverage ledger",
        "find out who changed it; begin with an empty one only after that";

    // Rules, registry and allow-list, 634 to 659.
    634 dlp_registry_authority Dlp: "a certification authority is not one whole certificate in DER",
        "give the authority's own certificate, decoded from PEM";
    635 dlp_registry_issuer_key Dlp: "an issuer key is not an Ed25519 key",
        "give 32 raw bytes, or a SubjectPublicKeyInfo";
    636 dlp_registry_length Dlp: "a value to look for is too short or too long",
        "give 8 to 65536 bytes; shorter ones are found everywhere";
    637 dlp_registry_uniform Dlp: "a value to look for repeats so few bytes that it is found everywhere",
        "give a value that differs from padding";
    638 dlp_registry_too_many Dlp: "the registry has no room for another entry of this kind",
        "remove entries that are no longer in use";
    639 dlp_registry_fingerprint Dlp: "a stored fingerprint does not have the form of one",
        "make it again from the secret, under the same key";
    640 dlp_rules_not_list Dlp: "the document of rules is not a list",
        "begin each rule with a dash at the left margin";
    641 dlp_rules_too_many Dlp: "there are more than 500 rules",
        "join rules with alternatives, or remove some";
    642 dlp_rule_name Dlp: "the name of a rule is not of its form, or belongs to a built-in rule",
        "use 1 to 64 of a-z, 0-9 and -, and a name of your own";
    643 dlp_rule_name_twice Dlp: "two rules have the same name",
        "give each rule a name of its own, so that findings tell them apart";
    644 dlp_rule_matcher Dlp: "a rule does not say in exactly one way what it matches",
        "give one of pattern, literal and exact";
    645 dlp_rule_action Dlp: "the action of a rule is not one",
        "use record, record-and-alert or block";
    646 dlp_rule_surface Dlp: "a surface of a rule is not one",
        "use method, host, path, query, header, cookie, body, part, trailer or bytes";
    647 dlp_rule_length Dlp: "a text of a rule is empty or too long, or a list has too many items",
        "keep patterns within 512 bytes, examples within 4096, and 32 examples of each kind";
    648 dlp_rule_pattern Dlp: "a pattern is not a regular expression of the supported syntax",
        "look at the message; look-around and back-references are not supported";
    649 dlp_rule_pattern_too_large Dlp: "a pattern nests too deeply or compiles to too much",
        "lower the counts in braces, or split the rule";
    650 dlp_rule_matches_empty Dlp: "a pattern matches the empty text, and so everywhere",
        "replace * by +, and remove parts that may all be absent";
    651 dlp_rule_no_literal Dlp: "a pattern has no text of three bytes that is part of every match",
        "add one, or say expensive: true and pay for a search in every byte";
    652 dlp_rule_example_missed Dlp: "a rule does not match one of its examples",
        "correct the rule or the example";
    653 dlp_rule_negative_example_matched Dlp: "a rule matches one of its negative examples",
        "make the rule narrower, or correct the example";
    654 dlp_rule_unproven Dlp: "a rule has no examples, so nothing shows that it matches what it is for",
        "add examples with at least one text that it must find";
    655 dlp_rule_block_unproven Dlp: "a rule asks to block and has no examples",
        "add examples, or let it record until it is proven";
    656 dlp_allow_entry Dlp: "an entry of the allow-list is not of its form",
        "correct the member that the message names, and have the list signed again";
    657 dlp_allow_rolled_back Dlp: "the allow-list is older than one that was in force",
        "get the newest list from whoever signs it";

    // The surfaces of the monitor, 660 to 679.
    660 dlp_not_recorded Dlp: "the sealed log did not take the record of a request",
        "look at the cause; in enforce mode nothing was sent, in observe mode the request went out unrecorded";
    661 dlp_body_too_large Dlp: "a body is larger than what is held for a verdict in enforce mode",
        "nothing was sent: send less, or raise the limit";
    662 dlp_config_schema_name Dlp: "the configuration is of another format or version",
        "check that it is the right file, and that this build is as new as its author's";
    663 dlp_config_value Dlp: "a value in the configuration is not of the form of its member",
        "correct the member that the message names";
    664 dlp_stream_ended Dlp: "the stream has given its report already",
        "begin a stream for each request";
    665 dlp_request_form Dlp: "a request would go over the wire as something else than what was judged, or is none that HTTP allows",
        "nothing was sent: name the host that is dialled, state the body's length or none, and spell headers as HTTP does";
    666 dlp_upgrade_refused Dlp: "a server switched protocols in enforce mode, where nothing leaves that nobody looked at",
        "the connection was closed: use requests, or allow the upgrade and let the log say that nobody looks at it";
    667 dlp_upgrade_unjudged Dlp: "a server switched protocols: what is written to that connection is not looked at",
        "read it as a channel that nobody watches";
}
