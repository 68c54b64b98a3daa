//! The parts of a URL, and the host in it as hosts are compared.

/// The parts of a URL, as bytes: no part is decoded, and nothing is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UrlParts<'a> {
    pub(crate) scheme: &'a [u8],
    pub(crate) authority: &'a [u8],
    pub(crate) path: &'a [u8],
    pub(crate) query: &'a [u8],
    pub(crate) fragment: &'a [u8],
}

impl<'a> UrlParts<'a> {
    /// Cuts a URL as RFC 3986 appendix B does.
    pub(crate) fn new(url: &'a [u8]) -> Self {
        let (rest, fragment) = cut(url, b'#');
        let (rest, query) = cut(rest, b'?');
        let scheme_end = rest.windows(3).position(|window| window == b"://");
        // What stands behind a slash is a path, whatever it looks like.
        let scheme_end = scheme_end.filter(|&at| !rest.get(..at).unwrap_or_default().contains(&b'/'));
        let (scheme, rest) = match scheme_end {
            Some(at) => (rest.get(..at).unwrap_or_default(), rest.get(at + 3..).unwrap_or_default()),
            None => (b"".as_slice(), rest),
        };
        let (authority, path) = match (scheme_end, rest.iter().position(|&byte| byte == b'/')) {
            (None, _) => (b"".as_slice(), rest),
            (Some(_), Some(at)) => rest.split_at(at),
            (Some(_), None) => (rest, b"".as_slice()),
        };
        Self { scheme, authority, path, query, fragment }
    }

    /// Who signs in, and host with port.
    pub(crate) fn sign_in_and_host(&self) -> (&'a [u8], &'a [u8]) {
        match self.authority.iter().rposition(|&byte| byte == b'@') {
            Some(at) => (
                self.authority.get(..at).unwrap_or_default(),
                self.authority.get(at + 1..).unwrap_or_default(),
            ),
            None => (b"", self.authority),
        }
    }

    /// Host and port in small letters, without who signs in.
    pub(crate) fn host_and_port(&self) -> Vec<u8> {
        self.sign_in_and_host().1.to_ascii_lowercase()
    }

    /// The host as hosts are compared: in small letters, without a final dot and the port that the scheme has anyway.
    pub(crate) fn host(&self) -> Vec<u8> {
        comparable(self.scheme, &self.host_and_port())
    }
}

/// A host, with a port or without, as hosts are compared. See [`UrlParts::host`].
pub(crate) fn comparable(scheme: &[u8], host: &[u8]) -> Vec<u8> {
    let host = host.trim_ascii().to_ascii_lowercase();
    // The colons of a bare IPv6 address are within brackets.
    let colon = host.iter().rposition(|&byte| byte == b':');
    let colon = colon.filter(|&at| !host.get(at..).unwrap_or_default().contains(&b']'));
    let (name, port) = host.split_at(colon.unwrap_or(host.len()));
    let name = name.strip_suffix(b".").unwrap_or(name);
    let port = match (scheme.to_ascii_lowercase().as_slice(), port) {
        (b"http", b":80") | (b"https", b":443") | (_, b":") => b"",
        (_, port) => port,
    };
    [name, port].concat()
}

/// What is before the first `at` and what is after it.
pub(crate) fn cut(bytes: &[u8], at: u8) -> (&[u8], &[u8]) {
    match bytes.iter().position(|&byte| byte == at) {
        Some(place) => (bytes.get(..place).unwrap_or_default(), bytes.get(place + 1..).unwrap_or_default()),
        None => (bytes, b""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_host_is_one_however_its_address_is_spelled() {
        for url in [
            "https://wiki.example/a",
            "https://WIKI.Example:443",
            "HTTPS://wiki.example.:443/b?c",
            "https://user:word@wiki.example.",
            "https://wiki.example:",
        ] {
            assert_eq!(UrlParts::new(url.as_bytes()).host(), b"wiki.example", "{url}");
        }
        for (url, host) in [
            ("http://wiki.example:443/", "wiki.example:443"),
            ("http://[2001:DB8::1]/", "[2001:db8::1]"),
            ("http://[2001:db8::1]:80/", "[2001:db8::1]"),
            ("http://a@b@c.example/", "c.example"),
        ] {
            assert_eq!(UrlParts::new(url.as_bytes()).host(), host.as_bytes(), "{url}");
        }
    }

    #[test]
    fn an_address_in_a_path_is_a_path() {
        let parts = UrlParts::new(b"/to/https://other.example/x");
        assert_eq!((parts.authority, parts.path), (&b""[..], &b"/to/https://other.example/x"[..]));
    }
}
