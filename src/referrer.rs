//! [Referrer Policy](https://w3c.github.io/webappsec-referrer-policy/): which referrer a hop sends.

use url::{Position, Url};

use crate::head::{ResponseHead, values};
use crate::infra::trim_http_tab_or_space;
use crate::origin::are_same_origin;
use crate::scheme::{SchemePolicy, is_local, is_potentially_trustworthy};
use crate::words::ReferrerPolicy;

/// The longest referrer that is sent in full, in bytes.
const MAX_REFERRER_BYTES: usize = 4096;

/// A URL [stripped for use as a referrer](https://w3c.github.io/webappsec-referrer-policy/#strip-url),
/// in both forms, and which of them count now.
///
/// A redirect determines the referrer anew from the last result, so what was cut off stays off.
#[derive(Clone, Debug)]
pub(crate) struct StrippedReferrer {
    /// Without userinfo and fragment; the path of a standard scheme starts with a slash.
    url: Url,
    /// What the policies of the hops have left.
    form: ReferrerForm,
    /// What this hop sends.
    sent: ReferrerForm,
    /// What the policy of the first hop left.
    at_first: Option<ReferrerForm>,
}

/// How much of a referrer is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReferrerForm {
    NoReferrer,
    Origin,
    Full,
}

impl StrippedReferrer {
    /// Strips `url`; `None` is no referrer.
    pub(crate) fn new(mut url: Url) -> Option<Self> {
        // 2. A local scheme is no referrer.
        // Nor is one without a host: the text lets a user agent send less, and the path of a file,
        // say, is nobody's business.
        if is_local(&url) || url.host_str().is_none_or(str::is_empty) {
            return None;
        }
        // 3. to 5. Without userinfo and fragment. A URL with a host can have a user name.
        let stripped = url.set_username("").and_then(|()| url.set_password(None));
        url.set_fragment(None);
        if url.path().is_empty() {
            url.set_path("/");
        }
        // 6. and 7. The origin form is a prefix of this one.
        stripped.is_ok().then_some(Self { url, form: ReferrerForm::Full, sent: ReferrerForm::Full, at_first: None })
    }

    /// The serialization of the form that is sent now; `None` is no referrer.
    pub(crate) fn serialize(&self) -> Option<&str> {
        self.serialize_form(self.sent)
    }

    /// The serialization of what the first hop's policy left, cut where another site gets less.
    pub(crate) fn serialize_as_at_first(
        &self,
        is_cut: bool,
        current_url: &Url,
        schemes: &SchemePolicy,
    ) -> Option<&str> {
        let form = self.at_first.unwrap_or(self.form);
        let cut = || Self::left_by(&self.url, form, ReferrerPolicy::StrictOriginWhenCrossOrigin, current_url, schemes);
        self.serialize_form(if is_cut { cut() } else { form })
    }

    fn serialize_form(&self, form: ReferrerForm) -> Option<&str> {
        match form {
            ReferrerForm::NoReferrer => None,
            ReferrerForm::Full => Some(self.url.as_str()),
            ReferrerForm::Origin => Some(self.origin_form()),
        }
    }

    fn origin_form(&self) -> &str {
        // The prefix up to the path, and the slash with which the path starts.
        let end = self.url[..Position::BeforePath].len();
        self.url.as_str().get(..end.saturating_add(1)).unwrap_or_default()
    }

    /// The most bytes that the header's value will have.
    pub(crate) fn max_len(&self) -> usize {
        self.url.as_str().len()
    }

    /// [Determine request's referrer](https://w3c.github.io/webappsec-referrer-policy/#determine-requests-referrer),
    /// steps 4 on, given its policy and current URL.
    pub(crate) fn determine(&mut self, policy: ReferrerPolicy, current_url: &Url, schemes: &SchemePolicy) {
        // 3. The source is what the last hop came to.
        self.form = Self::left_by(&self.url, self.form, policy, current_url, schemes);
        self.sent = self.form;
        self.at_first.get_or_insert(self.form);
    }

    /// Sends this hop no more than the default policy does.
    pub(crate) fn trim(&mut self, current_url: &Url, schemes: &SchemePolicy) {
        self.sent =
            Self::left_by(&self.url, self.form, ReferrerPolicy::StrictOriginWhenCrossOrigin, current_url, schemes);
    }

    /// What a policy leaves of a form.
    fn left_by(
        url: &Url,
        form: ReferrerForm,
        policy: ReferrerPolicy,
        current_url: &Url,
        schemes: &SchemePolicy,
    ) -> ReferrerForm {
        if form == ReferrerForm::NoReferrer {
            return ReferrerForm::NoReferrer;
        }
        // 4. to 6. The full form, or the origin if that was all or it is too long.
        let is_long = url.as_str().len() > MAX_REFERRER_BYTES;
        let full = if is_long { ReferrerForm::Origin } else { form };
        let same_origin = || are_same_origin(url, current_url, schemes);
        let downgrade =
            || is_potentially_trustworthy(url, schemes) && !is_potentially_trustworthy(current_url, schemes);
        // 8. Switch on policy.
        match policy {
            ReferrerPolicy::NoReferrer => ReferrerForm::NoReferrer,
            ReferrerPolicy::Origin => ReferrerForm::Origin,
            ReferrerPolicy::UnsafeUrl => full,
            ReferrerPolicy::StrictOrigin if downgrade() => ReferrerForm::NoReferrer,
            ReferrerPolicy::StrictOrigin => ReferrerForm::Origin,
            // Fetch never asks with the empty policy; it stands for the default.
            ReferrerPolicy::StrictOriginWhenCrossOrigin | ReferrerPolicy::Empty => {
                if same_origin() {
                    full
                } else if downgrade() {
                    ReferrerForm::NoReferrer
                } else {
                    ReferrerForm::Origin
                }
            }
            ReferrerPolicy::SameOrigin if same_origin() => full,
            ReferrerPolicy::SameOrigin => ReferrerForm::NoReferrer,
            ReferrerPolicy::OriginWhenCrossOrigin if same_origin() => full,
            ReferrerPolicy::OriginWhenCrossOrigin => ReferrerForm::Origin,
            ReferrerPolicy::NoReferrerWhenDowngrade if downgrade() => ReferrerForm::NoReferrer,
            ReferrerPolicy::NoReferrerWhenDowngrade => full,
        }
    }
}

/// [Parse a referrer policy from a `Referrer-Policy` header](https://w3c.github.io/webappsec-referrer-policy/#parse-referrer-policy-from-header).
pub fn parse_referrer_policy(head: &(impl ResponseHead + ?Sized)) -> ReferrerPolicy {
    // 1. The tokens.
    // DEVIATION: a line that does not parse is a failure, over which step 3 has nothing to loop; here
    // each word stands for itself, so that one bad word does not undo a stricter policy beside it.
    let tokens = values(head, "referrer-policy").flat_map(|value| value.split(|byte| *byte == b','));
    // 2. to 4. The last known one counts.
    let known = tokens.filter_map(|token| {
        let token = trim_http_tab_or_space(token);
        let is = |policy: &&ReferrerPolicy| policy.as_str().as_bytes().eq_ignore_ascii_case(token) && !token.is_empty();
        ReferrerPolicy::ALL.iter().find(is)
    });
    known.last().copied().unwrap_or(ReferrerPolicy::Empty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ReferrerPolicy::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    fn sent(source: &str, policy: ReferrerPolicy, current: &str) -> Option<String> {
        let mut referrer = StrippedReferrer::new(url(source))?;
        referrer.determine(policy, &url(current), &SchemePolicy::new());
        referrer.serialize().map(str::to_owned)
    }

    #[test]
    fn the_policy_table_is_the_standards() {
        let source = "https://u:p@a.example/x?y#z";
        let (full, origin) = (Some("https://a.example/x?y"), Some("https://a.example/"));
        let (same, cross, down) = ("https://a.example/", "https://b.example/", "http://a.example/");
        for (policy, to_same, to_cross, to_down) in [
            (NoReferrer, None, None, None),
            (NoReferrerWhenDowngrade, full, full, None),
            (SameOrigin, full, None, None),
            (Origin, origin, origin, origin),
            (StrictOrigin, origin, origin, None),
            (OriginWhenCrossOrigin, full, origin, origin),
            (StrictOriginWhenCrossOrigin, full, origin, None),
            (Empty, full, origin, None),
            (UnsafeUrl, full, full, full),
        ] {
            assert_eq!(sent(source, policy, same).as_deref(), to_same, "{policy} to same");
            assert_eq!(sent(source, policy, cross).as_deref(), to_cross, "{policy} to cross");
            assert_eq!(sent(source, policy, down).as_deref(), to_down, "{policy} to downgrade");
        }
    }

    #[test]
    fn local_and_hostless_urls_are_no_referrer() {
        for source in ["about:blank", "data:,x", "blob:https://a.example/x", "file:///etc/passwd", "mailto:x@a.example"]
        {
            assert_eq!(sent(source, UnsafeUrl, "https://a.example/"), None, "{source}");
        }
        assert_eq!(sent("app://localhost", UnsafeUrl, "https://a.example/").as_deref(), Some("app://localhost/"));
    }

    #[test]
    fn what_is_trimmed_for_a_hop_comes_back() {
        let mut referrer = StrippedReferrer::new(url("https://a.example/x")).expect("a referrer");
        let schemes = SchemePolicy::new();
        let mut hop = |policy, current: &str, trims: bool| {
            referrer.determine(policy, &url(current), &schemes);
            if trims {
                referrer.trim(&url(current), &schemes);
            }
            referrer.serialize().map(str::to_owned)
        };
        assert_eq!(hop(UnsafeUrl, "https://b.example/", true).as_deref(), Some("https://a.example/"));
        assert_eq!(hop(UnsafeUrl, "http://b.example/", true), None);
        assert_eq!(hop(UnsafeUrl, "https://a.example/", false).as_deref(), Some("https://a.example/x"));
        assert_eq!(hop(Origin, "https://b.example/", true).as_deref(), Some("https://a.example/"));
        assert_eq!(hop(UnsafeUrl, "https://a.example/", true).as_deref(), Some("https://a.example/"));
        assert_eq!(hop(NoReferrer, "https://a.example/", true), None);
        assert_eq!(hop(UnsafeUrl, "https://a.example/", true), None);
    }

    #[test]
    fn a_long_referrer_is_cut_to_its_origin() {
        let fits = format!("https://a.example/{}", "x".repeat(MAX_REFERRER_BYTES - 18));
        assert_eq!(sent(&fits, UnsafeUrl, "https://b.example/").as_deref(), Some(&*fits));
        let long = format!("{fits}x");
        assert_eq!(sent(&long, UnsafeUrl, "https://b.example/").as_deref(), Some("https://a.example/"));
    }

    #[test]
    fn what_a_hop_cut_off_stays_off() {
        let mut referrer = StrippedReferrer::new(url("https://a.example/x")).expect("a referrer");
        referrer.determine(Origin, &url("https://b.example/"), &SchemePolicy::new());
        referrer.determine(UnsafeUrl, &url("https://a.example/"), &SchemePolicy::new());
        assert_eq!(referrer.serialize(), Some("https://a.example/"));
        referrer.determine(NoReferrer, &url("https://b.example/"), &SchemePolicy::new());
        referrer.determine(UnsafeUrl, &url("https://a.example/"), &SchemePolicy::new());
        assert_eq!(referrer.serialize(), None);
    }

    #[test]
    fn the_last_known_policy_of_a_response_counts() {
        let parse = |value: &str| parse_referrer_policy(&(302, vec![("Referrer-Policy", value)]));
        assert_eq!(parse("origin, made-up, , Unsafe-URL, ???"), UnsafeUrl);
        assert_eq!(parse("made-up"), Empty);
        assert_eq!(parse(""), Empty);
    }
}
