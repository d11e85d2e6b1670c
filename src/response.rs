//! [Responses](https://fetch.spec.whatwg.org/#responses) and the
//! [filtered responses](https://fetch.spec.whatwg.org/#concept-filtered-response) over them.

use std::borrow::{Borrow, Cow};
use std::sync::Arc;

use url::Url;

use crate::checks::{CorsCheckPassed, navigation_tao_check};
use crate::head::{ResponseHead, get, values};
use crate::header_list::join;
use crate::header_value::{Extracted, extract_token_list, extract_token_list_with, get_decode_and_split};
use crate::infra::{compare_ignoring_case, matches_ignoring_case, trim_http_tab_or_space};
use crate::origin::Origin;
use crate::profile::{Switches, UnparsableExposeHeaders};
use crate::redirect::without_userinfo;
use crate::request::{CredentialsMode, RedirectTaint, ResponseTainting, ResponseType};
use crate::response_header::{is_forbidden_response_header_name, is_safelisted_by_default};

pub(crate) const EXPOSE_HEADERS: &str = "access-control-expose-headers";

/// A delivered response: what script may see of the head that was judged, and nothing else.
///
/// Keep the body apart from the head `H`: judge `http::response::Parts` or `(u16, lines)`, and hand the
/// body on beside the response.
///
/// [`internal`](Self::internal) is for the host's own use, such as feeding an image decoder.
pub struct Response<H> {
    pub(crate) head: H,
    pub(crate) filter: Filter,
    pub(crate) url_list: Arc<Vec<Url>>,
    pub(crate) body: ResponseBody,
    pub(crate) timing_allow_passed: bool,
    pub(crate) redirect_taint: RedirectTaint,
    pub(crate) range_requested: bool,
    pub(crate) request_includes_credentials: bool,
    pub(crate) navigation_timing_allow_values: Option<Arc<Vec<Box<[u8]>>>>,
}

/// What becomes of the response's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the standard leaves these three")]
pub enum ResponseBody {
    /// The body is null: whatever the server sends is disregarded.
    Null,
    /// Script sees a null body; the internal response's is there for the host's own use.
    Ignore,
    /// The host's to read for script.
    Read,
}

/// Which lines of the head script sees.
#[derive(Debug)]
pub(crate) enum Filter {
    Basic,
    Cors(CorsExposed),
    Opaque,
    OpaqueRedirect,
}

/// The [CORS-exposed header-name list](https://fetch.spec.whatwg.org/#concept-response-cors-exposed-header-name-list).
#[derive(Debug)]
pub(crate) enum CorsExposed {
    Nothing,
    /// `*` without credentials.
    AllNames,
    /// What `Access-Control-Expose-Headers` lists; it is known to parse.
    Listed,
    /// The same for a long list, or names that a service worker's response carries: in lower case and
    /// sorted, so that a head of many lines and many names costs their sum and not their product.
    Sorted(Vec<Vec<u8>>),
}

/// How many listed names are looked through where they stand, and in a head of how many lines.
const FEW_NAMES: usize = 32;
const FEW_LINES: usize = 64;

/// The names of a short list, those that may never be shown left out.
struct FewNames<'a> {
    names: [&'a [u8]; FewNames::MAX],
    count: usize,
}

impl<'a> FewNames<'a> {
    const MAX: usize = 8;

    /// `None` if the list is longer, or does not parse.
    fn new(head: &'a (impl ResponseHead + ?Sized)) -> Option<Self> {
        let mut few = Self { names: [&[]; Self::MAX], count: 0 };
        let mut fits = true;
        let list = extract_token_list_with(head, EXPOSE_HEADERS, |name| {
            if is_forbidden_response_header_name(name) {
                return;
            }
            match few.names.get_mut(few.count) {
                Some(place) => *place = name,
                None => fits = false,
            }
            few.count = few.count.saturating_add(1);
        });
        (fits && matches!(list, Extracted::Values(_))).then_some(few)
    }

    fn contains(&self, name: &[u8]) -> bool {
        self.names.iter().take(self.count).any(|listed| matches_ignoring_case(listed, name))
    }
}

/// The lines that a filter shows, in order; `few` are the names of a list that is short.
fn shown_lines<'h, H: ResponseHead + ?Sized, F: Borrow<Filter>>(
    filter: F,
    few: Option<FewNames<'h>>,
    head: &'h H,
) -> impl Iterator<Item = (&'h [u8], &'h [u8])> + use<'h, H, F> {
    head.lines()
        .filter(move |(name, _)| match &few {
            Some(few) => is_safelisted_by_default(name) || few.contains(name),
            None => filter.borrow().shows(name, head),
        })
        .map(|(name, value)| (name, trim_http_tab_or_space(value)))
}

/// The lines that a [CORS filtered response](https://fetch.spec.whatwg.org/#concept-filtered-response-cors)
/// shows, in order: for a host with a fetch of its own, given the proof that the response passed.
pub fn cors_filtered_headers<'h, H: ResponseHead + ?Sized>(
    passed: CorsCheckPassed,
    credentials_mode: CredentialsMode,
    head: &'h H,
) -> impl Iterator<Item = (&'h [u8], &'h [u8])> + use<'h, H> {
    let is_wildcard = |few: &FewNames<'_>| credentials_mode != CredentialsMode::Include && few.contains(b"*");
    // OPTIMIZATION: a short list is read once for both.
    match FewNames::new(head) {
        Some(few) if !is_wildcard(&few) => shown_lines(Filter::Cors(CorsExposed::Listed), Some(few), head),
        _ => {
            let filter = Filter::cors(CorsProof::Checked(passed), &Switches::STANDARD, head, credentials_mode);
            shown_lines(filter, None, head)
        }
    }
}

/// Why a response may be shown as a CORS filtered response.
#[derive(Debug)]
pub(crate) enum CorsProof {
    /// The CORS check passed.
    Checked(CorsCheckPassed),
    /// A service worker answered; the standard applies no CORS check to it.
    ServiceWorker,
}

impl Filter {
    /// [Main fetch](https://fetch.spec.whatwg.org/#concept-main-fetch), step 14, for response tainting
    /// cors: only with the proof that it may be shown.
    pub(crate) fn cors(
        _proof: CorsProof,
        switches: &Switches,
        head: &(impl ResponseHead + ?Sized),
        credentials_mode: CredentialsMode,
    ) -> Self {
        let (mut count, mut wildcard) = (0_usize, false);
        // 14.1.1. headerNames
        let header_names = extract_token_list_with(head, EXPOSE_HEADERS, |name| {
            count = count.saturating_add(1);
            wildcard |= name == b"*";
        });
        Self::Cors(match header_names {
            // 14.1.2. The wildcard without credentials.
            Extracted::Values(_) if credentials_mode != CredentialsMode::Include && wildcard => CorsExposed::AllNames,
            Extracted::Failure
                if switches.unparsable_expose_headers == UnparsableExposeHeaders::EarlierWildcard
                    && credentials_mode != CredentialsMode::Include
                    && wildcard =>
            {
                CorsExposed::AllNames
            }
            // 14.1.3. The list, if it is neither null nor failure.
            // DEVIATION: the text says "non-null or failure", by a slip; a failure holds no names.
            Extracted::Values(list) if count > FEW_NAMES || (count > 0 && head.lines().nth(FEW_LINES).is_some()) => {
                CorsExposed::sorted(list.iter())
            }
            Extracted::Values(_) if count > 0 => CorsExposed::Listed,
            Extracted::Values(_) | Extracted::Null | Extracted::Failure => CorsExposed::Nothing,
        })
    }

    pub(crate) const fn response_type(&self) -> ResponseType {
        match self {
            Self::Basic => ResponseType::Basic,
            Self::Cors(_) => ResponseType::Cors,
            Self::Opaque => ResponseType::Opaque,
            Self::OpaqueRedirect => ResponseType::OpaqueRedirect,
        }
    }

    /// Whether script sees the lines named `name`.
    fn shows(&self, name: &[u8], head: &(impl ResponseHead + ?Sized)) -> bool {
        match self {
            Self::Opaque | Self::OpaqueRedirect => false,
            Self::Basic => !is_forbidden_response_header_name(name),
            Self::Cors(exposed) => {
                is_safelisted_by_default(name)
                    || (!is_forbidden_response_header_name(name) && exposed.contains(name, head))
            }
        }
    }
}

impl CorsExposed {
    pub(crate) fn sorted<'a>(names: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut names: Vec<Vec<u8>> = names.map(<[u8]>::to_ascii_lowercase).collect();
        names.sort_unstable();
        names.dedup();
        Self::Sorted(names)
    }

    fn contains(&self, name: &[u8], head: &(impl ResponseHead + ?Sized)) -> bool {
        match self {
            Self::Nothing => false,
            Self::AllNames => true,
            Self::Sorted(names) => names.binary_search_by(|listed| compare_ignoring_case(listed, name)).is_ok(),
            Self::Listed => match extract_token_list(head, EXPOSE_HEADERS) {
                Extracted::Values(list) => list.iter().any(|listed| matches_ignoring_case(listed, name)),
                Extracted::Null | Extracted::Failure => false,
            },
        }
    }
}

impl<H> std::fmt::Debug for Response<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Neither the head nor userinfo belongs into a log.
        f.debug_struct("Response")
            .field("filter", &self.filter)
            .field("url", &self.url_list.last().map(without_userinfo))
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

impl<H: ResponseHead> Response<H> {
    /// The type.
    pub const fn response_type(&self) -> ResponseType {
        self.filter.response_type()
    }

    const fn is_hidden(&self) -> bool {
        matches!(self.filter, Filter::Opaque | Filter::OpaqueRedirect)
    }

    /// The status that script sees: 0 for an opaque or opaque-redirect response.
    pub fn status(&self) -> u16 {
        if self.is_hidden() { 0 } else { self.head.status() }
    }

    /// The URL list that script's view is made of; an opaque response has none. Only its first and
    /// last URL may be shown, without fragment.
    pub fn url_list(&self) -> &[Url] {
        if matches!(self.filter, Filter::Opaque) { &[] } else { &self.url_list }
    }

    /// The last URL of the list.
    pub fn url(&self) -> Option<&Url> {
        self.url_list().last()
    }

    /// Whether script is told that a redirect was followed.
    pub fn redirected(&self) -> bool {
        self.url_list().len() > 1
    }

    /// The lines that script sees, as name and value, in order.
    pub fn headers(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        // OPTIMIZATION: a short list is split once for all lines.
        let few = match self.filter {
            Filter::Cors(CorsExposed::Listed) => FewNames::new(&self.head),
            _ => None,
        };
        shown_lines(&self.filter, few, &self.head)
    }

    /// The value that script gets for a name: all visible lines of it, joined.
    pub fn header<'a>(&'a self, name: &'a str) -> Option<Cow<'a, [u8]>> {
        if self.is_visible(name) { get(&self.head, name) } else { None }
    }

    /// Whether script would see a header of this name.
    pub fn is_visible(&self, name: impl AsRef<[u8]>) -> bool {
        self.filter.shows(name.as_ref(), &self.head)
    }

    /// What becomes of the body.
    pub const fn body(&self) -> ResponseBody {
        self.body
    }

    /// The [timing allow passed flag](https://fetch.spec.whatwg.org/#concept-response-timing-allow-passed).
    pub const fn timing_allow_passed(&self) -> bool {
        self.timing_allow_passed
    }

    /// The [redirect taint](https://fetch.spec.whatwg.org/#response-redirect-taint).
    pub const fn redirect_taint(&self) -> RedirectTaint {
        self.redirect_taint
    }

    /// The [navigation TAO check](https://fetch.spec.whatwg.org/#navigation-tao-check) for the origin
    /// of the document that a navigation came to.
    pub fn navigation_tao_check(&self, destination_origin: &Origin) -> bool {
        let list = self.navigation_timing_allow_values.iter().flat_map(|list| list.iter());
        navigation_tao_check(list.map(|value| get_decode_and_split(value)), destination_origin)
    }

    /// The internal response, unfiltered. **For the host's own use, never for script.**
    pub const fn internal(&self) -> Internal<'_, H> {
        Internal { response: self }
    }

    /// The head back, unfiltered. **For the host's own use, never for script.**
    pub fn into_head(self) -> H {
        self.head
    }
}

/// The [internal response](https://fetch.spec.whatwg.org/#concept-internal-response).
#[derive(Debug)]
pub struct Internal<'a, H> {
    response: &'a Response<H>,
}

impl<'a, H: ResponseHead> Internal<'a, H> {
    /// The status as it came.
    pub fn status(&self) -> u16 {
        self.response.head.status()
    }

    /// The head that was judged.
    pub const fn head(&self) -> &'a H {
        &self.response.head
    }

    /// The whole URL list.
    pub fn url_list(&self) -> &'a [Url] {
        &self.response.url_list
    }

    /// The [range-requested flag](https://fetch.spec.whatwg.org/#concept-response-range-requested-flag).
    pub const fn range_requested(&self) -> bool {
        self.response.range_requested
    }

    /// The [request-includes-credentials](https://fetch.spec.whatwg.org/#response-request-includes-credentials).
    pub const fn request_includes_credentials(&self) -> bool {
        self.response.request_includes_credentials
    }

    /// The value of a header, all lines joined.
    pub fn header(&self, name: &'a str) -> Option<Cow<'a, [u8]>> {
        join(values(&self.response.head, name))
    }
}

/// A response by which a service worker answers.
#[derive(Clone)]
pub struct ServiceWorkerResponse<H> {
    pub(crate) response_type: ResponseType,
    pub(crate) url_list: Vec<Url>,
    pub(crate) head: H,
    pub(crate) cors_exposed_header_names: Vec<Vec<u8>>,
    pub(crate) range_requested: bool,
    pub(crate) request_includes_credentials: bool,
}

impl<H> std::fmt::Debug for ServiceWorkerResponse<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceWorkerResponse")
            .field("response_type", &self.response_type)
            .field("url_list", &self.url_list.iter().map(without_userinfo).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl<H: ResponseHead> ServiceWorkerResponse<H> {
    /// A response of this type, with the head of its internal response. Type `default` is a response
    /// that script made and nobody filtered.
    pub const fn new(response_type: ResponseType, head: H) -> Self {
        Self {
            response_type,
            url_list: Vec::new(),
            head,
            cors_exposed_header_names: Vec::new(),
            range_requested: false,
            request_includes_credentials: true,
        }
    }

    /// The URL list of the internal response.
    #[must_use]
    pub fn url_list(mut self, url_list: Vec<Url>) -> Self {
        self.url_list = url_list;
        self
    }

    /// The CORS-exposed header-name list of a response of type cors.
    #[must_use]
    pub fn cors_exposed_header_names(mut self, names: Vec<Vec<u8>>) -> Self {
        self.cors_exposed_header_names = names;
        self
    }

    /// The range-requested flag.
    #[must_use]
    pub const fn range_requested(mut self, range_requested: bool) -> Self {
        self.range_requested = range_requested;
        self
    }

    /// The request-includes-credentials.
    #[must_use]
    pub const fn request_includes_credentials(mut self, included: bool) -> Self {
        self.request_includes_credentials = included;
        self
    }
}

/// The filter for a response with this tainting; the proof is there if the tainting is cors.
pub(crate) fn filter_for(
    tainting: ResponseTainting,
    proof: Option<CorsProof>,
    switches: &Switches,
    head: &(impl ResponseHead + ?Sized),
    credentials_mode: CredentialsMode,
) -> Filter {
    match (tainting, proof) {
        (ResponseTainting::Basic, _) => Filter::Basic,
        (ResponseTainting::Cors, Some(proof)) => Filter::cors(proof, switches, head, credentials_mode),
        // Without a proof nothing is shown.
        (ResponseTainting::Cors, None) | (ResponseTainting::Opaque, _) => Filter::Opaque,
    }
}
