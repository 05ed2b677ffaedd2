//! W3C `baggage`, the header of a user's own members.

use std::sync::OnceLock;

use opentelemetry::baggage::{Baggage, BaggageExt, KeyValueMetadata};
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::Context;
use opentelemetry_propagator_core::baggage::{
    key, members, MemberList, HEADER, MAX_BYTES, MAX_MEMBERS,
};
use percent_encoding::{percent_decode_str, utf8_percent_encode, AsciiSet, CONTROLS};

/// What may not stand in a value: all but W3C's baggage-octets, the percent sign itself, and the
/// equals sign, at which some readers split a member twice.
const VALUE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'%')
    .add(b',')
    .add(b';')
    .add(b'=')
    .add(b'\\');

/// What may not stand in the properties behind a value. What is encoded there came encoded.
const PROPERTIES: &AsciiSet = &CONTROLS.remove(b'\t').add(b'"').add(b',').add(b'\\');

/// Carries OpenTelemetry's [`Baggage`](opentelemetry::baggage::Baggage) as W3C has it.
///
/// The SDK's own propagator reads the first of several lines, cuts values at `=`, leaves `%` as it
/// is, and decodes properties that it writes undecoded, so that `;p=%2Cadmin=1` becomes a member of
/// its own at the next service. This one does none of that.
#[derive(Debug)]
pub(crate) struct BaggagePropagator;

impl TextMapPropagator for BaggagePropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let baggage = cx.baggage();
        if baggage.is_empty() {
            return;
        }
        let mut list = MemberList::default();
        for (key, (value, properties)) in baggage {
            let mut member = format!("{key}={}", utf8_percent_encode(value.as_str(), VALUE));
            if !properties.as_str().is_empty() {
                member.push(';');
                member.extend(utf8_percent_encode(properties.as_str(), PROPERTIES));
            }
            list.push(&member);
        }
        if !list.is_empty() {
            injector.set(HEADER, list.into_string());
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let Some(lines) = extractor.get_all(HEADER) else {
            return cx.clone();
        };
        let mut bytes = 0;
        let entries = lines
            .into_iter()
            .flat_map(members)
            .take(MAX_MEMBERS)
            .take_while(|member| {
                bytes += member.len() + 1;
                bytes <= MAX_BYTES + 1
            })
            .map(entry);
        // It takes no entry whose key is no token.
        let baggage = Baggage::from(entries);
        if baggage.is_empty() {
            return cx.clone();
        }
        cx.with_baggage(baggage)
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: OnceLock<[String; 1]> = OnceLock::new();
        FieldIter::new(FIELDS.get_or_init(|| [HEADER.to_owned()]))
    }
}

/// The entry of a member, its value decoded, its properties as they came.
fn entry(member: &str) -> KeyValueMetadata {
    let (_, rest) = member.split_once('=').unwrap_or((member, ""));
    let (value, properties) = rest.split_once(';').unwrap_or((rest, ""));
    let value = percent_decode_str(value.trim()).decode_utf8_lossy();
    KeyValueMetadata::new(key(member).to_owned(), value.into_owned(), properties)
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::KeyValue;
    use std::collections::HashMap;

    fn extract(value: &str) -> Context {
        let request = HashMap::from([(HEADER.to_owned(), value.to_owned())]);
        BaggagePropagator.extract_with_context(&Context::new(), &request)
    }

    fn inject(cx: &Context) -> String {
        let mut request = HashMap::new();
        BaggagePropagator.inject_context(cx, &mut request);
        request.remove(HEADER).unwrap_or_default()
    }

    #[test]
    fn a_member_reads_as_w3c_has_it_and_goes_on_with_the_same_meaning() {
        for (member, value, properties, onward) in [
            ("k=v", "v", "", "k=v"),
            ("k = v ; p = 1", "v", "p = 1", "k=v;p = 1"),
            ("k=100%25", "100%", "", "k=100%25"),
            ("k=%2541", "%41", "", "k=%2541"),
            ("k=a=b==", "a=b==", "", "k=a%3Db%3D%3D"),
            (
                "k=%D0%B9%2C%3B%20%5C%22",
                "й,; \\\"",
                "",
                "k=%D0%B9%2C%3B%20%5C%22",
            ),
            (
                "k=1+2!#$&'()*/:<>?@[]^_`{|}~",
                "1+2!#$&'()*/:<>?@[]^_`{|}~",
                "",
                "k=1+2!#$&'()*/:<>?@[]^_`{|}~",
            ),
            (
                "k=v;a=%2Cadmin=1;b",
                "v",
                "a=%2Cadmin=1;b",
                "k=v;a=%2Cadmin=1;b",
            ),
            ("k=%ff", "\u{fffd}", "", "k=%EF%BF%BD"),
            ("k=", "", "", "k="),
        ] {
            let cx = extract(member);
            let (read, metadata) = cx.baggage().get_with_metadata("k").unwrap();
            assert_eq!(
                (read.as_str(), metadata.as_str()),
                (value, properties),
                "{member}"
            );
            assert_eq!(inject(&cx), onward, "{member}");
        }
    }

    #[test]
    fn what_a_user_sets_can_be_carried_by_any_header() {
        let entry = KeyValueMetadata::new("k", "a\r\nb, c", "p=\r\n,admin=1;\"й\"");
        let cx = Context::new().with_baggage([entry]);
        assert_eq!(
            inject(&cx),
            "k=a%0D%0Ab%2C%20c;p=%0D%0A%2Cadmin=1;%22%D0%B9%22"
        );
    }

    #[test]
    fn a_header_without_a_member_leaves_the_baggage() {
        let before = Context::new().with_baggage([KeyValue::new("k", "v")]);
        for value in ["", " , ", "junk", "k=\u{1}", "=1", "a b=1"] {
            let request = HashMap::from([(HEADER.to_owned(), value.to_owned())]);
            let cx = BaggagePropagator.extract_with_context(&before, &request);
            assert_eq!(cx.baggage().get("k").unwrap().as_str(), "v", "{value:?}");
        }
        assert_eq!(inject(&Context::new()), "");
    }

    #[test]
    fn members_beyond_the_limits_are_left_out() {
        let many: Vec<_> = (0..70).map(|i| format!("k{i}=v")).collect();
        assert_eq!(extract(&many.join(",")).baggage().len(), MAX_MEMBERS);

        let long = format!("a={}", "x".repeat(MAX_BYTES - 6));
        assert_eq!(
            extract(&format!("{long},b=1")).baggage().len(),
            2,
            "{MAX_BYTES} bytes"
        );
        assert_eq!(extract(&format!("{long}x,b=1")).baggage().len(), 1);
    }
}
