//! Names and values, each by itself and put together: a secret may be cut over them.

use std::borrow::Cow;

use zeroize::Zeroizing;

use crate::url::cut;

/// A name with its value, and the text in which they stand.
#[derive(Debug, Clone)]
pub(crate) struct Field<'a> {
    pub(crate) text: Cow<'a, [u8]>,
    pub(crate) name: &'a [u8],
    pub(crate) value: &'a [u8],
}

impl<'a> Field<'a> {
    /// `name=value`.
    pub(crate) fn equal(text: &'a [u8]) -> Self {
        let (name, value) = cut(text, b'=');
        Self { text: Cow::Borrowed(text), name, value }
    }

    /// `name: value`.
    pub(crate) fn header(name: &'a [u8], value: &'a [u8]) -> Self {
        Self { text: Cow::Owned([name, b": ".as_slice(), value].concat()), name, value }
    }
}

/// What fields are together, in their order.
#[derive(Debug, Default)]
pub(crate) struct Joined {
    pub(crate) names: Zeroizing<Vec<u8>>,
    pub(crate) values: Zeroizing<Vec<u8>>,
    pub(crate) both: Zeroizing<Vec<u8>>,
    count: u32,
}

impl Joined {
    pub(crate) fn add(&mut self, field: &Field<'_>) {
        self.names.extend_from_slice(field.name);
        self.values.extend_from_slice(field.value);
        self.both.extend_from_slice(field.name);
        self.both.extend_from_slice(field.value);
        self.count = self.count.saturating_add(1);
    }

    /// The texts that no field by itself has.
    pub(crate) fn views(&self) -> impl Iterator<Item = &[u8]> {
        let several = self.count > 1;
        let mixed = !self.names.is_empty() && !self.values.is_empty();
        [(several, &self.values), (several, &self.names), (mixed, &self.both)]
            .into_iter()
            .filter(|(wanted, view)| *wanted && !view.is_empty())
            .map(|(_, view)| view.as_slice())
    }
}

/// Text of a form or query in which `+` stands for a space; none if there is no `+` in it.
pub(crate) fn spaced(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    text.contains(&b'+').then(|| Zeroizing::new(text.iter().copied().map(space).collect()))
}

/// What a byte of a form stands for.
pub(crate) const fn space(byte: u8) -> u8 {
    if byte == b'+' { b' ' } else { byte }
}
