//! Setters of builders and requests.

/// Setters, each of which replaces a field: of its own name, or of the one behind `=>`.
macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $type:ty $(=> $field:ident)?;)+) => {
        $(
            $(#[$doc])*
            pub fn $name(mut self, $name: $type) -> Self {
                setters!(@place self $name $($field)?) = $name.into();
                self
            }
        )+
    };
    (@place $self:ident $name:ident) => { $self.$name };
    (@place $self:ident $name:ident $field:ident) => { $self.$field };
}
pub(crate) use setters;
