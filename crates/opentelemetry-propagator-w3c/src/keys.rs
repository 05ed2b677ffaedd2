//! Lists of permitted baggage keys.

/// The keys that a service reads or writes.
#[derive(Clone, Debug)]
pub(crate) struct Keys(Vec<Key>);

#[derive(Clone, Debug)]
enum Key {
    Exact(String),
    /// All keys that begin with a prefix.
    Prefix(String),
}

impl Keys {
    /// Creates a list. A trailing `*` stands for any rest of a key.
    pub(crate) fn new<K: Into<String>>(keys: impl IntoIterator<Item = K>) -> Self {
        let keys = keys.into_iter().map(|key| {
            let mut key = key.into();
            if key.ends_with('*') {
                key.pop();
                return Key::Prefix(key);
            }
            Key::Exact(key)
        });
        Keys(keys.collect())
    }

    /// Whether the list contains a key.
    pub(crate) fn contain(&self, key: &str) -> bool {
        self.0.iter().any(|known| match known {
            Key::Exact(known) => known == key,
            Key::Prefix(prefix) => key.starts_with(&**prefix),
        })
    }
}
