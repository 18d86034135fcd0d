"""Let agents live through trials that somebody else played."""
