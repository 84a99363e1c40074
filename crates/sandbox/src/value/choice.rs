//! The macro that defines a setting with a few named values.

/// Defines an enum whose values have names: `Display` writes the name, `FromStr`
/// reads it, `ALL` lists the values for test matrices, the first value marked
/// `default` is the default.
macro_rules! choice {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$value_meta:meta])* $value:ident = $text:literal, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub enum $name {
            $( $(#[$value_meta])* $value, )+
        }

        impl $name {
            /// Every value, for test matrices.
            pub const ALL: &'static [Self] = &[$( Self::$value ),+];
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $( Self::$value => $text, )+ })
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $( $text => Ok(Self::$value), )+
                    _ => Err([$( $text ),+].join(", ")),
                }
            }
        }

        impl $crate::value::SettingValue for $name {
            fn read(text: &str) -> Result<Self, String> {
                text.parse()
            }

            fn write(&self) -> String {
                self.to_string()
            }
        }
    };
}

pub(crate) use choice;
