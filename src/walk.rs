//! What the standard computes by walks over the URL list, kept while the list grows.

use url::Url;

use crate::fetch_metadata::SecFetchSite;
use crate::origin::{Origin, with_url_origin};
use crate::request::RedirectTaint;
use crate::scheme::SchemePolicy;
use crate::site::{PublicSuffix, same_site};

/// Redirect-taint and `Sec-Fetch-Site` of a URL list, and what is asked of its last URL.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walk {
    pub(crate) taint: RedirectTaint,
    pub(crate) site: SecFetchSite,
    /// Whether the origin is same origin with the last URL's.
    pub(crate) is_same_origin: bool,
}

impl Walk {
    /// Walks one URL further; `last_url` is the one before it, if there is one.
    pub(crate) fn further(
        self,
        origin: &Origin,
        last_url: Option<&Url>,
        url: &Url,
        schemes: &SchemePolicy,
        list: Option<&dyn PublicSuffix>,
    ) -> Self {
        let origin_parts = origin.as_url_origin();
        let (site, is_same_origin) = with_url_origin(url, schemes, |url| {
            let is_same_origin = origin_parts.same_origin(url);
            (self.site.walk(is_same_origin, || same_site(origin_parts, url, list)), is_same_origin)
        });
        // redirect-taint, 4.1. The first URL taints nothing.
        let taint = last_url.map_or(self.taint, |last| redirect_taint(self.taint, origin, last, url, schemes, list));
        Self { taint, site, is_same_origin }
    }
}

/// [Redirect-taint](https://fetch.spec.whatwg.org/#concept-request-tainted-origin), step 4, for one URL
/// and the one before it.
pub(crate) fn redirect_taint(
    taint: RedirectTaint,
    origin: &Origin,
    last_url: &Url,
    url: &Url,
    schemes: &SchemePolicy,
    list: Option<&dyn PublicSuffix>,
) -> RedirectTaint {
    let origin = origin.as_url_origin();
    with_url_origin(last_url, schemes, |last_url| {
        with_url_origin(url, schemes, |url| {
            // 4.2. Once cross-site, always so.
            if taint == RedirectTaint::CrossSite
                || (!same_site(url, last_url, list) && !same_site(origin, last_url, list))
            {
                return RedirectTaint::CrossSite;
            }
            // 4.3. From another origin to a third.
            if !url.same_origin(last_url) && !origin.same_origin(last_url) {
                return RedirectTaint::SameSite;
            }
            taint
        })
    })
}
