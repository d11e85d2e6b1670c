//! Which cases run.

use std::str::FromStr;

use super::Case;
use crate::Failure;

/// Every given filter must let a case through; of several values of one filter, one must.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Filter {
    /// Names of areas, whole.
    pub areas: Vec<String>,
    /// Anchors, whole.
    pub anchors: Vec<String>,
    /// Parts of IDs and of what rows show.
    pub names: Vec<String>,
    /// Needs, whole; `none` for cases without.
    pub needs: Vec<String>,
    /// One part of several.
    pub shard: Option<Shard>,
}

/// The part `index` of `count`, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shard {
    /// Which one, from 1.
    pub index: usize,
    /// Of how many.
    pub count: usize,
}

impl FromStr for Shard {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        let parts = text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match parts {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Self { index, count }),
            _ => Err(format!("{text:?} is no shard; write 1/4 for the first of four")),
        }
    }
}

/// Defines setters.
macro_rules! setters {
    ($($name:ident: $type:ty),+) => {
        $(
            #[doc = concat!("Sets `", stringify!($name), "`.")]
            #[must_use]
            pub fn $name(mut self, value: $type) -> Self {
                self.$name = value;
                self
            }
        )+
    };
}

impl Filter {
    /// Lets everything through.
    pub fn new() -> Self {
        Self::default()
    }

    setters!(areas: Vec<String>, anchors: Vec<String>, names: Vec<String>, needs: Vec<String>, shard: Option<Shard>);

    /// The cases that run, in order.
    pub fn pick(&self, cases: Vec<Case>) -> Vec<Case> {
        let matching = cases.into_iter().filter(|case| self.matches(case)).enumerate();
        let in_shard = |index: usize| self.shard.is_none_or(|shard| index % shard.count + 1 == shard.index);
        matching.filter(|(index, _)| in_shard(*index)).map(|(_, case)| case).collect()
    }

    fn matches(&self, case: &Case) -> bool {
        let whole = |wanted: &[String], found: &str| wanted.iter().any(|wanted| wanted == found);
        let name = |name: &String| case.id().contains(name) || case.shows().any(|shown| shown.contains(name));
        let need =
            |need: &String| case.needs().any(|found| found == need) || need == "none" && case.needs().count() == 0;
        (self.areas.is_empty() || whole(&self.areas, &case.area))
            && (self.anchors.is_empty() || case.anchors().any(|anchor| whole(&self.anchors, anchor)))
            && (self.names.is_empty() || self.names.iter().any(name))
            && (self.needs.is_empty() || self.needs.iter().any(need))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::case;

    #[test]
    fn shards_share_out_every_case() {
        let cases = case::embedded().unwrap_or_else(|error| panic!("{error}"));
        let all = cases.len();
        let part = |index| Filter { shard: Some(Shard { index, count: 3 }), ..Filter::default() }.pick(cases.clone());
        let parts: Vec<_> = (1..=3).flat_map(part).map(|case| case.id().to_owned()).collect();
        let distinct: std::collections::BTreeSet<_> = parts.iter().collect();
        assert_eq!((parts.len(), distinct.len()), (all, all));
        for wrong in ["0/3", "4/3", "1", "a/b", "1/0"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn filters_narrow_each_other() {
        let cases = case::embedded().unwrap_or_else(|error| panic!("{error}"));
        let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let count = |filter: Filter| filter.pick(cases.clone()).len();
        let area = count(Filter { areas: strings(&["preflight-cache"]), ..Filter::default() });
        let clock =
            count(Filter { areas: strings(&["preflight-cache"]), needs: strings(&["clock"]), ..Filter::default() });
        assert!(0 < clock && clock < area && area < cases.len());
        assert!(count(Filter { names: strings(&["no-preflight-cache"]), ..Filter::default() }) > 0);
        assert!(count(Filter { anchors: strings(&["concept-tao-check"]), ..Filter::default() }) > 0);
        assert_eq!(count(Filter { areas: strings(&["nowhere"]), ..Filter::default() }), 0);
    }
}
