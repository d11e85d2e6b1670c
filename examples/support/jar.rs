//! A cookie jar. It does not know when it may be opened: `include_credentials` of each hop says so.

use cookie_store::{CookieStore, RawCookie};
use fetch_cors::SameSiteMode;
use url::Url;

#[derive(Default)]
pub(crate) struct Jar {
    store: CookieStore,
}

impl Jar {
    /// The value of `Cookie`, or nothing.
    pub(crate) fn header(&self, url: &Url, mode: SameSiteMode) -> Option<String> {
        let mut cookies: Vec<String> = self
            .store
            .matches(url)
            .into_iter()
            .filter(|cookie| takes_part(cookie, mode))
            .map(|cookie| format!("{}={}", cookie.name(), cookie.value()))
            .collect();
        cookies.sort_unstable();
        (!cookies.is_empty()).then(|| cookies.join("; "))
    }

    /// Takes the `Set-Cookie` lines among the lines of an answer.
    pub(crate) fn store<'a>(
        &mut self,
        url: &Url,
        mode: SameSiteMode,
        lines: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    ) {
        for (_, value) in lines.into_iter().filter(|(name, _)| name.eq_ignore_ascii_case(b"set-cookie")) {
            if let Ok(cookie) = RawCookie::parse(String::from_utf8_lossy(value).into_owned())
                && takes_part(&cookie, mode)
            {
                // A cookie that the URL may not set is dropped, as a browser does.
                let _ = self.store.insert_raw(&cookie, url);
            }
        }
    }

    /// Names of all cookies.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.store.iter_any().map(|cookie| cookie.name().to_owned()).collect();
        names.sort_unstable();
        names
    }
}

/// Whether a cookie's `SameSite` attribute lets it take part in the request.
fn takes_part(cookie: &RawCookie<'_>, mode: SameSiteMode) -> bool {
    match (mode, cookie.same_site()) {
        (SameSiteMode::StrictOrLess, _) | (_, None) => true,
        (SameSiteMode::LaxOrLess, Some(attribute)) => !attribute.is_strict(),
        (SameSiteMode::UnsetOrLess, Some(attribute)) => attribute.is_none(),
    }
}
