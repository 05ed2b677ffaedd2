//! HTML and XML: entities.

use std::borrow::Cow;

/// Decodes the entities of a text that looks like markup. Returns `None` for other texts.
pub(super) fn decode(text: &str) -> Option<Cow<'_, str>> {
    let has_entity = [
        "&quot;", "&#34;", "&#39;", "&#x27;", "&apos;", "&lt;", "&amp;",
    ]
    .iter()
    .any(|entity| text.contains(entity));
    let has_tag = ["<meta", "<header", "<add ", "<!DOCTYPE", "<html"]
        .iter()
        .any(|tag| text.contains(tag));
    (has_entity || has_tag).then(|| html_escape::decode_html_entities(text))
}
