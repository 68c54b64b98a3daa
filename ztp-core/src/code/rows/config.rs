//! Codes about settings that people write.

use super::rows;

rows! {
    // YAML files, 780 to 791.
    780 config_too_large Config: "a settings file exceeds the size limit",
        "split it, or remove what is not needed";
    781 config_not_utf8 Config: "a settings file is not UTF-8",
        "save it as UTF-8";
    782 config_character Config: "a settings file holds a byte order mark, a control character or one that reorders text",
        "save the file as UTF-8 without a mark; remove the character, or write it as an escape in double quotes";
    783 config_syntax Config: "a settings file is not YAML",
        "correct the line that the message names";
    784 config_several_documents Config: "a settings file holds a second document",
        "keep one document in a file";
    785 config_empty Config: "a settings file holds nothing",
        "write the settings, or remove the file";
    786 config_anchor Config: "a settings file uses an anchor or an alias",
        "write the value out where it is used";
    787 config_tag Config: "a settings file uses a tag",
        "remove the tag; types follow from the format";
    788 config_number Config: "a number is not a decimal integer of at most 2^53 - 1, or has two readings",
        "write a number as plain decimal digits, such as 50; where a text is wanted, put it in quotes";
    789 config_key Config: "a key of a mapping is not a text",
        "put the key in quotes";
    790 config_duplicate_key Config: "a mapping has a key twice",
        "keep one of them";
    791 config_too_deep Config: "mappings and sequences are nested too deeply",
        "flatten the file";

    // Settings of the detectors, 792 to 799.
    792 settings_file Config: "a file is none of those that tune the detectors",
        "name it denial-flood.yaml, break-glass.yaml, business-hours.yaml or tier-b-reference.yaml";
    793 settings_range Config: "a threshold is outside the range that the code allows",
        "choose a value within; no file can switch a detector off";
    794 settings_time_zone Config: "the bundled time zone database has no zone of this name",
        "use a name of the IANA database, such as Europe/Lisbon";
    795 settings_clock_time Config: "a text is no time of day, or business would be open for more than 16 hours",
        "write a time such as 08:00, in quotes";
    796 settings_date Config: "a text is no date",
        "write a date such as 2026-12-25, or 12-25 for every year";
    797 settings_weekday Config: "a text is no weekday, or the list names none or all seven",
        "name one to six of mon, tue, wed, thu, fri, sat and sun";
    798 settings_list Config: "a list is too long or holds an item twice",
        "shorten it, or remove one of the two";
}
