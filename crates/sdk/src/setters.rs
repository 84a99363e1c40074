//! A macro for the setters of builders and requests.

/// Makes setters. Each replaces the field of the same name, or the one after `=>`.
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
