//! What did a person write in a YAML file, and on which line: settings read into the values of `zcj-1`.
