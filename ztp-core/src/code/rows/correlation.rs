//! Codes about the comparison of two streams.

use super::rows;

rows! {
    // Correlation of admission decisions with the sealed log, 750 to 779.
    750 correlation_missing_in_sealed Correlation: "a decision is in the admission stream and not in the sealed log",
        "treat it as suppression: keep both streams, and ask who could stop a record on its way to the log";
    751 correlation_missing_in_admission Correlation: "a decision is in the sealed log and not in the admission stream",
        "treat it as a forged record or a cut admission stream: keep both, and compare with the cluster's own audit";
    752 correlation_altered Correlation: "a review was sealed with another content than it was decided with",
        "compare the two members by member; keep both streams as evidence";
    753 correlation_duplicate_conflicting Correlation: "a review is in one stream twice, with different contents",
        "treat it as tampering: the webhook answers a repeated review as it did before";
    754 correlation_unreadable_entry Correlation: "a line or record cannot be read, and may hide a decision",
        "verify the log; look at the line that the finding names";
    755 correlation_bound_reached Correlation: "more entries without a partner than the bound holds: the oldest were judged early",
        "compare a shorter period, or raise waiting_max";
    756 correlation_drift Correlation: "a decision and its record are further apart in time than the threshold",
        "look at the clocks of both hosts, then at what delayed the record";
    757 correlation_order_inversion Correlation: "decisions were sealed in another order than they were made",
        "look at the records that the finding names; a queue delays, it does not reorder";
    758 correlation_clock_skew Correlation: "the clocks of the two streams differ in the median by more than the limit",
        "set the clocks; the raw drift stands until then";
    759 correlation_clock_step Correlation: "a wall clock was set while its host was up",
        "ask who set it, and why; times before and after do not compare";
    760 correlation_witness_gap Correlation: "the sealed log was silent for longer than two of its heartbeats",
        "ask what stopped the writer; nothing can be said of decisions in the gap";
    761 correlation_ring_evicted Correlation: "a sealed decision is older than what the admission ring still holds",
        "compare with the file of all decisions instead of the ring";
    762 correlation_duplicate_identical Correlation: "a review is in one stream twice, with the same content",
        "check that the webhook was called again; a copy changes nothing that was decided";
    764 correlation_stream_unreadable Correlation: "nothing of a stream could be read as what it should be: nothing was compared",
        "see the reason; give the stream as lines of JSON in UTF-8, not compressed, with timestamps as the log has them";
    765 correlation_stream_header Correlation: "the first line of an admission stream names a schema and does not describe the stream",
        "check that it is an admission stream of a version this build reads";
    766 correlation_log_not_intact Correlation: "the sealed log that was compared does not verify",
        "see the log's own verdict; a comparison with a log that does not hold proves nothing";
    767 correlation_dated_ahead Correlation: "a decision is dated later than the clock of whoever compares",
        "look at the clocks of both hosts; what is dated ahead is pending for as long as it likes, and is no decision of today";
    768 correlation_nothing_compared Correlation: "no decision of one stream met its partner in the other: nothing was compared",
        "check that both are of the same bench and time; an empty stream agrees with everything";
}
