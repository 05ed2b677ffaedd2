//! Writing the context into environment variables of a child process.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::hash::{BuildHasher, Hash};
use std::process::Command;
use std::{env, fmt};

use opentelemetry::propagation::Injector;

use super::name::env_name;
use super::{BAGGAGE, SENTRY_BAGGAGE};
use crate::ReusableInjector;

/// The longest `NAME=value` that a process can be started with, including its terminating NUL.
///
/// Linux has 32 pages of 4 KiB (`MAX_ARG_STRLEN`). Windows has 32,767 UTF-16 units.
const MAX_VAR_LEN: usize = if cfg!(windows) { 32_767 } else { 131_072 };

/// Writes the context into the environment variables of a child process.
///
/// The target is a [`Command`], a map, or another type that implements [`EnvTarget`]. For tokio's
/// command, pass its `as_std_mut()`. The environment of this process is never changed.
///
/// Each variable's name is the propagation key normalized by [`env_name`].
///
/// A value is left out if it contains a NUL character, or if it is too long for a process to start
/// (128 KiB for a variable, 32 KiB on Windows). Every other value is written unchanged.
///
/// A child inherits the variables of this process, including the context with which this process was
/// started. [`replace_context`](ReusableInjector::replace_context) removes that context first.
///
/// # Examples
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// use std::process::Command;
///
/// use opentelemetry::{global, Context};
/// use opentelemetry_carriers::{EnvInjector, ReusableInjector};
///
/// let mut command = Command::new("true");
/// let mut env = EnvInjector::new(&mut command);
/// global::get_text_map_propagator(|it| env.replace_context(it, &Context::current()));
/// assert!(command.status()?.success());
/// # Ok(())
/// # }
/// ```
///
/// With tokio:
///
/// ```
/// use opentelemetry::{global, Context};
/// use opentelemetry_carriers::{EnvInjector, ReusableInjector};
/// use tokio::process::Command;
///
/// let mut command = Command::new("true");
/// let mut env = EnvInjector::new(command.as_std_mut());
/// global::get_text_map_propagator(|it| env.replace_context(it, &Context::current()));
/// ```
pub struct EnvInjector<'a, T: ?Sized> {
    target: &'a mut T,
    sentry_baggage: bool,
}

impl<'a, T: EnvTarget + ?Sized> EnvInjector<'a, T> {
    /// Creates an injector that writes to a command or a map.
    pub fn new(target: &'a mut T) -> Self {
        let sentry_baggage = false;
        Self {
            target,
            sentry_baggage,
        }
    }

    /// Writes the value of `baggage` to `SENTRY_BAGGAGE` as well; off by default.
    ///
    /// Sentry's own SDKs read `SENTRY_BAGGAGE` instead of `BAGGAGE`.
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// use opentelemetry::propagation::Injector;
    /// use opentelemetry_carriers::EnvInjector;
    ///
    /// let mut env: HashMap<String, String> = HashMap::new();
    /// EnvInjector::new(&mut env)
    ///     .sentry_baggage(true)
    ///     .set("baggage", "sentry-sampled=true".to_owned());
    /// assert_eq!(env["SENTRY_BAGGAGE"], "sentry-sampled=true");
    /// assert_eq!(env["BAGGAGE"], "sentry-sampled=true");
    /// ```
    #[must_use]
    pub fn sentry_baggage(mut self, written: bool) -> Self {
        self.sentry_baggage = written;
        self
    }

    fn set_var(&mut self, name: String, value: String) {
        let len = name.len() + "=".len() + value.len() + "\0".len();
        if len <= MAX_VAR_LEN && !value.contains('\0') {
            self.target.set_var(name, value);
        }
    }
}

impl<T: EnvTarget + ?Sized> Injector for EnvInjector<'_, T> {
    fn set(&mut self, key: &str, value: String) {
        let name = env_name(key);
        if self.sentry_baggage && name == BAGGAGE {
            self.set_var(SENTRY_BAGGAGE.to_owned(), value.clone());
        }
        self.set_var(name, value);
    }
}

impl<T: EnvTarget + ?Sized> ReusableInjector for EnvInjector<'_, T> {
    /// Removes a variable. For the key `baggage`, `SENTRY_BAGGAGE` is removed too, because a child
    /// reads it if `BAGGAGE` is missing.
    fn remove(&mut self, key: &str) {
        let name = env_name(key);
        if name == BAGGAGE {
            self.target.remove_var(SENTRY_BAGGAGE.to_owned());
        }
        self.target.remove_var(name);
    }

    fn remove_prefix(&mut self, prefix: &str) {
        self.target.remove_vars(&env_name(prefix));
    }
}

impl<T: ?Sized> fmt::Debug for EnvInjector<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvInjector")
            .field("sentry_baggage", &self.sentry_baggage)
            .finish_non_exhaustive()
    }
}

/// The environment variables of a process that is not started yet.
///
/// Implement this trait for the description of a container, a job or a remote command.
///
/// ```
/// use opentelemetry::propagation::Injector;
/// use opentelemetry_carriers::{EnvInjector, EnvTarget};
///
/// /// The arguments of `docker run`.
/// struct DockerArgs(Vec<String>);
///
/// impl EnvTarget for DockerArgs {
///     fn set_var(&mut self, name: String, value: String) {
///         self.0.push(format!("--env={name}={value}"));
///     }
///
///     fn remove_var(&mut self, name: String) {
///         let start = format!("--env={name}=");
///         self.0.retain(|it| !it.starts_with(&start));
///     }
///
///     fn remove_vars(&mut self, prefix: &str) {
///         let start = format!("--env={prefix}");
///         self.0.retain(|it| !it.starts_with(&start));
///     }
/// }
///
/// let mut args = DockerArgs(vec![]);
/// EnvInjector::new(&mut args).set("x-request-id", "17".to_owned());
/// assert_eq!(args.0, ["--env=X_REQUEST_ID=17"]);
/// ```
pub trait EnvTarget {
    /// Sets a variable, replacing its former value.
    fn set_var(&mut self, name: String, value: String);

    /// Removes a variable. The process must not inherit it either.
    fn remove_var(&mut self, name: String);

    /// Removes every variable whose name begins with this text, as [`remove_var`](Self::remove_var)
    /// does.
    fn remove_vars(&mut self, prefix: &str);
}

impl EnvTarget for Command {
    fn set_var(&mut self, name: String, value: String) {
        self.env(name, value);
    }

    fn remove_var(&mut self, name: String) {
        self.env_remove(name);
    }

    fn remove_vars(&mut self, prefix: &str) {
        let inherited = env::vars_os().map(|(name, _)| name);
        let set = self.get_envs().map(|(name, _)| name.to_owned());
        let names = inherited.chain(set).filter(|it| begins_with(it, prefix));
        for name in names.collect::<Vec<_>>() {
            self.env_remove(name);
        }
    }
}

impl<K, V, S> EnvTarget for HashMap<K, V, S>
where
    K: AsRef<OsStr> + From<String> + Eq + Hash,
    V: From<String>,
    S: BuildHasher,
{
    fn set_var(&mut self, name: String, value: String) {
        self.insert(name.into(), value.into());
    }

    fn remove_var(&mut self, name: String) {
        self.remove(&K::from(name));
    }

    fn remove_vars(&mut self, prefix: &str) {
        self.retain(|name, _| !begins_with(name.as_ref(), prefix));
    }
}

impl<K: AsRef<OsStr> + From<String> + Ord, V: From<String>> EnvTarget for BTreeMap<K, V> {
    fn set_var(&mut self, name: String, value: String) {
        self.insert(name.into(), value.into());
    }

    fn remove_var(&mut self, name: String) {
        self.remove(&K::from(name));
    }

    fn remove_vars(&mut self, prefix: &str) {
        self.retain(|name, _| !begins_with(name.as_ref(), prefix));
    }
}

fn begins_with(name: &OsStr, prefix: &str) -> bool {
    name.as_encoded_bytes().starts_with(prefix.as_bytes())
}
