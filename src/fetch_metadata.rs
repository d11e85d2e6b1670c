//! [Fetch Metadata](https://w3c.github.io/webappsec-fetch-metadata/): the `Sec-Fetch-*` headers.

use crate::header_list::HeaderError;
use crate::network::HopLines;
use crate::request::{Destination, RequestMode};

/// The value of `Sec-Fetch-Site`, kept while the URL list grows.
///
/// The standard walks the whole list on each hop; the walk only ever looks at one more URL, so its
/// state is kept instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecFetchSite {
    /// Caused by the user's dealing with the user agent.
    None,
    SameOrigin,
    SameSite,
    /// A URL was cross-site: the walk ends.
    CrossSite,
}

impl SecFetchSite {
    /// [Set the `Sec-Fetch-Site` header](https://w3c.github.io/webappsec-fetch-metadata/#abstract-opdef-set-site),
    /// step 5, for one more URL.
    pub(crate) fn walk(self, same_origin: bool, same_site: impl FnOnce() -> bool) -> Self {
        match self {
            // 5. Not for `none`. 5.3. The walk ended.
            Self::None | Self::CrossSite => self,
            // 5.1. Same origin changes nothing.
            _ if same_origin => self,
            // 5.2. to 5.4.
            _ if same_site() => Self::SameSite,
            _ => Self::CrossSite,
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SameOrigin => "same-origin",
            Self::SameSite => "same-site",
            Self::CrossSite => "cross-site",
        }
    }
}

/// What [`append_the_fetch_metadata_headers`] writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FetchMetadata {
    pub(crate) destination: Destination,
    pub(crate) mode: RequestMode,
    pub(crate) site: SecFetchSite,
    pub(crate) user_activation: bool,
}

/// [Append the Fetch metadata headers for a request](https://w3c.github.io/webappsec-fetch-metadata/#abstract-opdef-append-the-fetch-metadata-headers-for-a-request),
/// whose URL is potentially trustworthy (1.).
pub(crate) fn append_the_fetch_metadata_headers(
    lines: &mut HopLines<'_>,
    metadata: FetchMetadata,
) -> Result<(), HeaderError> {
    let FetchMetadata { destination, mode, site, user_activation } = metadata;
    // 2. Sec-Fetch-Dest: the empty string is `empty`.
    let dest = if destination == Destination::Empty { "empty" } else { destination.as_str() };
    lines.set("Sec-Fetch-Dest", dest)?;
    // 3. Sec-Fetch-Mode
    lines.set("Sec-Fetch-Mode", mode.as_str())?;
    // 4. Sec-Fetch-Site
    lines.set("Sec-Fetch-Site", site.as_str())?;
    // 5. Sec-Fetch-User: for navigations by user activation.
    if destination.is_navigation() && user_activation {
        lines.set("Sec-Fetch-User", "?1")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header_list::HeaderList;

    #[test]
    fn the_walk_ends_at_the_first_cross_site_url() {
        let same_origin = SecFetchSite::SameOrigin.walk(true, || false);
        assert_eq!(same_origin, SecFetchSite::SameOrigin);
        let same_site = same_origin.walk(false, || true);
        assert_eq!(same_site, SecFetchSite::SameSite);
        assert_eq!(same_site.walk(true, || false), SecFetchSite::SameSite);
        let cross_site = same_site.walk(false, || false);
        assert_eq!(cross_site.walk(false, || true), SecFetchSite::CrossSite);
        assert_eq!(SecFetchSite::None.walk(false, || false), SecFetchSite::None);
    }

    #[test]
    fn sec_fetch_user_is_for_activated_navigations() {
        let headers = |destination, user_activation| {
            let mut list = HeaderList::new();
            let metadata =
                FetchMetadata { destination, mode: RequestMode::Cors, site: SecFetchSite::SameSite, user_activation };
            append_the_fetch_metadata_headers(&mut HopLines::behind(&mut list), metadata).expect("room");
            list
        };
        assert!(headers(Destination::Document, true).contains("sec-fetch-user"));
        assert!(!headers(Destination::Document, false).contains("sec-fetch-user"));
        let list = headers(Destination::Empty, true);
        assert!(!list.contains("sec-fetch-user"));
        assert_eq!(list.get("sec-fetch-dest").as_deref(), Some(&b"empty"[..]));
        assert_eq!(list.get("sec-fetch-site").as_deref(), Some(&b"same-site"[..]));
    }
}
