//! The cookie jar. When it may be opened is the engine's word: `include_credentials` of each hop.

use cookie_store::{CookieStore, RawCookie};
use fetch_cors::{Psl, PublicSuffix, SameSiteMode};
use url::Url;

use crate::net::Line;

/// Cookies of one run.
#[derive(Debug, Default)]
pub(crate) struct Jar {
    store: CookieStore,
}

/// A cookie that a server wanted kept.
#[derive(Clone, Debug)]
pub(crate) struct Offered {
    pub(crate) name: String,
    /// Why the jar did not take it.
    pub(crate) refused: Option<String>,
}

impl Jar {
    /// Puts a cookie in by hand. It counts as `SameSite=None`, so that whether it is sent shows
    /// what CORS said and nothing else.
    pub(crate) fn seed(&mut self, url: &Url, name: &str, value: &str) -> Result<(), String> {
        self.store.parse(&format!("{name}={value}; Path=/; SameSite=None"), url).map(drop).map_err(|e| e.to_string())
    }

    /// The value of `Cookie` for a request, longer paths first, or nothing.
    pub(crate) fn header(&self, url: &Url, mode: SameSiteMode) -> Option<Vec<u8>> {
        let mut cookies = self.store.matches(url);
        cookies.retain(|cookie| may_go(cookie, mode));
        cookies.sort_by_cached_key(|cookie| {
            let path: &str = &cookie.path;
            (std::cmp::Reverse(path.len()), cookie.name().to_owned())
        });
        let pairs: Vec<String> = cookies.iter().map(|cookie| format!("{}={}", cookie.name(), cookie.value())).collect();
        (!pairs.is_empty()).then(|| pairs.join("; ").into_bytes())
    }

    /// Takes the `Set-Cookie` lines of a response.
    pub(crate) fn take(&mut self, url: &Url, mode: SameSiteMode, lines: &[Line]) -> Vec<Offered> {
        lines
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(b"set-cookie"))
            .map(|(_, value)| self.take_one(url, mode, &String::from_utf8_lossy(value)))
            .collect()
    }

    fn take_one(&mut self, url: &Url, mode: SameSiteMode, line: &str) -> Offered {
        let cookie = match RawCookie::parse(line.to_owned()) {
            Ok(cookie) => cookie,
            Err(e) => {
                return Offered { name: String::new(), refused: Some(e.to_string()) };
            }
        };
        let refused = if for_a_whole_suffix(&cookie, url) {
            Some("its domain is a public suffix".to_owned())
        } else if !may_go(&cookie, mode) {
            Some("its SameSite attribute keeps it out of a cross-site request".to_owned())
        } else {
            self.store.insert_raw(&cookie, url).err().map(|e| e.to_string())
        };
        Offered { name: cookie.name().to_owned(), refused }
    }
}

/// Whether a cookie's `SameSite` attribute lets it take part in a request.
fn may_go(cookie: &RawCookie<'_>, mode: SameSiteMode) -> bool {
    match (mode, cookie.same_site()) {
        (SameSiteMode::StrictOrLess, _) | (_, None) => true,
        (SameSiteMode::LaxOrLess, Some(attribute)) => !attribute.is_strict(),
        (SameSiteMode::UnsetOrLess, Some(attribute)) => attribute.is_none(),
    }
}

/// A cookie for all of `example.` or the like would reach strangers.
fn for_a_whole_suffix(cookie: &RawCookie<'_>, url: &Url) -> bool {
    let Some(domain) = cookie.domain() else {
        return false;
    };
    let domain = domain.trim_start_matches('.').to_ascii_lowercase();
    // A host may always set a cookie for itself.
    !domain.is_empty() && url.host_str() != Some(&domain) && Psl.registrable_domain(&domain).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    fn kept(page: &str, mode: SameSiteMode, line: &str) -> Option<Vec<u8>> {
        let mut jar = Jar::default();
        jar.take(&url(page), mode, &[(b"Set-Cookie".to_vec(), line.into())]);
        jar.header(&url(page), mode)
    }

    #[test]
    fn same_site_attributes_keep_cookies_out_and_in() {
        let modes = [SameSiteMode::StrictOrLess, SameSiteMode::LaxOrLess, SameSiteMode::UnsetOrLess];
        for (attribute, expected) in [
            ("", [true, true, true]),
            ("; SameSite=None", [true, true, true]),
            ("; SameSite=Lax", [true, true, false]),
            ("; SameSite=Strict", [true, false, false]),
        ] {
            let line = format!("a=b{attribute}");
            assert_eq!(modes.map(|mode| kept("http://a.example/", mode, &line).is_some()), expected);
        }
    }

    #[test]
    fn no_cookie_reaches_a_whole_suffix_or_another_host() {
        let kept = |page, line| kept(page, SameSiteMode::StrictOrLess, line).is_some();
        assert!(kept("http://shop.a.co.uk/", "a=b; Domain=a.co.uk"));
        assert!(!kept("http://shop.a.co.uk/", "a=b; Domain=co.uk"));
        assert!(!kept("http://shop.a.co.uk/", "a=b; Domain=b.co.uk"));
        assert!(!kept("http://a.example/", "a=b; Secure"));
        assert!(kept("http://localhost/", "a=b; Domain=localhost"));
        assert!(!kept("http://a.example/", ""));
    }

    #[test]
    fn longer_paths_come_first() {
        let mut jar = Jar::default();
        let page = url("http://a.example/x/y");
        for line in ["a=1; Path=/", "z=2; Path=/x", "b=3; Path=/elsewhere"] {
            jar.take(&page, SameSiteMode::StrictOrLess, &[(b"set-cookie".to_vec(), line.into())]);
        }
        assert_eq!(jar.header(&page, SameSiteMode::StrictOrLess).as_deref(), Some(&b"z=2; a=1"[..]));
    }
}
