//! Words of the correlation and of the detectors.

use super::words;

words! { CORRELATION, "status of a correlation":
    "agree", "every decision was sealed as it was made, and every sealed one was made", "read what was not checked";
    "findings", "the two accounts differ, or something leaked: what is listed says where", "begin with the gravest";
    "nothing", "no decision of one stream met its partner in the other: nothing was compared", "check that both are of the same bench and time";
    "log_not_intact", "the sealed log does not verify, so that a comparison with it proves nothing", "run `ztp audit verify` first";
}

words! { FINDINGS, "finding of a correlation":
    "missing_in_sealed", "decided, never sealed: suppressed on the way to the log", "ask who could stop the record; keep the admission stream";
    "missing_in_admission", "sealed, but the webhook says nothing of it", "ask who wrote it, or who took it out of the admission stream";
    "altered", "one uid, two contents: the decision that was sealed is not the one that was made", "compare the two; keep both";
    "duplicate_conflicting", "one uid twice in one stream with different contents", "compare the two; keep both";
    "unreadable_entry", "a line or record that cannot be read, and may hide a decision", "look at the line that is named";
    "dated_ahead", "a decision is dated later than the clock of who compares: it is pending for as long as it likes", "look at the clocks of both hosts, and compare again at a time after it";
    "bound_reached", "more entries waited for a partner than the bound holds: the oldest were judged early", "raise --waiting-max, or compare shorter spans";
    "drift", "decided and sealed further apart than the threshold", "ask what held the record back";
    "order_inversion", "sealed in another order than decided, by more than the tolerance", "ask what held the record back";
    "clock_skew", "the clocks of the two streams differ by more than the limit, in the median", "set the clocks; nothing is excused by it";
    "clock_step", "a wall clock was set while the machine ran", "ask who set it";
    "witness_gap", "the sealed log was silent for longer than two of its heartbeats", "ask what stopped the writer";
    "ring_evicted", "sealed, and older than what the admission ring still holds", "save the ring more often";
    "duplicate_identical", "one uid twice in one stream with the same content: a retry, or a copy", "nothing";
}

words! { UNCHECKED, "not checked in a correlation":
    "decisions_that_left_the_ring", "decisions that left the ring before it was saved", "save the ring more often, or keep the whole stream";
    "clocks_beyond_the_boots_followed", "clocks of more boots than are followed", "compare shorter spans";
    "decisions_that_neither_stream_was_given", "decisions that neither stream was given: no comparison can find them", "watch the webhook's own requests";
    "entries_outside_the_window", "entries outside --since and --until", "compare everything with --full";
    "order_of_late_pairs", "the order of pairs that came later than the bound", "raise --waiting-max";
    "silence_of_the_sealed_log", "silence of the sealed log: it states no heartbeat", "nothing";
    "pending_and_dates_without_a_clock", "how long decisions have been pending, and whether any is dated ahead: no time was given", "give --now";
    "seals_of_the_log", "the seals of the log: only its records were given", "compare the log's directory instead";
}

words! { BEHAVIOUR, "status of the detectors":
    "quiet", "every record was judged, and no rule fired", "nothing";
    "alerts", "a rule fired", "`ztp anomaly explain` shows the numbers behind it";
    "incomplete", "not everything was looked at, so that this is no clean result", "read what was left out, and why";
    "nothing", "there was no record to judge", "check that it is the right log";
    "holds", "what is sealed is what a computation from the records gives", "nothing";
    "differs", "an alert is missing that the records call for, or one stands there that they do not", "treat it as an incident: somebody wrote or withheld it";
    "warming-up", "there is no baseline of 14 days yet, so that only absolute limits are judged", "wait, or freeze a reference in the settings";
}

words! { RULES, "rule of the detectors":
    "denial-flood", "more denials in each 60 seconds than the threshold (50), sustained for five minutes", "look at who is denied what: an attempt, or a broken rollout";
    "denial-minutes", "four of five minutes in a row above the threshold of the flood: a flood that dips", "as for denial-flood";
    "denial-burst", "more denials in five minutes than the threshold (250): too short to be a flood", "as for denial-flood";
    "denial-day", "more denials in 24 hours than three times what is usual, and than the threshold (2000)", "look for a flood below the minute's threshold";
    "denial-spread", "denials of more distinct targets in an hour than the threshold (50)", "look for the one real denial among them";
    "denial-silence", "denials stopped while admissions go on", "check that the webhook still denies";
    "break-glass-burst", "more uses of break-glass in an hour than the threshold (3)", "ask for the incident behind them";
    "break-glass-day", "more uses of break-glass in 24 hours than the threshold (8)", "ask for the incident behind them";
    "break-glass-week", "more uses of break-glass in seven days than the threshold (20)", "ask for the incident behind them";
    "break-glass-ticket", "one ticket on more pods than the threshold (2)", "ask what the ticket was for";
    "tier-b-ratio", "the share of tier B is above its baseline by more than two sigma, and further than chance goes", "look at who admits into tier B, and since when";
    "tier-b-absolute", "more than half is tier B while there is no baseline yet", "look at who admits into tier B";
    "tier-b-drift", "the share of tier B drifted away from the reference, a little each day", "compare with the reference; who loosened what?";
    "tier-b-baseline-shift", "the baseline itself left the frozen reference", "freeze a new reference, on purpose and with a name under it";
    "tier-b-count", "the number of tier B admissions rose, whatever their share", "look for dilution by harmless admissions";
    "admission-volume", "the number of admissions rose to more than double", "ask what was rolled out";
    "off-hours", "a person acted while business is closed", "ask the person; put the hours right in business-hours.yaml";
    "edge-of-day", "a person acted again and again just before closing", "ask the person";
    "automation-unlisted", "an automation did what its list does not name", "ask who runs it now";
    "telemetry-gap", "the log was silent for more than three heartbeats", "ask what stopped the writer";
    "clock-discontinuity", "wall clock and monotonic clock disagree, or the wall clock went back", "ask who set the clock";
    "settings-loosened", "settings of the detectors were loosened, or a change was refused", "ask who changed them";
    "unreadable-record", "records of a class that the detectors read could not be read", "look at the records that are named";
}

words! { NOTICES, "notice of the detectors":
    "late-record", "a record older than the order tolerance: counted at its arrival", "nothing, unless there are many";
    "future-timestamp", "a record dated later than the log can have been: counted at its arrival", "compare the clocks";
    "key-overflow", "the table of names is full: what is new is counted under `other`", "ask why there are so many names";
    "order-overflow", "more records in the order tolerance than are held", "nothing, unless it stays";
    "reboot", "the host was started anew", "ask why";
    "first-break-glass", "a principal or namespace used break-glass for the first time", "ask for the incident";
    "first-action", "a principal did something for the first time", "nothing, unless it is unexpected";
    "tier-b-above-baseline", "the share of tier B is above its baseline by more than two sigma, which chance gives too", "watch it";
    "reference-frozen", "the reference that drift is measured against was frozen", "nothing";
    "settings-changed", "settings of the detectors were changed", "nothing, if you know of it";
}
